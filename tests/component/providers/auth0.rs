//! Auth0: the issuer ends with a slash, and a token without an audience is no JWT.

use serde_json::json;

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

async fn auth0(typ: Option<&str>) -> Provider {
    auth0_with(typ, &[]).await
}

async fn auth0_with(typ: Option<&str>, more: &[(&'static str, &str)]) -> Provider {
    let header = json!({ "alg": "RS256", "typ": typ });
    let header = if typ.is_none() { json!({ "alg": "RS256" }) } else { header };
    let sample = Sample { key: &RSA, jwks: "/.well-known/jwks.json", header };
    Provider::start(
        sample,
        |origin| {
            let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
            [("AUTH0_DOMAIN", origin.to_owned())].into_iter().chain(more).collect()
        },
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

/// Claims that an Action adds under the names of OpenID Connect.
#[tokio::test(flavor = "multi_thread")]
async fn the_user_has_the_names_of_both_versions_of_mcp_use() {
    let claims = json!({
        "email": "ada@example.com", "email_verified": true, "name": "Ada", "nickname": "ada", "picture": "https://example.com/ada.png",
        "updated_at": "2026-11-01T00:00:00.000Z", "roles": ["admin"]
    });
    let user = auth0(Some("at+jwt")).await.accepts(claims).await["user"].take();
    let expected = json!({
        "id": "auth0|123456", "userId": "auth0|123456", "email": "ada@example.com", "emailVerified": true, "email_verified": true,
        "name": "Ada", "nickname": "ada", "picture": "https://example.com/ada.png", "updatedAt": "2026-11-01T00:00:00.000Z",
        "updated_at": "2026-11-01T00:00:00.000Z", "roles": ["admin"], "permissions": ["tool:greet"],
        "organizationId": "org_9ybsU1dN2dKfDkBi"
    });
    assert_eq!(user, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let auth0 = auth0(Some("JWT")).await;
    auth0.refuses_what_all_refuse().await;
    let userinfo = format!("{}/userinfo", auth0.bench.issuer.origin());
    let endpoint = auth0.bench.endpoint();
    auth0
        .refuses_all(&[
            ("an ID token", json!({ "aud": "my_client_id", "nonce": "n-0S6_WzA2Mj" }), "id_token"),
            ("an ID token of the hybrid flow", json!({ "aud": "my_client_id", "c_hash": "LDktKdoQak3Pk0cnXxCltA" }), "id_token"),
            (
                "an ID token for a client that is named like us",
                json!({ "aud": endpoint, "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng" }),
                "id_token",
            ),
            ("an ID token without a nonce", json!({ "aud": "my_client_id" }), "aud_mismatch"),
            ("a token for userinfo alone", json!({ "aud": [userinfo] }), "aud_mismatch"),
            ("a token of the Management API", json!({ "aud": "https://tenant.eu.auth0.com/api/v2/" }), "aud_mismatch"),
            ("a token for us and somebody else", json!({ "aud": [endpoint, "https://other.example/mcp"] }), "aud_mismatch"),
            (
                "another tenant's userinfo beside us",
                json!({ "aud": [endpoint, "https://other.eu.auth0.com/userinfo"] }),
                "aud_mismatch",
            ),
            ("our URL with a slash", json!({ "aud": format!("{endpoint}/") }), "aud_mismatch"),
            ("another tenant", json!({ "iss": "https://other.eu.auth0.com/" }), "iss_mismatch"),
            ("no audience", json!({ "aud": null }), "aud_missing"),
            ("an empty list of audiences", json!({ "aud": [] }), "aud_missing"),
            ("a numeric audience", json!({ "aud": 7 }), "malformed_claim"),
            ("a client that is no text", json!({ "client_id": 7 }), "malformed_claim"),
        ])
        .await;
    // What the operator reads names the way out. A refresh token looks like this too.
    for (token, reason) in [("v1.MC0xLTQxNjg5".replace('.', ""), "opaque_token"), ("e30.a.b.c.d".to_owned(), "encrypted_token")] {
        let token = if reason == "encrypted_token" { token.replace("e30", ENCRYPTED) } else { token };
        let line = auth0.refuses_token(reason, &token, reason).await;
        let detail = line["detail"].as_str().unwrap();
        assert!(detail.contains("audience") && detail.contains("encryption"), "{line:?}");
    }
}

/// `{"alg":"dir","enc":"A256GCM"}`: what Auth0 issues for an API with encryption, and for no API.
const ENCRYPTED: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let auth0 = auth0_with(Some("JWT"), &[("LATCH_CLIENT_IDS", "my_client_id other_client")]).await;
    auth0.accepts(json!({ "client_id": null, "azp": "other_client" })).await;
    let machine = json!({ "client_id": null, "azp": "m2m", "gty": "client-credentials", "sub": "m2m@clients" });
    auth0.knows_its_clients(&[json!({ "client_id": "stranger" }), json!({ "client_id": null }), machine]).await;
}

/// An API that was there before the endpoint.
#[tokio::test(flavor = "multi_thread")]
async fn another_api_opens_the_endpoint_if_the_operator_says_so() {
    let auth0 = auth0_with(Some("at+jwt"), &[("LATCH_AUDIENCE", "https://api.example.com/")]).await;
    auth0.accepts(json!({ "aud": "https://api.example.com/" })).await;
    auth0.refuses("for the endpoint itself", json!({}), "aud_mismatch").await;
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
    assert_eq!(auth0.authorization_servers().await, json!([format!("{origin}/")]));
}
