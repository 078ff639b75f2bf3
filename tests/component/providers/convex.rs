//! Convex: an app's own OAuth server. The claims are those that mcp-use relies on.

use serde_json::json;

use super::{Provider, Sample};
use crate::keys::{EC, EC_OTHER, RSA, RSA_OTHER, TestKey};

async fn convex(key: &'static TestKey, more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key, jwks: "/oauth/.well-known/jwks.json", header: json!({ "alg": key.alg, "typ": "JWT" }) };
    Provider::start(
        sample,
        |origin| {
            let own = [("CONVEX_AUTH_URL", format!("{origin}/oauth/"))];
            own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        },
        |origin, endpoint| {
            json!({
                "iss": format!("{origin}/oauth"), "sub": "jd7a8b9c|k57sessions", "aud": [endpoint], "cid": "client_1",
                "scope": "openid notes:read", "email": "ada@example.com"
            })
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_is_let_in() {
    for key in [&*RSA, &*EC] {
        let convex = convex(key, &[]).await;
        let identity = convex.accepts(json!({ "permissions": ["admin"] })).await;
        let issuer = format!("{}/oauth", convex.bench.issuer.origin());
        // Whoever may add claims to such a token is not the one who gives permissions.
        let expected = json!({
            "user": {
                "id": "jd7a8b9c|k57sessions", "userId": "jd7a8b9c|k57sessions", "clientId": "client_1", "email": "ada@example.com",
                "roles": [], "permissions": []
            },
            "clientId": "client_1", "scopes": ["openid", "notes:read"], "permissions": [], "issuer": issuer, "provider": "convex",
            "audience": [convex.bench.endpoint()], "resource": convex.bench.endpoint(), "expiresAt": identity["expiresAt"]
        });
        assert_eq!(identity, expected);
        assert_eq!(convex.authorization_servers().await, json!([issuer]));
        let standard = convex.accepts(json!({ "cid": null, "client_id": "client_2" })).await;
        assert_eq!((&standard["clientId"], &standard["user"]["clientId"]), (&json!("client_2"), &json!("client_2")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    for key in [&*RSA, &*EC] {
        let convex = convex(key, &[]).await;
        convex.refuses_what_all_refuse().await;
        let endpoint = convex.bench.endpoint();
        let origin = convex.bench.issuer.origin().to_owned();
        convex
            .refuses_all(&[
                ("a sign-in token of the app", json!({ "aud": "convex" }), "aud_mismatch"),
                ("one for us too", json!({ "aud": [endpoint, "convex"] }), "aud_mismatch"),
                ("an issuer that is the site", json!({ "iss": origin }), "iss_mismatch"),
                ("another deployment", json!({ "iss": "https://other-name-1.convex.site/oauth" }), "iss_mismatch"),
                ("a token for a client", json!({ "aud": "client_1" }), "aud_mismatch"),
                ("another endpoint of the app", json!({ "aud": "https://other.example/mcp" }), "aud_mismatch"),
                ("both", json!({ "aud": [endpoint, "https://other.example/mcp"] }), "aud_mismatch"),
                ("our URL with a slash", json!({ "aud": format!("{endpoint}/") }), "aud_mismatch"),
                ("no audience", json!({ "aud": null }), "aud_missing"),
                ("an ID token", json!({ "nonce": "n-1" }), "id_token"),
                ("an ID token by its hash", json!({ "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng" }), "id_token"),
                ("a refresh token, if it says so", json!({ "typ": "refresh" }), "not_an_access_token"),
                ("two clients", json!({ "client_id": "client_2" }), "malformed_claim"),
                ("an empty client", json!({ "cid": "" }), "malformed_claim"),
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    convex(&RSA, &[]).await.follows_a_rotation(&RSA_OTHER).await;
    // From one kind of key to the other, too.
    convex(&RSA, &[]).await.follows_a_rotation(&EC_OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_not_listed_stay_outside() {
    let convex = convex(&RSA, &[("LATCH_CLIENT_IDS", "client_1")]).await;
    convex.knows_its_clients(&[json!({ "cid": "client_2" }), json!({ "cid": null })]).await;
}
