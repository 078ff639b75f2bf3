//! WorkOS AuthKit: the audience is the environment's client id until the endpoint is a Resource Indicator.

use serde_json::json;

use super::{Provider, Sample};
use crate::{
    bench::Setup,
    keys::{RSA, RSA_OTHER},
};

const ENVIRONMENT: &str = "client_01H0000000000000000000000";

async fn workos() -> Provider {
    let sample = Sample { key: &RSA, jwks: "/oauth2/jwks", header: json!({ "alg": "RS256", "typ": "JWT" }) };
    Provider::start(
        sample,
        |origin| vec![("WORKOS_SUBDOMAIN", origin.to_owned())],
        |origin, endpoint| {
            json!({
                "iss": origin, "aud": endpoint, "sub": "user_01H", "org_id": "org_01H", "sid": "app_consent_01H", "jti": "01H"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn its_token_is_let_in() {
    let provider = workos().await;
    let identity = provider.accepts(json!({})).await;
    let expected = json!({
        "user": {
            "id": "user_01H", "userId": "user_01H", "roles": [], "permissions": [], "sessionId": "app_consent_01H",
            "sid": "app_consent_01H", "organizationId": "org_01H", "organization_id": "org_01H"
        },
        "scopes": [], "permissions": [], "issuer": provider.bench.issuer.origin(), "provider": "workos",
        "audience": [provider.bench.endpoint()], "resource": provider.bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    for typ in [json!(null), json!("at+jwt")] {
        let token = provider.token_as(json!({ "typ": typ }), json!({ "org_id": null }));
        assert!(provider.accepts_token(&token).await["user"].get("organizationId").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_jwt_template_adds_is_told() {
    let provider = workos().await;
    let claims = json!({
        "email": "a@example.com", "email_verified": true, "name": "A B", "preferred_username": "ab", "first_name": "A",
        "last_name": "B", "picture": "https://example.com/a.png", "roles": ["admin"], "permissions": ["notes:read"],
        "scope": "openid profile", "client_id": "client_dcr"
    });
    let identity = provider.accepts(claims).await;
    assert_eq!(
        identity["user"],
        json!({
            "id": "user_01H", "userId": "user_01H", "email": "a@example.com", "emailVerified": true, "name": "A B",
            "username": "ab", "preferredUsername": "ab", "firstName": "A", "lastName": "B",
            "picture": "https://example.com/a.png", "roles": ["admin"], "permissions": ["notes:read"],
            "sessionId": "app_consent_01H", "sid": "app_consent_01H", "organizationId": "org_01H", "organization_id": "org_01H"
        })
    );
    assert_eq!(identity["scopes"], json!(["openid", "profile"]));
    assert_eq!((&identity["clientId"], &identity["permissions"]), (&json!("client_dcr"), &json!(["notes:read"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let provider = workos().await;
    provider.refuses_what_all_refuse().await;
    let ours = provider.bench.endpoint();
    for (what, claims, reason) in [
        ("a token without a Resource Indicator", json!({ "aud": ENVIRONMENT }), "aud_mismatch"),
        ("the same in a list", json!({ "aud": [ENVIRONMENT] }), "aud_mismatch"),
        ("the environment beside us", json!({ "aud": [ours, ENVIRONMENT] }), "aud_mismatch"),
        ("another Resource Indicator", json!({ "aud": "https://other.example/mcp" }), "aud_mismatch"),
        ("another Resource Indicator beside ours", json!({ "aud": [ours, "https://other.example/mcp"] }), "aud_mismatch"),
        ("the origin alone", json!({ "aud": provider.bench.origin() }), "aud_mismatch"),
        ("no audience", json!({ "aud": null }), "aud_missing"),
        ("an audience of another type", json!({ "aud": { "a": 1 } }), "malformed_claim"),
        (
            "a session token of User Management",
            json!({ "iss": format!("https://api.workos.com/user_management/{ENVIRONMENT}"), "aud": null }),
            "iss_mismatch",
        ),
        ("its older form", json!({ "iss": "https://api.workos.com" }), "iss_mismatch"),
        ("another environment", json!({ "iss": "https://other-26.authkit.app" }), "iss_mismatch"),
        ("an ID token", json!({ "aud": "client_dcr", "nonce": "n" }), "id_token"),
        ("an ID token of a code flow", json!({ "aud": "client_dcr", "at_hash": "h" }), "id_token"),
        ("a token bound to a key", json!({ "cnf": { "jkt": "x" } }), "sender_constrained"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
    let token = provider.token(json!({ "aud": ENVIRONMENT }));
    let line = provider.refuses_token("without a Resource Indicator", &token, "aud_mismatch").await;
    assert!(line["detail"].as_str().unwrap().contains("Resource Indicator"), "{line:?}");
    for typ in ["id+jwt", "dpop+jwt", "secevent+jwt"] {
        let token = provider.token_as(json!({ "typ": typ }), json!({}));
        provider.refuses_token("another kind of token", &token, "typ_mismatch").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_not_a_domain() {
    let bench = Setup::bare().await.env("WORKOS_SUBDOMAIN", "x-26").start().await;
    assert_eq!(bench.enter("x").await.status, http::StatusCode::INTERNAL_SERVER_ERROR);
    let errors = bench.logged("misconfigured").await["errors"].as_str().unwrap().to_owned();
    assert!(errors.contains("WORKOS_SUBDOMAIN: \"x-26\"") && errors.contains("x-26.authkit.app"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    workos().await.follows_a_rotation(&RSA_OTHER).await;
}
