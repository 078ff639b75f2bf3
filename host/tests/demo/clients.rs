//! What a client finds and how it registers.

use mcp_latch_host::client;
use mcp_latch_host::demo::{Demo, Options, SigningAlg};
use serde_json::{Value, json};

use crate::world::{CALLBACK, has_null, register};

#[tokio::test]
async fn discovery_is_one_document_in_four_places() {
    let demo = Demo::start(Options::default().alg(SigningAlg::Rs256)).await.unwrap();
    let (origin, issuer) = (demo.origin(), demo.issuer());
    let mut seen = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        for url in [format!("{origin}/.well-known/{name}/auth/v1"), format!("{issuer}/.well-known/{name}")] {
            let reply = client::get(url).send().await.unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(reply.header("cache-control"), Some("public, max-age=600"));
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
            seen.push(reply.json::<Value>().unwrap());
        }
    }
    assert!(seen.iter().all(|document| *document == seen[0]));
    let metadata = &seen[0];
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert!(!has_null(metadata));
    let jwks: Value = client::get(metadata["jwks_uri"].as_str().unwrap()).send().await.unwrap().json().unwrap();
    let algs: Vec<&str> = jwks["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algs, ["ES256", "RS256"]);
    assert!(jwks["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    let missing = client::get(format!("{origin}/.well-known/oauth-authorization-server")).send().await.unwrap();
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, Some("application/json")));
}

#[tokio::test]
async fn registration_answers_as_rfc_7591_asks() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let cursor = json!({
        "client_name": "Cursor", "application_type": "web", "scope": "email", "resource": "ignored", "logo_uri": "", "contacts": null,
        "redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "myapp:/no"],
        "grant_types": ["authorization_code", "refresh_token", "password"],
    });
    let reply = register(&demo, cursor).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (201, Some("no-store")));
    let client: Value = reply.json().unwrap();
    assert!(!has_null(&client));
    assert_eq!(
        client["redirect_uris"],
        json!(["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"])
    );
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(client["token_endpoint_auth_method"], "none");
    assert_eq!((&client["scope"], &client["application_type"]), (&json!("email"), &json!("web")));
    for absent in ["client_secret", "client_secret_expires_at", "logo_uri", "contacts", "resource"] {
        assert!(client.get(absent).is_none(), "{absent}");
    }
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://example.com/"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript://x/%0a"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": vec!["https://h/"; 11] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["https://h/cb\u{7f}", "https://h/ cb", " https://h/", "https://h\n/"] }),
            "invalid_redirect_uri",
        ),
        (json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt" }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [CALLBACK], "grant_types": ["password"] }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(3000) }), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ] {
        let reply = register(&demo, metadata.clone()).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!(error)), "{metadata}");
    }
}
