//! Okta: a custom authorization server. Scopes are an array, the client is `cid`, and `sub` is a name that can change.

use serde_json::json;

use super::{Provider, Sample};
use crate::{
    bench::Setup,
    keys::{RSA, RSA_OTHER},
};

async fn okta(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key: &RSA, jwks: "/oauth2/default/v1/keys", header: json!({ "alg": "RS256" }) };
    let audience = more.iter().find(|(name, _)| *name == "OKTA_AUDIENCE").map(|(_, value)| (*value).to_owned());
    Provider::start(
        sample,
        |origin| {
            let own = [("OKTA_ISSUER", format!("{origin}/oauth2/default"))];
            own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        },
        |origin, endpoint| {
            json!({
                "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": format!("{origin}/oauth2/default"),
                "aud": audience.unwrap_or_else(|| endpoint.to_owned()), "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3",
                "scp": ["openid", "email", "offline_access"], "auth_time": 1_467_142_021, "sub": "a@example.com"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_is_let_in() {
    let okta = okta(&[("OKTA_AUDIENCE", "api://default")]).await;
    let identity = okta.accepts(json!({ "groups": ["Everyone", "Admins"], "roles": ["dev"] })).await;
    let issuer = format!("{}/oauth2/default", okta.bench.issuer.origin());
    let expected = json!({
        "user": {
            "id": "00ujmkLgagxeRrAg20g3", "userId": "00ujmkLgagxeRrAg20g3", "username": "a@example.com", "login": "a@example.com",
            "groups": ["Everyone", "Admins"], "roles": ["dev"], "permissions": []
        },
        "clientId": "nmdP1fcyvdVO11AL7ECm", "scopes": ["openid", "email", "offline_access"], "permissions": [], "issuer": issuer,
        "provider": "okta", "audience": ["api://default"], "resource": okta.bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    assert_eq!(okta.authorization_servers().await, json!([issuer]));
    // Only one of its spellings is a list.
    assert_eq!(okta.accepts(json!({ "scp": "openid email" })).await["scopes"], json!(["openid", "email"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let okta = okta(&[]).await;
    okta.refuses_what_all_refuse().await;
    let endpoint = okta.bench.endpoint();
    let org = okta.bench.issuer.origin().to_owned();
    okta.refuses_all(&[
        ("a token of the organisation's own server", json!({ "iss": org }), "iss_mismatch"),
        ("another authorization server", json!({ "iss": format!("{org}/oauth2/aus9o8wzk") }), "iss_mismatch"),
        ("another organisation", json!({ "iss": "https://other.okta.com/oauth2/default" }), "iss_mismatch"),
        ("an ID token", json!({ "aud": "nmdP1fcyvdVO11AL7ECm", "cid": null, "scp": null, "nonce": "n-1" }), "id_token"),
        ("an ID token by its hash", json!({ "cid": null, "uid": null, "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng" }), "id_token"),
        ("an ID token without either", json!({ "aud": "nmdP1fcyvdVO11AL7ECm", "cid": null, "scp": null }), "not_an_access_token"),
        ("a client's own token", json!({ "uid": null, "sub": "nmdP1fcyvdVO11AL7ECm" }), "app_token"),
        ("a user without a number", json!({ "uid": "" }), "app_token"),
        ("a number that is none", json!({ "uid": 7 }), "malformed_claim"),
        ("a client that contradicts", json!({ "client_id": "trusted" }), "malformed_claim"),
        ("an authorised party that contradicts", json!({ "azp": "trusted" }), "malformed_claim"),
        ("a client that is no text", json!({ "cid": ["a"] }), "malformed_claim"),
        ("scopes that are no text", json!({ "scp": [7] }), "malformed_claim"),
        ("the audience of every application", json!({ "aud": "api://default" }), "aud_mismatch"),
        ("us and the organisation", json!({ "aud": [endpoint, org] }), "aud_mismatch"),
        ("no audience", json!({ "aud": null }), "aud_missing"),
    ])
    .await;
    let line = okta.refuses_token("api://default", &okta.token(json!({ "aud": "api://default" })), "aud_mismatch").await;
    assert!(line["detail"].as_str().unwrap().contains("OKTA_AUDIENCE"), "{line:?}");
}

/// What the operator named is the audience, and the endpoint's URL is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_audience_that_was_named_is_the_only_one() {
    let okta = okta(&[("OKTA_AUDIENCE", "api://mcp")]).await;
    okta.accepts(json!({})).await;
    okta.refuses("our URL", json!({ "aud": okta.bench.endpoint() }), "aud_mismatch").await;
    okta.refuses("both", json!({ "aud": ["api://mcp", "api://default"] }), "aud_mismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisations_own_server_is_refused_at_start() {
    let setup = Setup::bare().await;
    let origin = setup.issuer().origin().to_owned();
    let bench = setup.env("OKTA_ISSUER", origin).start().await;
    assert_eq!(bench.enter("token").await.status, http::StatusCode::INTERNAL_SERVER_ERROR);
    let line = bench.logged("misconfigured").await;
    let errors = line["errors"].as_str().unwrap();
    assert!(errors.starts_with("OKTA_ISSUER: ") && errors.contains("opaque") && errors.contains("/oauth2/default"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_of_the_array_are_scopes() {
    let okta = okta(&[("LATCH_REQUIRED_SCOPES", "email notes:read")]).await;
    okta.accepts(json!({ "scp": ["email", "notes:read"] })).await;
    okta.refuses("one is missing", json!({}), "insufficient_scope").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    okta(&[]).await.follows_a_rotation(&RSA_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let okta = okta(&[("LATCH_CLIENT_IDS", "nmdP1fcyvdVO11AL7ECm")]).await;
    okta.knows_its_clients(&[json!({ "cid": "0oaStranger" })]).await;
}
