//! The authorization request: what a browser is sent on for, and what not.

use mcp_latch_host::client;
use serde_json::{Value, json};

use crate::world::{CALLBACK, World, outcome, register};

#[tokio::test]
async fn doubtful_clients_are_never_redirected_to() {
    let world = World::new().await;
    for changes in [
        [("client_id", "-"), ("x", "x")],
        [("client_id", "00000000-0000-4000-8000-000000000000"), ("x", "x")],
        [("redirect_uri", "-"), ("x", "x")],
        [("redirect_uri", "https://evil.example/"), ("x", "x")],
        [("redirect_uri", "http://127.0.0.1:41999/callback/../x"), ("x", "x")],
    ] {
        let reply = client::get(world.authorize_url(&changes)).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None), "{changes:?}");
        assert!(reply.text().contains("role=\"alert\""));
    }
    let twice = format!("{}&client_id=x", world.authorize_url(&[]));
    assert_eq!(client::get(twice).send().await.unwrap().status, 400);
}

#[tokio::test]
async fn other_mistakes_go_to_the_client_with_state_and_issuer() {
    let world = World::new().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "-", "invalid_request"),
        ("code_challenge", "-", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "-", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let outcome = outcome(&client::get(world.authorize_url(&[(name, value)])).send().await.unwrap());
        assert_eq!(outcome["error"], error, "{name}={value}");
        assert_eq!((outcome["state"].as_str(), outcome["iss"].as_str()), ("s t&te", world.demo.issuer()));
    }
    let denied = outcome(&world.decide("deny").await);
    assert_eq!((denied["error"].as_str(), denied["iss"].as_str()), ("access_denied", world.demo.issuer()));
}

/// Anybody can register a place and send a browser here: it goes on to the web only when its user says so.
#[tokio::test]
async fn mistakes_send_nobody_to_a_stranger() {
    let mut world = World::new().await;
    let place = "https://stranger.example/cb";
    let reply = register(&world.demo, json!({ "redirect_uris": [place] })).await;
    world.client = reply.json::<Value>().unwrap()["client_id"].as_str().unwrap().to_owned();
    let url = world.authorize_url(&[("redirect_uri", place), ("prompt", "none")]);
    let page = client::get(url).send().await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("location")), (400, None));
    assert!(
        page.text().contains("<strong>stranger.example</strong>") && page.text().contains("role=\"alert\""),
        "{}",
        page.text()
    );
    let asked = client::get(world.authorize_url(&[("redirect_uri", place)])).send().await.unwrap();
    let denied = world.press(&asked, "deny").send().await.unwrap();
    assert!(denied.status == 303 && denied.header("location").unwrap().starts_with(place), "a click is a click");
}

#[tokio::test]
async fn the_page_is_safe_and_speaks_plainly() {
    let world = World::new().await;
    let page = client::get(world.authorize_url(&[])).send().await.unwrap();
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("form-action"), "it would break the redirect in browsers");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let html = page.text();
    for part in ["Test", CALLBACK, "demo", "Ada Lovelace", "Linus Pauling", "your e-mail address"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script"));
}

#[tokio::test]
async fn only_the_page_itself_decides() {
    let world = World::new().await;
    let page = client::get(world.authorize_url(&[])).send().await.unwrap();
    let other = client::get(world.authorize_url(&[])).send().await.unwrap();
    let foreign_cookie = other.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let html = page.text();
    let handle = html.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let post = || client::post(format!("{}/oauth/consent", world.demo.issuer()));
    for call in [
        post().form([("request", handle), ("decision", "ada")]),
        post().header("cookie", &foreign_cookie).form([("request", handle), ("decision", "ada")]),
        world.press(&page, "mallory"),
        world.press(&page, "ada").header("sec-fetch-site", "cross-site"),
        post().header("origin", "https://evil.example").form([("request", handle), ("decision", "ada")]),
    ] {
        let reply = call.send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None));
    }
    assert_eq!(world.press(&page, "ada").send().await.unwrap().status, 303);
    assert_eq!(world.press(&page, "ada").send().await.unwrap().status, 400, "once");
    let elsewhere = client::get(world.authorize_url(&[])).header("host", "evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status, 421);
}
