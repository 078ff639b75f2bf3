//! Clerk: everything has one key and one issuer, so that the header says what a token is; most tokens name no audience.

use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

const CLIENT: &str = "cl_abc";

async fn clerk(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key: &RSA, jwks: "/.well-known/jwks.json", header: json!({ "alg": "RS256", "typ": "at+jwt" }) };
    Provider::start(
        sample,
        |origin| {
            let mut env = vec![("CLERK_FRONTEND_API_URL", format!("{origin}/"))];
            env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            env
        },
        |origin, _| {
            json!({
                "iss": origin, "sub": "user_2x", "client_id": CLIENT, "scp": ["openid", "profile", "email"], "jti": "oat_1",
                "org_id": "org_1"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn its_token_is_let_in() {
    let provider = clerk(&[]).await;
    let identity = provider.accepts(json!({})).await;
    let expected = json!({
        "user": {
            "id": "user_2x", "userId": "user_2x", "roles": [], "permissions": [], "organizationId": "org_1", "org_id": "org_1"
        },
        "clientId": CLIENT, "scopes": ["openid", "profile", "email"], "permissions": [],
        "issuer": provider.bench.issuer.origin(), "provider": "clerk", "audience": [], "resource": provider.bench.endpoint(),
        "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    // The other spellings of scope and type, and an audience that is us.
    assert_eq!(provider.accepts(json!({ "scp": null, "scope": "openid email" })).await["scopes"], json!(["openid", "email"]));
    let long = provider.token_as(json!({ "typ": "application/at+jwt" }), json!({}));
    assert_eq!(provider.accepts_token(&long).await["user"]["id"], "user_2x");
    for aud in [json!(provider.bench.endpoint()), json!([provider.bench.endpoint()])] {
        assert_eq!(provider.accepts(json!({ "aud": aud })).await["audience"], json!([provider.bench.endpoint()]));
    }
    // Some instances stamp the same category on everything: it says nothing.
    let stamped = provider.token_as(json!({ "cat": "cl_I7d4PD111III" }), json!({}));
    assert_eq!(provider.accepts_token(&stamped).await["clientId"], CLIENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_is_told() {
    let provider = clerk(&[]).await;
    let claims = json!({
        "email": "a@example.com", "email_verified": true, "name": "A", "username": "ab", "picture": "https://example.com/a.png",
        "org_role": "org:admin", "org_slug": "acme", "org_permissions": ["org:notes:read"]
    });
    let identity = provider.accepts(claims).await;
    assert_eq!(
        identity["user"],
        json!({
            "id": "user_2x", "userId": "user_2x", "email": "a@example.com", "emailVerified": true, "name": "A", "username": "ab",
            "picture": "https://example.com/a.png", "roles": ["org:admin"], "permissions": ["org:notes:read"],
            "organizationId": "org_1", "organizationRole": "org:admin", "organizationSlug": "acme", "org_id": "org_1",
            "org_role": "org:admin"
        })
    );
    assert_eq!(identity["permissions"], json!(["org:notes:read"]));
}

/// What the browser of a signed-in user has, and what machines have: the same key, the same issuer.
#[tokio::test(flavor = "multi_thread")]
async fn other_tokens_of_the_instance_are_refused_by_name() {
    let provider = clerk(&[]).await;
    let session = json!({
        "client_id": null, "scp": null, "jti": null, "azp": "https://app.example.com", "sid": "sess_1", "sts": "active", "v": 2,
        "fva": [85, -1]
    });
    for (cat, word) in
        [("cl_B7d4PD111AAA", "session token"), ("cl_B7d4PD222AAA", "JWT template"), ("cl_B7d4PD333AAA", "machine's token")]
    {
        // The category counts even if the type were right.
        for typ in [json!("JWT"), json!(null), json!("at+jwt")] {
            let token = provider.token_as(json!({ "typ": typ, "cat": cat }), session.clone());
            let line = provider.refuses_token(word, &token, "not_an_access_token").await;
            assert!(line["detail"].as_str().unwrap().contains(word), "{line:?}");
        }
    }
    // Of before categories, or stamped with the one that says nothing.
    for header in [json!({ "typ": "JWT" }), json!({ "typ": null }), json!({ "typ": "JWT", "cat": "cl_I7d4PD111III" })] {
        provider.refuses_token("a session token", &provider.token_as(header, session.clone()), "typ_mismatch").await;
    }
    provider.refuses("a machine, by its subject", json!({ "sub": "mch_2x" }), "app_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let provider = clerk(&[]).await;
    provider.refuses_what_all_refuse().await;
    let (ours, issuer) = (provider.bench.endpoint(), provider.bench.issuer.origin().to_owned());
    for (what, claims, reason) in [
        ("a foreign audience", json!({ "aud": "https://other.example/mcp" }), "aud_mismatch"),
        ("a foreign audience beside ours", json!({ "aud": [ours, "https://other.example/mcp"] }), "aud_mismatch"),
        ("the issuer as audience", json!({ "aud": issuer }), "aud_mismatch"),
        ("the client as audience", json!({ "aud": CLIENT }), "aud_mismatch"),
        ("an empty list of audiences", json!({ "aud": [] }), "aud_missing"),
        ("an audience of another type", json!({ "aud": 7 }), "malformed_claim"),
        ("an ID token", json!({ "aud": CLIENT, "nonce": "n" }), "id_token"),
        ("another instance", json!({ "iss": "https://other.clerk.accounts.dev" }), "iss_mismatch"),
        ("scopes of another type", json!({ "scp": [7] }), "malformed_claim"),
        ("an empty client", json!({ "client_id": "" }), "malformed_claim"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
    for opaque in ["oat_3q2-7wSDFsdfsdfsdf", "mt_3q2-7wSDFsdfsdfsdf", "ak_3q2-7wSDFsdfsdfsdf"] {
        let line = provider.refuses_token("an opaque token", opaque, "opaque_token").await;
        assert!(line["detail"].as_str().unwrap().contains("oat_…") && !format!("{line:?}").contains(opaque), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_can_be_demanded() {
    let provider = clerk(&[("LATCH_AUDIENCE", "https://api.example.com")]).await;
    provider.refuses("no audience", json!({}), "aud_missing").await;
    provider.refuses("another audience", json!({ "aud": provider.bench.endpoint() }), "aud_mismatch").await;
    let identity = provider.accepts(json!({ "aud": "https://api.example.com" })).await;
    assert_eq!(identity["audience"], json!(["https://api.example.com"]));
    provider.bench.enter("opaque").await;
    let lines = provider.bench.log_until("refused").await;
    assert!(!lines.iter().any(|line| line.contains("audience_unbound")), "{lines:?}");
}

/// Said once, when it first matters; not where the operator lists the clients.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_warned_once_that_tokens_are_bound_to_nothing() {
    let provider = clerk(&[]).await;
    for _ in 0..3 {
        provider.accepts(json!({})).await;
    }
    provider.bench.enter("opaque").await;
    let lines = provider.bench.log_until("refused").await;
    let warnings: Vec<&String> = lines.iter().filter(|line| line.contains("audience_unbound")).collect();
    let [warning] = warnings.as_slice() else { panic!("{lines:?}") };
    let warning: Value = serde_json::from_str(warning).unwrap();
    assert_eq!((&warning["level"], &warning["issuer"]), (&json!("warn"), &json!(provider.bench.issuer.origin())));
    assert!(warning["detail"].as_str().unwrap().contains("LATCH_CLERK_CLIENT_IDS"), "{warning}");

    let listed = clerk(&[("LATCH_CLIENT_IDS", CLIENT)]).await;
    listed.accepts(json!({})).await;
    listed.bench.enter("opaque").await;
    let lines = listed.bench.log_until("refused").await;
    assert!(!lines.iter().any(|line| line.contains("audience_unbound")), "{lines:?}");
    listed.refuses("a client that is not listed", json!({ "client_id": "cl_other" }), "client_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    clerk(&[]).await.follows_a_rotation(&RSA_OTHER).await;
}
