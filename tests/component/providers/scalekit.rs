//! Scalekit: two issuers, and an audience that is an id. The claims are those that mcp-use and FastMCP rely on.

use serde_json::json;

use super::{Provider, Sample};
use crate::keys::{RSA, RSA_OTHER};

async fn scalekit(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key: &RSA, jwks: "/keys", header: json!({ "alg": "RS256", "typ": "JWT" }) };
    Provider::start(
        sample,
        |origin| {
            let own = [
                ("SCALEKIT_ENVIRONMENT_URL", format!("{origin}/")),
                ("SCALEKIT_RESOURCE_ID", "res_69615647365005430".to_owned()),
            ];
            own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        },
        |origin, _| {
            json!({
                "iss": format!("{origin}/resources/res_69615647365005430"), "aud": ["res_69615647365005430"],
                "sub": "usr_987654321098765432", "client_id": "m2morg_1", "jti": "tkn_1", "sid": "ses_1", "org_id": "org_1",
                "scope": "notes:read notes:write", "permissions": ["notes:admin"], "roles": ["member"]
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_issuers_are_let_in() {
    let scalekit = scalekit(&[]).await;
    let origin = scalekit.bench.issuer.origin().to_owned();
    let resource = format!("{origin}/resources/res_69615647365005430");
    let identity = scalekit.accepts(json!({})).await;
    let expected = json!({
        "user": {
            "id": "usr_987654321098765432", "userId": "usr_987654321098765432", "subjectType": "user", "roles": ["member"],
            "permissions": ["notes:admin"], "sessionId": "ses_1", "organizationId": "org_1"
        },
        "clientId": "m2morg_1", "scopes": ["notes:read", "notes:write"], "permissions": ["notes:admin"], "issuer": resource,
        "provider": "scalekit", "audience": ["res_69615647365005430"], "resource": scalekit.bench.endpoint(),
        "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    let other = scalekit.accepts(json!({ "iss": origin })).await;
    assert_eq!(other["issuer"], origin);
    assert_eq!(scalekit.authorization_servers().await, json!([resource]), "the resource's issuer is the one with metadata");
    // The server's URL may stand beside its id.
    scalekit.accepts(json!({ "aud": ["res_69615647365005430", scalekit.bench.endpoint()] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_are_told_from_users() {
    let scalekit = scalekit(&[]).await;
    for claims in [json!({ "sub": "m2morg_1" }), json!({ "sub": "m2morg_2", "client_id": null, "azp": "m2morg_2" })] {
        assert_eq!(scalekit.accepts(claims).await["user"]["subjectType"], "machine");
    }
    assert_eq!(scalekit.accepts(json!({ "client_id": null })).await["user"]["subjectType"], "user");
    assert_eq!(scalekit.accepts(json!({ "org_id": null, "oid": "org_2" })).await["user"]["organizationId"], "org_2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let scalekit = scalekit(&[]).await;
    scalekit.refuses_what_all_refuse().await;
    let origin = scalekit.bench.issuer.origin().to_owned();
    let endpoint = scalekit.bench.endpoint();
    let environment = |claims: serde_json::Value| {
        let mut claims = claims;
        claims["iss"] = json!(origin);
        claims
    };
    scalekit
        .refuses_all(&[
            ("a sign-in session of the environment", environment(json!({ "aud": ["skc_987654321098765432"] })), "aud_mismatch"),
            ("another MCP server of the environment", environment(json!({ "aud": ["res_2"] })), "aud_mismatch"),
            ("its issuer", json!({ "iss": format!("{origin}/resources/res_2"), "aud": ["res_2"] }), "iss_mismatch"),
            ("its issuer, our id", json!({ "iss": format!("{origin}/resources/res_2") }), "iss_mismatch"),
            ("our issuer, its id", json!({ "aud": ["res_2"] }), "aud_mismatch"),
            ("both ids", json!({ "aud": ["res_69615647365005430", "res_2"] }), "aud_mismatch"),
            ("our id and a session's client", json!({ "aud": ["res_69615647365005430", "skc_1"] }), "aud_mismatch"),
            ("our URL alone", json!({ "aud": [endpoint] }), "aud_mismatch"),
            ("a longer id", json!({ "aud": "res_696156473650054301" }), "aud_mismatch"),
            ("an ID token", environment(json!({ "aud": ["skc_1"], "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng" })), "id_token"),
            ("an ID token with a nonce", json!({ "nonce": "n-1" }), "id_token"),
            ("a refresh token, if it were a JWT", json!({ "typ": "Refresh" }), "not_an_access_token"),
            (
                "another environment",
                json!({ "iss": "https://other.scalekit.com/resources/res_69615647365005430" }),
                "iss_mismatch",
            ),
            ("no audience", json!({ "aud": null }), "aud_missing"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    scalekit(&[]).await.follows_a_rotation(&RSA_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let scalekit = scalekit(&[("LATCH_CLIENT_IDS", "m2morg_1")]).await;
    scalekit.knows_its_clients(&[json!({ "client_id": "m2morg_2" }), json!({ "client_id": null })]).await;
}
