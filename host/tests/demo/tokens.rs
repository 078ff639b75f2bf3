//! Codes, tokens and sessions.

use std::time::Duration;

use base64::Engine as _;
use mcp_latch_host::client;
use mcp_latch_host::clock::TestClock;
use mcp_latch_host::demo::{Demo, Options, PASSWORD, USERS};
use serde_json::{Value, json};

use crate::world::{CALLBACK, VERIFIER, World, outcome, read, register};

#[tokio::test]
async fn the_whole_flow() {
    let world = World::new().await;
    let outcome = outcome(&world.decide("ada").await);
    assert_eq!((outcome["state"].as_str(), outcome["iss"].as_str()), ("s t&te", world.demo.issuer()));
    let reply = world.redeem(&outcome["code"]).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, Some("no-store")));
    let tokens: Value = reply.json().unwrap();
    assert_eq!(tokens["scope"], "openid email");
    assert_eq!(tokens["expires_in"], 3600);

    let (header, claims) = read(tokens["access_token"].as_str().unwrap());
    let jwks: Value = client::get(format!("{}/.well-known/jwks.json", world.demo.issuer())).send().await.unwrap().json().unwrap();
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "kid": jwks["keys"][0]["kid"] }));
    assert_eq!(claims["iss"], world.demo.issuer());
    assert_eq!(claims["sub"], USERS[0].id);
    assert_eq!(claims["aud"], "authenticated");
    assert_eq!(claims["role"], "authenticated");
    assert_eq!(claims["client_id"], world.client.as_str());
    assert_eq!(claims["email"], "ada@example.com");
    assert_eq!(claims["user_metadata"]["full_name"], "Ada Lovelace");
    assert_eq!(claims["is_anonymous"], false);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert_eq!(claims["session_id"].as_str().unwrap().len(), 36);
    assert!(claims.get("resource").is_none() && claims.get("nbf").is_none() && claims.get("jti").is_none());

    let (_, id) = read(tokens["id_token"].as_str().unwrap());
    assert_eq!(id["aud"], world.client.as_str());
    assert!(id.get("role").is_none() && id.get("session_id").is_none());

    let first = tokens["refresh_token"].as_str().unwrap();
    let refreshed: Value = world.refresh(first).await.json().unwrap();
    let (_, again) = read(refreshed["access_token"].as_str().unwrap());
    assert_eq!(again["session_id"], claims["session_id"]);

    let reused = world.refresh(first).await;
    assert_eq!((reused.status.as_u16(), reused.json::<Value>().unwrap()["error"].clone()), (400, json!("invalid_grant")));
    let ended = world.refresh(refreshed["refresh_token"].as_str().unwrap()).await;
    assert_eq!(ended.status, 400, "a second use ends the session");
    world.demo.stop().await;
}

#[tokio::test]
async fn codes_are_short_lived_and_loopback_ports_may_change() {
    let clock = TestClock::new();
    let world = World::with(Options::default().clock(clock.clone())).await;
    let late = world.code("ada").await;
    clock.advance(Duration::from_secs(61));
    assert_eq!(world.redeem(&late).await.status, 400);
    let page = client::get(world.authorize_url(&[("redirect_uri", "http://127.0.0.1:50505/callback")])).send().await.unwrap();
    assert_eq!(page.status, 200);
    let reply = world.press(&page, "ada").send().await.unwrap();
    assert!(reply.header("location").unwrap().starts_with("http://127.0.0.1:50505/callback?code="));
    for (fields, status, error) in [
        (vec![("grant_type", "authorization_code"), ("client_id", "nobody")], 401, "invalid_client"),
        (vec![("grant_type", "password"), ("client_id", &world.client)], 400, "unsupported_grant_type"),
        (vec![("client_id", world.client.as_str())], 400, "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("client_id", &world.client)], 400, "invalid_grant"),
    ] {
        let reply = world.token(&fields).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (status, &json!(error)), "{fields:?}");
    }
}

#[tokio::test]
async fn a_client_with_a_secret_must_show_it() {
    let mut world = World::new().await;
    let asked = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic" });
    let client: Value = register(&world.demo, asked).await.json().unwrap();
    assert_eq!(client["client_secret_expires_at"], 0);
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    world.client = id.to_owned();
    let form = |code: &str| -> Vec<(String, String)> {
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    let send = async |code: &str, authorization: Option<String>| {
        let form = form(code);
        let call = client::post(format!("{}/oauth/token", world.demo.issuer()))
            .form(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        match authorization {
            Some(value) => call.header("authorization", value).send().await.unwrap(),
            None => call.send().await.unwrap(),
        }
    };
    let basic =
        |secret: &str| Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))));
    let code = world.code("linus").await;
    for wrong in [None, basic("wrong"), basic("")] {
        let reply = send(&code, wrong).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (401, &json!("invalid_client")));
        assert!(reply.header("www-authenticate").is_some());
    }
    assert_eq!(send(&code, basic(secret)).await.status, 200);
}

#[tokio::test]
async fn a_password_gives_a_session_without_a_client() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let url = format!("{}/token?grant_type=password", demo.issuer());
    let sign_in = |email: &str, password: &str| client::post(&url).json(&json!({ "email": email, "password": password }));
    let reply: Value = sign_in("linus@example.com", PASSWORD).send().await.unwrap().json().unwrap();
    let open = sign_in("linus@example.com", PASSWORD).header("origin", "https://any.example").send().await.unwrap();
    assert_eq!(open.header("access-control-allow-origin"), None, "pages elsewhere must not read it");
    let (_, claims) = read(reply["access_token"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["role"]), (&json!(USERS[1].id), &json!("authenticated")));
    assert!(claims.get("client_id").is_none() && claims.get("session_id").is_some());
    for (email, password) in [("linus@example.com", "wrong"), ("nobody@example.com", PASSWORD)] {
        let reply = sign_in(email, password).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error_code"]), (400, &json!("invalid_credentials")));
    }
}
