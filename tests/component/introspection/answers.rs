//! What the issuer's answers are good for.

use serde_json::json;

use super::{Asking, PATH, TOKEN, setup, start};
use crate::{
    bench::{change, sign_as},
    issuer::Answer,
    keys::{EC, EC_OTHER},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_live_token_is_somebody() {
    let asking = start().await;
    let identity = asking.accepts(TOKEN).await;
    assert_eq!(identity["user"]["id"], "user-1");
    assert_eq!(identity["user"]["username"], "ada");
    assert_eq!(identity["clientId"], "client-1");
    assert_eq!(identity["scopes"], json!(["read", "write"]));
    assert_eq!(identity["issuer"], asking.bench.issuer.url());
    assert_eq!(identity["audience"], json!([asking.bench.endpoint()]));
    assert_eq!((&identity["provider"], &identity["resource"]), (&json!("custom"), &json!(asking.bench.endpoint())));
}

#[tokio::test(flavor = "multi_thread")]
async fn little_is_needed_and_other_spellings_are_good() {
    let asking = start().await;
    for (number, changes) in [
        json!({ "iss": null, "iat": null, "scope": null, "username": null, "token_type": null, "client_id": null }),
        json!({ "token_type": "bearer" }),
        json!({ "token_type": "access_token" }),
        json!({ "typ": "Bearer", "token_use": "access_token" }),
        json!({ "aud": [asking.bench.endpoint()] }),
        json!({ "resource": asking.bench.endpoint() }),
        json!({ "exp": asking.bench.now() - 30 }),
        json!({ "client_id": null, "azp": "client-1", "scope": ["read"] }),
    ]
    .into_iter()
    .enumerate()
    {
        let token = format!("token-{number}");
        asking.knows(&token, changes);
        asking.accepts(&token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_live_access_token_for_us_is_refused() {
    let asking = start().await;
    let (now, endpoint) = (asking.bench.now(), asking.bench.endpoint());
    for (number, (changes, reason)) in [
        (json!({ "active": false }), "inactive_token"),
        (json!({ "active": "true" }), "inactive_token"),
        (json!({ "active": 1 }), "inactive_token"),
        (json!({ "active": [true] }), "inactive_token"),
        (json!({ "active": null }), "inactive_token"),
        (json!({ "iss": "https://stranger.example" }), "iss_mismatch"),
        (json!({ "iss": format!("{}/", asking.bench.issuer.url()) }), "iss_mismatch"),
        (json!({ "iss": 7 }), "malformed_claim"),
        (json!({ "aud": null }), "aud_missing"),
        (json!({ "aud": [] }), "aud_missing"),
        (json!({ "aud": "client-1" }), "aud_mismatch"),
        (json!({ "aud": [endpoint, "https://other.example/mcp"] }), "aud_mismatch"),
        (json!({ "exp": null }), "exp_missing"),
        (json!({ "exp": now - 61 }), "expired"),
        (json!({ "exp": "tomorrow" }), "malformed_claim"),
        (json!({ "nbf": now + 600 }), "not_yet_valid"),
        (json!({ "iat": now + 600 }), "issued_in_future"),
        (json!({ "sub": null }), "sub_missing"),
        (json!({ "sub": "" }), "sub_missing"),
        (json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }), "sender_constrained"),
        (json!({ "token_type": "DPoP" }), "sender_constrained"),
        (json!({ "token_type": "refresh_token" }), "not_an_access_token"),
        (json!({ "token_type": "N_A" }), "not_an_access_token"),
        (json!({ "token_type": ["Bearer"] }), "malformed_claim"),
        (json!({ "token_use": "refresh" }), "not_an_access_token"),
        (json!({ "token_use": "id" }), "not_an_access_token"),
        (json!({ "typ": "Refresh" }), "not_an_access_token"),
        (json!({ "typ": "Offline" }), "not_an_access_token"),
        (json!({ "nonce": "n-0S6_WzA2Mj" }), "id_token"),
        (json!({ "resource": "https://other.example/mcp" }), "resource_mismatch"),
        (json!({ "client_id": "" }), "malformed_claim"),
    ]
    .into_iter()
    .enumerate()
    {
        let token = format!("token-{number}");
        asking.knows(&token, changes.clone());
        let reply = asking.refuses(&changes.to_string(), &token, reason).await;
        assert_eq!(reply.status, 401);
        assert!(reply.header("www-authenticate").unwrap().contains("invalid_token"), "{changes}");
        assert!(!reply.text().contains("error_description"), "the reason is told");
    }
    let unsupported =
        json!({ "error": "unsupported_token_type", "error_description": "Structured JWT Tokens cannot be introspected" });
    asking.bench.issuer.answer_next(PATH, Answer::rest(400, unsupported.to_string()));
    asking.refuses("a token that the issuer has no word for", "of-another-kind", "inactive_token").await;
    asking.refuses("a token that the issuer never heard of", "garbage", "inactive_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_holds_for_them() {
    let setup = setup().await.env("LATCH_CLIENT_IDS", "client-1").env("LATCH_REQUIRED_SCOPES", "write");
    let asking = Asking::at(setup, PATH).await;
    asking.accepts(TOKEN).await;
    asking.knows("foreign", json!({ "client_id": "client-2" }));
    asking.knows("reader", json!({ "scope": "read" }));
    assert_eq!(asking.refuses("another client", "foreign", "client_not_allowed").await.status, 403);
    assert_eq!(asking.refuses("too few scopes", "reader", "insufficient_scope").await.status, 403);
}

/// An issuer without keys of ours is asked about its JWTs too.
#[tokio::test(flavor = "multi_thread")]
async fn without_keys_a_jwt_is_the_issuers_to_judge() {
    let asking = start().await;
    // The type a header names is a rule for tokens that we verify ourselves.
    let header = json!({ "alg": "HS512", "typ": "JWT" });
    let claims = asking.bench.rfc9068_claims();
    let known = sign_as(&EC, header.clone(), &claims);
    asking.knows(&known, json!({ "sub": "who the issuer says" }));
    assert_eq!(asking.accepts(&known).await["user"]["id"], "who the issuer says");
    // What a token says itself lets nobody in.
    asking.refuses("a JWT that somebody made", &sign_as(&EC_OTHER, header.clone(), &claims), "inactive_token").await;
    let asked = asking.asked();
    for (what, changes, reason) in [
        ("an ID token", json!({ "nonce": "n" }), "id_token"),
        ("a refresh token", json!({ "typ": "Refresh" }), "not_an_access_token"),
        ("a token of another issuer", json!({ "iss": "https://stranger.example" }), "iss_mismatch"),
        ("a token of no issuer", json!({ "iss": null }), "iss_mismatch"),
    ] {
        let token = sign_as(&EC, header.clone(), &change(claims.clone(), changes));
        asking.knows(&token, json!({}));
        asking.refuses(what, &token, reason).await;
    }
    assert_eq!(asking.asked(), asked, "nobody is asked about a token that cannot be good");
}
