//! From registration to a tool call, and what is told on the way.

use mcp_latch_host::client;
use serde_json::{Value, json};

use super::user::{Browser, REDIRECT, answered, location, start, text, world};
use crate::{bench::Setup, upstream::pairs};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_from_registration_to_a_tool_and_further() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
        (&json!("Bearer"), &json!(900), &json!("notes:read"))
    );
    let who: Value = world.bench.enter(text(&tokens, "access_token")).await.json().unwrap();
    let who = &who["result"]["structuredContent"];
    assert_eq!(
        (&who["provider"], &who["user"]["id"], &who["user"]["email"]),
        (&json!("oidc"), &json!("oidc|ada"), &json!("ada@example.com"))
    );
    assert_eq!((&who["issuer"], &who["clientId"]), (&json!(world.bench.origin()), &json!(client_id)));
    let again = world.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.header("cache-control"), Some("no-store"));
    let again: Value = again.json().unwrap();
    assert_eq!(world.bench.enter(text(&again, "access_token")).await.status, 200);
    assert_eq!(world.bench.enter(text(&again, "refresh_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_found_everywhere_and_names_one_issuer() {
    let world = world().await;
    let origin = world.bench.origin();
    let prm: Value = client::get(world.bench.url("/.well-known/oauth-protected-resource")).send().await.unwrap().json().unwrap();
    assert_eq!(prm["authorization_servers"], json!([origin]));
    let mut seen = Vec::new();
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
    ] {
        let reply = client::get(world.bench.url(path)).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (200, Some("*")), "{path}");
        seen.push(reply.text());
    }
    assert!(seen.iter().all(|document| *document == seen[0]));
    let metadata: Value = serde_json::from_str(&seen[0]).unwrap();
    assert_eq!(metadata["issuer"], json!(origin));
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], json!(true));
    assert_eq!(metadata["scopes_supported"], json!(["notes:read", "notes:write", "offline_access"]));
    // Nothing is advertised that is not there: no store, no documents, no signed tokens.
    for name in ["revocation_endpoint", "client_id_metadata_document_supported", "jwks_uri"] {
        assert_eq!(metadata.get(name), None, "{name}");
    }
    for (name, value) in metadata.as_object().unwrap() {
        assert!(!value.is_null() && value.as_str() != Some(""), "{name}");
    }
    for path in ["/revoke", "/jwks"] {
        assert_eq!(client::get(world.bench.url(path)).send().await.unwrap().status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_is_asked_as_the_operator_says() {
    let setup = Setup::proxy().await.env("LATCH_PROXY_EXTRAS", "hd=example.com&login_hint=a%26b");
    let world = start(setup).await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    // The client's own words go no further: no scope, resource, audience or prompt of its own.
    let url = world.authorize_url(&client_id, &[("scope", "admin"), ("audience", "evil"), ("prompt", "login")]);
    let page = world.page(&browser, &url).await;
    let there = location(&world.decide(&browser, &page, "oidc").await);
    let (endpoint, query) = there.split_once('?').unwrap();
    assert_eq!(endpoint, format!("{}/authorize", world.bench.issuer.origin()));
    let query = pairs(query.as_bytes());
    let get = |name: &str| query.get(name).map(String::as_str);
    assert_eq!(get("scope"), Some("openid email profile"));
    assert_eq!((get("hd"), get("login_hint")), (Some("example.com"), Some("a&b")));
    assert_eq!((get("resource"), get("audience"), get("prompt")), (None, None, None));
    assert_eq!(get("redirect_uri"), Some(&*world.bench.url("/auth/callback")));
    assert_eq!((get("code_challenge_method"), get("code_challenge").map(str::len)), (Some("S256"), Some(43)));
    assert!(get("nonce").is_some() && get("state").is_some_and(|state| state.len() == 43));
    assert!(there.len() < 2000, "{}", there.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sign_in_has_a_state_a_nonce_and_a_challenge_of_its_own() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let url = world.authorize_url(&client_id, &[]);
    let clients = pairs(url.split_once('?').unwrap().1.as_bytes());
    let mut seen = vec![clients["state"].clone(), clients["code_challenge"].clone()];
    for _ in 0..2 {
        let page = world.page(&browser, &url).await;
        let there = location(&world.decide(&browser, &page, "oidc").await);
        let query = pairs(there.split_once('?').unwrap().1.as_bytes());
        for name in ["state", "nonce", "code_challenge"] {
            assert!(!seen.contains(&query[name]), "{name}");
            seen.push(query[name].clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m9_an_app_with_a_scheme_of_its_own_is_answered_there() {
    let world = world().await;
    let cursor = "cursor://anysphere.cursor-mcp/oauth/callback";
    let client_id = world.register(&[cursor]).await;
    let done = world.sign_in(&Browser::default(), &world.authorize_url(&client_id, &[("redirect_uri", cursor)])).await;
    assert!(location(&done).starts_with(&format!("{cursor}?code=")), "{}", location(&done));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_who_we_are_and_urls_stay_short() {
    let world = world().await;
    let uris = ["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", REDIRECT];
    let client_id = world.register(&uris).await;
    let url = world.authorize_url(&client_id, &[("state", &"s".repeat(200))]);
    let done = world.sign_in(&Browser::default(), &url).await;
    let good = answered(&done);
    assert_eq!((good["iss"].as_str(), good["state"].len()), (&*world.bench.origin(), 200));
    let browser = Browser::default();
    let page = world.page(&browser, &url).await;
    let declined = answered(&world.decide(&browser, &page, "deny").await);
    assert_eq!((declined["error"].as_str(), declined["iss"].as_str()), ("access_denied", &*world.bench.origin()));
    println!(
        "proxy: client_id {} characters, authorize URL {}, answer URL {}",
        client_id.len(),
        url.len(),
        location(&done).len()
    );
    assert!(url.len() < 2000 && location(&done).len() < 2000);
    assert!(browser.cookie_names().is_empty(), "{:?}", browser.cookie_names());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_between_instances() {
    let world = start(Setup::proxy().await.fresh()).await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    assert_eq!(world.bench.enter(text(&tokens, "access_token")).await.status, 200);
}
