//! Microsoft Entra: the same keys sign for every tenant, for both versions and for ID tokens whose audience is our own registration.

use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

const OURS: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const SECOND: &str = "11111111-2222-4333-8444-555555555555";
const FOREIGN: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const OID: &str = "690222be-ff1a-4d56-abd1-7e4f7d38e474";
const KEYS: &str = "/common/discovery/v2.0/keys";

fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

async fn entra(more: &[(&'static str, &str)]) -> Provider {
    let header = json!({ "typ": "JWT", "alg": "RS256", "x5t": "Mc7l3Iz93g7uwgNeEmmw_WYGPko" });
    Provider::start(
        Sample { key: &RSA, jwks: KEYS, header },
        |origin| {
            // The host of its keys is fixed, so the tests say another.
            let own = [
                ("ENTRA_TENANTS", format!("{}, {SECOND}", TENANT.to_uppercase())),
                ("ENTRA_CLIENT_ID", OURS.to_owned()),
                ("LATCH_JWKS_URI", format!("{origin}{KEYS}")),
            ];
            own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        },
        |_, _| {
            json!({
                "aud": OURS, "iss": issuer(TENANT), "azp": "0a0b0c0d-0000-4000-8000-000000000001", "azpacr": "1", "name": "A B",
                "oid": OID, "preferred_username": "ab@contoso.com", "rh": "0.AAAA", "scp": "access_as_user notes.read",
                "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": TENANT, "uti": "0", "ver": "2.0", "roles": ["Notes.Admin"]
            })
        },
    )
    .await
}

/// What turns the sample into an ID token for our own registration.
fn id_token() -> Value {
    json!({ "scp": null, "azp": null, "azpacr": null, "roles": null })
}

/// What turns it into an application's own token.
fn of_an_app() -> Value {
    json!({ "scp": null, "sub": OID, "name": null, "preferred_username": null })
}

/// What turns it into a token of version 1.0.
fn v1() -> Value {
    let azp = Value::Null;
    json!({ "iss": format!("https://sts.windows.net/{TENANT}/"), "ver": "1.0", "azp": azp, "appid": "0a0b0c0d-0000-4000-8000-000000000001" })
}

fn and(mut changes: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        changes[name] = value.clone();
    }
    changes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_is_let_in() {
    let entra = entra(&[]).await;
    let identity = entra.accepts(json!({ "email": "ab@contoso.com", "email_verified": true })).await;
    let id = format!("{OID}.{TENANT}");
    let expected = json!({
        // Anybody can set an e-mail address, so nobody verified it.
        "user": {
            "id": id, "userId": id, "email": "ab@contoso.com", "name": "A B", "username": "ab@contoso.com", "roles": ["Notes.Admin"],
            "permissions": ["Notes.Admin"], "tenantId": TENANT
        },
        "clientId": "0a0b0c0d-0000-4000-8000-000000000001", "scopes": ["access_as_user", "notes.read"],
        "permissions": ["Notes.Admin"], "issuer": issuer(TENANT), "provider": "entra", "audience": [OURS],
        "resource": entra.bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    assert_eq!(entra.authorization_servers().await, json!([issuer(TENANT)]));
    // The other tenant that was named.
    let other = entra.accepts(json!({ "iss": issuer(SECOND), "tid": SECOND })).await;
    assert_eq!((&other["user"]["tenantId"], &other["issuer"]), (&json!(SECOND), &json!(issuer(SECOND))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let entra = entra(&[]).await;
    entra.refuses_what_all_refuse().await;
    entra
        .refuses_all(&[
            ("an ID token for our registration", id_token(), "id_token"),
            ("an ID token with a nonce", and(id_token(), &json!({ "nonce": "n-1" })), "id_token"),
            ("an ID token with an application's roles", and(id_token(), &json!({ "roles": ["Notes.Admin"] })), "id_token"),
            ("an application's own token", of_an_app(), "app_token"),
            ("one that says so", json!({ "idtyp": "app" }), "app_token"),
            ("one with an empty scope", and(of_an_app(), &json!({ "scp": "" })), "app_token"),
            ("a user's token without scopes", json!({ "scp": null }), "id_token"),
            ("a tenant that was not named", json!({ "iss": issuer(FOREIGN), "tid": FOREIGN }), "iss_mismatch"),
            ("that tenant under one that was", json!({ "tid": FOREIGN }), "malformed_claim"),
            ("one of ours under the other", json!({ "tid": SECOND }), "malformed_claim"),
            ("no tenant", json!({ "tid": null }), "malformed_claim"),
            ("the issuer of the discovery document", json!({ "iss": issuer("{tenantid}") }), "iss_mismatch"),
            ("the issuer of every tenant", json!({ "iss": issuer("common") }), "iss_mismatch"),
            ("version 1.0", v1(), "iss_mismatch"),
            ("version 1.0 under the issuer of 2.0", json!({ "ver": "1.0" }), "malformed_claim"),
            ("no version", json!({ "ver": null }), "malformed_claim"),
            ("a user without a number", json!({ "oid": null }), "malformed_claim"),
            ("a user with an empty number", json!({ "oid": "" }), "malformed_claim"),
            ("a token for Microsoft Graph", json!({ "aud": "00000003-0000-0000-c000-000000000000" }), "aud_mismatch"),
            ("a token for another application", json!({ "aud": FOREIGN }), "aud_mismatch"),
            ("its URI, which is not configured", json!({ "aud": format!("api://{OURS}") }), "aud_mismatch"),
            ("our registration and another", json!({ "aud": [OURS, FOREIGN] }), "aud_mismatch"),
            ("our URL, which Entra never writes", json!({ "aud": entra.bench.endpoint() }), "aud_mismatch"),
            ("no audience", json!({ "aud": null }), "aud_missing"),
        ])
        .await;
    // Graph hashes a member of the header before it signs, so that nobody else can verify.
    let graph = entra.token_as(json!({ "nonce": "AQABAAAAAAD" }), json!({ "aud": "00000003-0000-0000-c000-000000000000" }));
    let (signed, signature) = graph.rsplit_once('.').unwrap();
    let graph = format!("{signed}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
    entra.refuses_token("a token for Microsoft Graph, as it is", &graph, "bad_signature").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_and_version_1_enter_if_the_operator_says_so() {
    let uri = format!("api://{OURS}");
    let entra = entra(&[("ENTRA_APP_TOKENS", "allow"), ("ENTRA_V1_TOKENS", "allow"), ("ENTRA_APP_ID_URI", &uri)]).await;
    assert_eq!(entra.accepts(of_an_app()).await["user"]["id"], format!("{OID}.{TENANT}"));
    entra.accepts(json!({ "idtyp": "app" })).await;
    let v1_identity = entra.accepts(and(v1(), &json!({ "aud": uri }))).await;
    assert_eq!(v1_identity["issuer"], format!("https://sts.windows.net/{TENANT}/"));
    // Clients are sent to version 2.0 nevertheless.
    assert_eq!(entra.authorization_servers().await, json!([issuer(TENANT)]));
    entra
        .refuses_all(&[
            ("an ID token for our registration", id_token(), "id_token"),
            ("one of a client that is named", and(id_token(), &json!({ "azp": OURS })), "id_token"),
            ("version 2.0 under the issuer of 1.0", and(v1(), &json!({ "ver": "2.0" })), "malformed_claim"),
            ("a tenant under another's issuer, version 1.0", and(v1(), &json!({ "tid": SECOND })), "malformed_claim"),
            ("an application without a number", and(of_an_app(), &json!({ "oid": null })), "malformed_claim"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    entra(&[]).await.follows_a_rotation(&RSA_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let entra = entra(&[("LATCH_CLIENT_IDS", "0a0b0c0d-0000-4000-8000-000000000001")]).await;
    entra.knows_its_clients(&[json!({ "azp": FOREIGN }), json!({ "azp": null })]).await;
}
