//! Better Auth: EdDSA, `at+jwt`, and an audience that may hold its userinfo endpoint and nobody else.

use serde_json::json;

use super::{Provider, Sample};
use crate::keys::{ED25519, RSA};

async fn better_auth(url: impl FnOnce(&str) -> String) -> Provider {
    let sample = Sample { key: &ED25519, jwks: "/api/auth/jwks", header: json!({ "alg": "EdDSA", "typ": "at+jwt" }) };
    Provider::start(
        sample,
        |origin| vec![("BETTER_AUTH_URL", url(origin))],
        |origin, endpoint| {
            json!({
                "iss": format!("{origin}/api/auth"), "sub": "usr_1",
                "aud": [endpoint, format!("{origin}/api/auth/oauth2/userinfo")], "client_id": "cl_1", "azp": "cl_1",
                "scope": "openid profile", "sid": "ses_1", "jti": "0kW7vPjP1sYg9jUyQm0cJcIuY1rZ8a2B"
            })
        },
    )
    .await
}

async fn usual() -> Provider {
    better_auth(|origin| format!("{origin}/api/auth")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn its_token_is_let_in() {
    // An origin is where an application is; Better Auth is at `/api/auth` there.
    for url in ["", "/", "/api/auth", "/api/auth/"] {
        let provider = better_auth(|origin| format!("{origin}{url}")).await;
        let issuer = format!("{}/api/auth", provider.bench.issuer.origin());
        let identity = provider.accepts(json!({})).await;
        let expected = json!({
            "user": {
                "id": "usr_1", "userId": "usr_1", "roles": [], "permissions": [], "sessionId": "ses_1", "sid": "ses_1"
            },
            "clientId": "cl_1", "scopes": ["openid", "profile"], "permissions": [], "issuer": issuer, "provider": "better_auth",
            "audience": [provider.bench.endpoint(), format!("{issuer}/oauth2/userinfo")], "resource": provider.bench.endpoint(),
            "expiresAt": identity["expiresAt"]
        });
        assert_eq!(identity, expected, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_adds_is_told() {
    let provider = usual().await;
    let claims = json!({
        "email": "a@example.com", "email_verified": true, "name": "A", "picture": "https://example.com/a.png",
        "permissions": ["notes:read"], "roles": ["editor"], "isAnonymous": false, "aud": provider.bench.endpoint()
    });
    let identity = provider.accepts(claims).await;
    assert_eq!(
        identity["user"],
        json!({
            "id": "usr_1", "userId": "usr_1", "email": "a@example.com", "emailVerified": true, "name": "A",
            "picture": "https://example.com/a.png", "roles": ["editor"], "permissions": ["notes:read"], "sessionId": "ses_1",
            "sid": "ses_1", "isAnonymous": false
        })
    );
    assert_eq!(identity["permissions"], json!(["notes:read"]));
    // Without `openid` there is one audience; a client that is only in `azp` is one too.
    assert_eq!(provider.accepts(json!({ "client_id": null, "aud": [provider.bench.endpoint()] })).await["clientId"], "cl_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let provider = usual().await;
    provider.refuses_what_all_refuse().await;
    let (ours, issuer) = (provider.bench.endpoint(), format!("{}/api/auth", provider.bench.issuer.origin()));
    let userinfo = format!("{issuer}/oauth2/userinfo");
    for (what, claims, reason) in [
        ("a foreign audience", json!({ "aud": "https://other.example/mcp" }), "aud_mismatch"),
        ("userinfo alone", json!({ "aud": userinfo }), "aud_mismatch"),
        ("userinfo alone, in a list", json!({ "aud": [userinfo] }), "aud_mismatch"),
        ("the issuer", json!({ "aud": issuer }), "aud_mismatch"),
        ("ours with a slash", json!({ "aud": format!("{ours}/") }), "aud_mismatch"),
        ("no audience", json!({ "aud": null }), "aud_missing"),
        ("an empty audience", json!({ "aud": [] }), "aud_missing"),
        ("an audience of another type", json!({ "aud": [ours, 7] }), "malformed_claim"),
        ("a DPoP token", json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }), "sender_constrained"),
        ("client credentials", json!({ "sub": "cl_1", "sid": null }), "app_token"),
        ("client credentials without client_id", json!({ "sub": "cl_1", "client_id": null }), "app_token"),
        ("a client that is its subject by client_id alone", json!({ "sub": "cl_1", "azp": null }), "app_token"),
        ("an ID token", json!({ "aud": "cl_1", "nonce": "n-0S6_WzA2Mj" }), "id_token"),
        ("an anonymous user", json!({ "is_anonymous": true }), "anonymous_user"),
        ("an anonymous user in the other spelling", json!({ "isAnonymous": true }), "anonymous_user"),
        ("anonymous in words", json!({ "is_anonymous": "true" }), "malformed_claim"),
        ("another application's issuer", json!({ "iss": "https://other.example/api/auth" }), "iss_mismatch"),
        ("the application instead of Better Auth", json!({ "iss": provider.bench.issuer.origin() }), "iss_mismatch"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
    // What the JWT plugin makes of a session, and ID tokens, have the same key and issuer.
    for typ in [json!("JWT"), json!(null), json!("id+jwt")] {
        let token = provider.token_as(json!({ "typ": typ }), json!({}));
        provider.refuses_token("another typ", &token, "typ_mismatch").await;
    }
    let opaque = "0kW7vPjP1sYg9jUyQm0cJcIuY1rZ8a2B";
    let line = provider.refuses_token("an opaque token", opaque, "opaque_token").await;
    assert!(line["detail"].as_str().unwrap().contains("no `resource`"), "{line:?}");
    assert!(!format!("{line:?}").contains(opaque));
    let line = provider.refuses_token("no audience", &provider.token(json!({ "aud": null })), "aud_missing").await;
    assert!(line["detail"].as_str().unwrap().contains("MCP_URL"), "{line:?}");
}

/// The token endpoint of the 1.6 line adds what it is asked for, without the user's word.
#[tokio::test(flavor = "multi_thread")]
async fn ghsa_p2fr_a_second_audience_is_refused() {
    let provider = usual().await;
    let (ours, issuer) = (provider.bench.endpoint(), format!("{}/api/auth", provider.bench.issuer.origin()));
    let userinfo = format!("{issuer}/oauth2/userinfo");
    for second in ["https://other.example/mcp", "https://other.example/api/auth/oauth2/userinfo", issuer.as_str(), ""] {
        for aud in [json!([ours, second]), json!([second, ours]), json!([ours, userinfo, second])] {
            provider.refuses("a second audience", json!({ "aud": aud }), "aud_mismatch").await;
        }
    }
    provider.accepts(json!({ "aud": [userinfo, ours] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_to_another_algorithm() {
    usual().await.follows_a_rotation(&RSA).await;
}
