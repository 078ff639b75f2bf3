//! Auth0: the issuer ends with a slash, and a token without an audience is no JWT.

use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

async fn auth0(typ: Option<&str>) -> Provider {
    let header = json!({ "alg": "RS256", "typ": typ });
    let header = if typ.is_none() { json!({ "alg": "RS256" }) } else { header };
    let sample = Sample { key: &RSA, jwks: "/.well-known/jwks.json", header };
    Provider::start(
        sample,
        |origin| vec![("AUTH0_DOMAIN", origin.to_owned())],
        |origin, endpoint| {
            json!({
                "iss": format!("{origin}/"), "sub": "auth0|123456", "aud": [endpoint, format!("{origin}/userinfo")],
                "client_id": "my_client_id", "jti": "73WakrfVbNJBaAmhQtEeDv", "scope": "openid profile tool:greet",
                "permissions": ["tool:greet"], "org_id": "org_9ybsU1dN2dKfDkBi"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_dialects_are_let_in() {
    for typ in [Some("at+jwt"), Some("JWT"), None] {
        let auth0 = auth0(typ).await;
        let identity = auth0.accepts(json!({})).await;
        assert_eq!(identity["provider"], "auth0");
        assert_eq!(identity["user"]["id"], "auth0|123456");
        assert_eq!(identity["user"]["organizationId"], "org_9ybsU1dN2dKfDkBi");
        assert_eq!(identity["permissions"], json!(["tool:greet"]));
        assert_eq!(identity["scopes"], json!(["openid", "profile", "tool:greet"]));
        // The default dialect has `azp`, and without `openid` a single audience.
        let changes = json!({ "client_id": null, "azp": "my_client_id", "aud": auth0.bench.endpoint() });
        assert_eq!(auth0.accepts(changes).await["clientId"], "my_client_id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let auth0 = auth0(Some("JWT")).await;
    auth0.refuses_what_all_refuse().await;
    let userinfo = format!("{}/userinfo", auth0.bench.issuer.origin());
    let other = json!([auth0.bench.endpoint(), "https://other.example/mcp"]);
    for (what, claims, reason) in [
        ("an ID token", json!({ "aud": "my_client_id", "nonce": "n-0S6_WzA2Mj" }), "id_token"),
        ("an ID token without a nonce", json!({ "aud": "my_client_id" }), "aud_mismatch"),
        ("a token for userinfo alone", json!({ "aud": [userinfo] }), "aud_mismatch"),
        ("a token of the Management API", json!({ "aud": "https://tenant.eu.auth0.com/api/v2/" }), "aud_mismatch"),
        ("a token for us and somebody else", json!({ "aud": other }), "aud_mismatch"),
        ("no audience", json!({ "aud": null }), "aud_missing"),
        ("a numeric audience", json!({ "aud": 7 }), "malformed_claim"),
    ] {
        auth0.refuses(what, claims, reason).await;
    }
    // What the operator reads names the way out.
    let line = auth0.refuses_token("opaque", "v2.opaque-without-dots".replace('.', "").as_str(), "opaque_token").await;
    assert!(line["detail"].as_str().unwrap().contains("audience"), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    auth0(Some("at+jwt")).await.follows_a_rotation(&RSA_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_compared_with_its_slash() {
    let auth0 = auth0(None).await;
    let origin = auth0.bench.issuer.origin().to_owned();
    assert_eq!(auth0.accepts(json!({})).await["issuer"], format!("{origin}/"));
    auth0.refuses("without the slash", json!({ "iss": origin }), "iss_mismatch").await;
    let document: Value =
        crate::client::get(auth0.bench.url("/.well-known/oauth-protected-resource/mcp")).send().await.unwrap().json().unwrap();
    assert_eq!(document["authorization_servers"], json!([format!("{origin}/")]));
}
