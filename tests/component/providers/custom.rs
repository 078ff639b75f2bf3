//! Any other issuer: every rule that an operator can set, from both sides.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::{
    bench::{Setup, change, sign_as},
    keys::{EC, EC_OTHER, ED25519, P521, RSA, members},
};

const JWKS: &str = "/keys";

/// An issuer with a path, and these variables beside the needed ones; `{origin}` is the issuer's.
async fn custom(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key: &EC, jwks: JWKS, header: json!({ "alg": "ES256", "typ": "at+jwt" }) };
    Provider::start(
        sample,
        |origin| {
            let mut env = vec![
                ("LATCH_ISSUER", format!("{origin}/tenant")),
                ("LATCH_JWKS_URI", format!("{origin}{JWKS}")),
                ("LATCH_ALGORITHMS", "ES256".to_owned()),
            ];
            for (name, value) in more {
                env.retain(|(set, _)| set != name);
                env.push((name, value.replace("{origin}", origin)));
            }
            env
        },
        |origin, endpoint| {
            json!({
                "iss": format!("{origin}/tenant"), "sub": "user-1", "aud": endpoint, "client_id": "client-1", "jti": "1",
                "scope": "notes:read notes:write"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn its_token_is_let_in() {
    let provider = custom(&[]).await;
    let claims = json!({
        "email": "a@example.com", "email_verified": true, "name": "A B", "preferred_username": "ab",
        "picture": "https://example.com/a.png", "roles": ["admin"], "permissions": ["p"], "sid": "s", "org_id": "o"
    });
    let identity = provider.accepts(claims).await;
    let expected = json!({
        "user": {
            "id": "user-1", "userId": "user-1", "email": "a@example.com", "emailVerified": true, "name": "A B", "username": "ab",
            "picture": "https://example.com/a.png", "roles": ["admin"], "permissions": ["p"], "sessionId": "s",
            "organizationId": "o"
        },
        "clientId": "client-1", "scopes": ["notes:read", "notes:write"], "permissions": ["p"],
        "issuer": format!("{}/tenant", provider.bench.issuer.origin()), "provider": "custom",
        "audience": [provider.bench.endpoint()], "resource": provider.bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let provider = custom(&[]).await;
    provider.refuses_what_all_refuse().await;
    let (ours, origin) = (provider.bench.endpoint(), provider.bench.issuer.origin().to_owned());
    for (what, claims, reason) in [
        ("no audience", json!({ "aud": null }), "aud_missing"),
        ("an empty audience", json!({ "aud": [] }), "aud_missing"),
        ("the client", json!({ "aud": "client-1" }), "aud_mismatch"),
        ("a foreign audience beside ours", json!({ "aud": [ours, "https://other.example"] }), "aud_mismatch"),
        ("ours with a slash", json!({ "aud": format!("{ours}/") }), "aud_mismatch"),
        ("ours in capitals", json!({ "aud": ours.to_uppercase() }), "aud_mismatch"),
        ("ours with a query", json!({ "aud": format!("{ours}?a") }), "aud_mismatch"),
        ("an ID token", json!({ "nonce": "n" }), "id_token"),
        ("an ID token, by at_hash", json!({ "at_hash": "h" }), "id_token"),
        ("an ID token, by c_hash", json!({ "c_hash": "h" }), "id_token"),
        ("an ID token, by its payload", json!({ "typ": "ID" }), "id_token"),
        ("a refresh token", json!({ "typ": "Refresh" }), "not_an_access_token"),
        ("the issuer's parent", json!({ "iss": origin }), "iss_mismatch"),
        ("the issuer in capitals", json!({ "iss": format!("{origin}/TENANT") }), "iss_mismatch"),
        ("issuers in a list", json!({ "iss": [format!("{origin}/tenant")] }), "malformed_claim"),
        ("an expiry with a fraction", json!({ "exp": 4_000_000_000.5 }), "malformed_claim"),
        ("an empty client", json!({ "client_id": "" }), "malformed_claim"),
        ("a client of another type", json!({ "client_id": ["client-1"] }), "malformed_claim"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
    for typ in [json!("JWT"), json!(null), json!("at+jwt;x"), json!(" at+jwt"), json!("application/jwt")] {
        let token = provider.token_as(json!({ "typ": typ }), json!({}));
        let line = provider.refuses_token("another typ", &token, "typ_mismatch").await;
        assert!(line["detail"].as_str().unwrap().contains("LATCH_TOKEN_TYPE=any"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_token_type_any_takes_jwt_and_none_and_nothing_else() {
    let provider = custom(&[("LATCH_TOKEN_TYPE", "any")]).await;
    for typ in [json!("JWT"), json!(null), json!("at+jwt"), json!("application/at+jwt")] {
        provider.accepts_token(&provider.token_as(json!({ "typ": typ }), json!({}))).await;
    }
    for typ in ["logout+jwt", "id+jwt", "dpop+jwt", "secevent+jwt", "oauth-id-jag+jwt", ""] {
        let token = provider.token_as(json!({ "typ": typ }), json!({}));
        provider.refuses_token(typ, &token, "typ_mismatch").await;
    }
    provider.refuses("an ID token", json!({ "nonce": "n" }), "id_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_audience_is_instead_of_the_endpoint() {
    let provider = custom(&[("LATCH_AUDIENCE", "urn:a urn:b")]).await;
    for aud in [json!("urn:a"), json!(["urn:b"]), json!(["urn:a", "urn:b"])] {
        provider.accepts(json!({ "aud": aud })).await;
    }
    provider.refuses("the endpoint", json!({}), "aud_mismatch").await;
    provider.refuses("one more", json!({ "aud": ["urn:a", "urn:c"] }), "aud_mismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_audience_also_may_stand_beside_and_not_alone() {
    let provider = custom(&[("LATCH_AUDIENCE_ALSO", "urn:userinfo")]).await;
    let ours = provider.bench.endpoint();
    provider.accepts(json!({ "aud": [ours, "urn:userinfo"] })).await;
    provider.refuses("alone", json!({ "aud": ["urn:userinfo"] }), "aud_mismatch").await;
    provider.refuses("with another", json!({ "aud": [ours, "urn:userinfo", "urn:x"] }), "aud_mismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_client_ids_are_the_only_ones() {
    let provider = custom(&[("LATCH_CLIENT_IDS", "client-1,client-2")]).await;
    provider.accepts(json!({})).await;
    provider.accepts(json!({ "client_id": null, "azp": "client-2" })).await;
    provider.accepts(json!({ "client_id": null, "cid": "client-2" })).await;
    provider.refuses("another client", json!({ "client_id": "client-3" }), "client_not_allowed").await;
    provider.refuses("a listed one behind another", json!({ "client_id": "x", "azp": "client-1" }), "malformed_claim").await;
    provider.refuses("no client", json!({ "client_id": null }), "client_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_required_scopes_must_all_be_there() {
    let provider = custom(&[("LATCH_REQUIRED_SCOPES", "notes:read notes:write")]).await;
    provider.accepts(json!({ "scope": "notes:write other notes:read" })).await;
    for claims in [json!({ "scope": "notes:read" }), json!({ "scope": null }), json!({ "scope": "notes:READ notes:write" })] {
        provider.refuses("a scope is missing", claims, "insufficient_scope").await;
    }
    let reply = provider.bench.enter(&provider.token(json!({ "scope": "notes:read" }))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.header("www-authenticate").unwrap().contains("scope=\"notes:read notes:write\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_algorithms_are_a_list_of_what_is_taken() {
    let provider = custom(&[("LATCH_ALGORITHMS", "ES256 EdDSA")]).await;
    provider.publish(&[&EC, &ED25519, &RSA, &P521]);
    let sign = |key: &'static crate::keys::TestKey| {
        let header = change(members(key.header()), json!({ "typ": "at+jwt" }));
        sign_as(key, Value::Object(header), &provider.claims)
    };
    provider.accepts_token(&sign(&EC)).await;
    provider.accepts_token(&sign(&ED25519)).await;
    provider.refuses_token("RS256", &sign(&RSA), "alg_not_allowed").await;
    provider.refuses_token("ES512", &sign(&P521), "alg_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_jwks_alone_needs_no_network() {
    let pinned = json!({ "keys": [EC.jwk()] }).to_string();
    let provider = custom(&[("LATCH_JWKS", &pinned), ("LATCH_JWKS_URI", "")]).await;
    provider.accepts(json!({})).await;
    let foreign = sign_as(&EC_OTHER, json!({ "alg": "ES256", "kid": "ec-b", "typ": "at+jwt" }), &provider.claims);
    provider.refuses_token("a key that is not pinned", &foreign, "kid_unknown").await;
    assert_eq!(provider.bench.issuer.all_hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn latch_scopes_are_what_clients_are_told_to_ask_for() {
    let provider = custom(&[("LATCH_SCOPES", "notes:read")]).await;
    let reply = provider.bench.whoami().send().await.unwrap();
    assert!(reply.header("www-authenticate").unwrap().contains("scope=\"notes:read\""));
    // What to ask for is not what must be there.
    provider.accepts(json!({ "scope": null })).await;
}

/// What has no safe default is asked for by name.
#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_with_wrong_keys_or_without_algorithms_does_not_start() {
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let private = json!({ "keys": [EC.jwk_with(json!({ "d": "x" }))] }).to_string();
    let rows: [Row<'_>; 5] = [
        (&[("LATCH_JWKS_URI", "https://id.example.com/keys")], "LATCH_ALGORITHMS", "missing"),
        (&[("LATCH_JWKS_URI", "https://id.example.com/keys"), ("LATCH_ALGORITHMS", "HS256")], "LATCH_ALGORITHMS", "not possible"),
        (&[("LATCH_JWKS_URI", "https://id.example.com/keys"), ("LATCH_ALGORITHMS", "none")], "LATCH_ALGORITHMS", "not possible"),
        (&[("LATCH_JWKS_URI", "http://id.example.com/keys"), ("LATCH_ALGORITHMS", "ES256")], "LATCH_JWKS_URI", "not encrypted"),
        (&[("LATCH_JWKS", &private), ("LATCH_ALGORITHMS", "ES256")], "LATCH_JWKS", "no usable key"),
    ];
    for (env, variable, words) in rows {
        let mut setup = Setup::bare().await.env("LATCH_ISSUER", "https://id.example.com");
        for (name, value) in env {
            setup = setup.env(name, *value);
        }
        let bench = setup.start().await;
        assert_eq!(bench.enter("x").await.status, StatusCode::INTERNAL_SERVER_ERROR);
        let errors = bench.logged("misconfigured").await["errors"].as_str().unwrap().to_owned();
        assert!(errors.contains(variable) && errors.contains(words), "{env:?}: {errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    custom(&[]).await.follows_a_rotation(&EC_OTHER).await;
}
