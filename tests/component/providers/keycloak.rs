//! Keycloak: one key signs tokens of every kind, a claim tells them apart, and an encryption key stands beside it.

use serde_json::json;

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

async fn keycloak(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample {
        key: &RSA,
        jwks: "/auth/realms/mcp/protocol/openid-connect/certs",
        header: json!({ "alg": "RS256", "typ": "JWT" }),
    };
    Provider::start(
        sample,
        |origin| {
            let own = [("KEYCLOAK_SERVER_URL", format!("{origin}/auth/")), ("KEYCLOAK_REALM", "mcp".to_owned())];
            own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        },
        |origin, endpoint| {
            json!({
                "iss": format!("{origin}/auth/realms/mcp"), "aud": [endpoint, "account"],
                "jti": "onrtac:0a1b", "sub": "f3c1a0de-0000-4000-8000-000000000001", "typ": "Bearer", "azp": "dcr-uuid",
                "sid": "6f1e", "acr": "1", "realm_access": { "roles": ["user"] },
                "resource_access": { "mcp-api": { "roles": ["admin"] }, "account": { "roles": ["manage-account"] } },
                "scope": "openid mcp:tools", "email_verified": true, "name": "A B", "preferred_username": "ab",
                "given_name": "A", "family_name": "B", "email": "ab@example.com"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_is_let_in() {
    let keycloak = keycloak(&[]).await;
    let identity = keycloak.accepts(json!({})).await;
    let issuer = format!("{}/auth/realms/mcp", keycloak.bench.issuer.origin());
    let id = "f3c1a0de-0000-4000-8000-000000000001";
    // Client roles come in the order of their names.
    let permissions = json!(["account:manage-account", "mcp-api:admin"]);
    let realm = json!({ "roles": ["user"] });
    let clients = json!({ "mcp-api": { "roles": ["admin"] }, "account": { "roles": ["manage-account"] } });
    let expected = json!({
        "user": {
            "id": id, "userId": id, "email": "ab@example.com", "emailVerified": true, "email_verified": true, "name": "A B",
            "username": "ab", "preferredUsername": "ab", "nickname": "ab", "givenName": "A", "given_name": "A", "familyName": "B",
            "family_name": "B", "roles": ["user"], "permissions": permissions, "sessionId": "6f1e", "realmAccess": realm,
            "realm_access": realm, "resourceAccess": clients, "resource_access": clients
        },
        "clientId": "dcr-uuid", "scopes": ["openid", "mcp:tools"], "permissions": permissions, "issuer": issuer,
        "provider": "keycloak", "audience": [keycloak.bench.endpoint(), "account"], "resource": keycloak.bench.endpoint(),
        "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    assert_eq!(keycloak.authorization_servers().await, json!([issuer]));
    // With the experimental resource indicators `aud` has only us; a lightweight token has no name and no roles; older servers
    // mark nothing.
    keycloak.accepts(json!({ "aud": keycloak.bench.endpoint() })).await;
    let bare = json!({ "name": null, "email": null, "preferred_username": null, "realm_access": null, "resource_access": null });
    assert_eq!(keycloak.accepts(bare).await["permissions"], json!([]));
    keycloak.accepts(json!({ "typ": null })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let keycloak = keycloak(&[]).await;
    keycloak.refuses_what_all_refuse().await;
    let endpoint = keycloak.bench.endpoint();
    let origin = keycloak.bench.issuer.origin().to_owned();
    keycloak
        .refuses_all(&[
            ("an ID token", json!({ "typ": "ID", "aud": "dcr-uuid" }), "id_token"),
            ("an ID token for us", json!({ "typ": "ID" }), "id_token"),
            ("an ID token by its nonce", json!({ "typ": null, "nonce": "n-1" }), "id_token"),
            ("an ID token by its hash", json!({ "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng" }), "id_token"),
            ("a refresh token", json!({ "typ": "Refresh", "aud": format!("{origin}/auth/realms/mcp") }), "not_an_access_token"),
            ("a refresh token for us", json!({ "typ": "Refresh" }), "not_an_access_token"),
            ("an offline token", json!({ "typ": "Offline" }), "not_an_access_token"),
            ("a logout token", json!({ "typ": "Logout" }), "not_an_access_token"),
            ("a registration access token", json!({ "typ": "RegistrationAccessToken" }), "not_an_access_token"),
            ("a kind of token that is no text", json!({ "typ": 7 }), "malformed_claim"),
            ("no audience, as without a mapper", json!({ "aud": null }), "aud_missing"),
            ("the account console's", json!({ "aud": "account" }), "aud_mismatch"),
            ("a token for us and another API", json!({ "aud": [endpoint, "other-api"] }), "aud_mismatch"),
            ("another realm, the same key", json!({ "iss": format!("{origin}/auth/realms/master") }), "iss_mismatch"),
            ("the address behind the reverse proxy", json!({ "iss": "http://keycloak:8080/auth/realms/mcp" }), "iss_mismatch"),
            ("the realm without /auth", json!({ "iss": format!("{origin}/realms/mcp") }), "iss_mismatch"),
        ])
        .await;
    let line = keycloak.refuses_token("no audience", &keycloak.token(json!({ "aud": null })), "aud_missing").await;
    assert!(line["detail"].as_str().unwrap().contains("Audience mapper"), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    keycloak(&[]).await.follows_a_rotation(&RSA_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let keycloak = keycloak(&[("LATCH_CLIENT_IDS", "dcr-uuid")]).await;
    keycloak.knows_its_clients(&[json!({ "azp": "account-console" }), json!({ "azp": null })]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audiences_beside_ours_are_named_by_the_operator() {
    let keycloak = keycloak(&[("LATCH_AUDIENCE_ALSO", "other-api")]).await;
    let endpoint = keycloak.bench.endpoint();
    keycloak.accepts(json!({ "aud": [endpoint, "account", "other-api"] })).await;
    keycloak.refuses("without us", json!({ "aud": ["account", "other-api"] }), "aud_mismatch").await;
}
