//! The tokens themselves: for whom they are, and what is not in them.

use std::time::{SystemTime, UNIX_EPOCH};

use mcp_latch::jose::{Alg, Compact, KeySet};
use mcp_latch_host::client;
use serde_json::{Value, json};

use super::user::{Browser, REDIRECT, VERIFIER, World, answered, location, start, text, world};
use crate::{
    bench::{Setup, sign, sign_as},
    keys::{EC, EC_OTHER, members},
    upstream::keys,
};

async fn in_format(format: &str) -> World {
    start(Setup::proxy().await.env("LATCH_TOKEN_FORMAT", format)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn cve_2025_69196_a_token_opens_one_endpoint_and_no_other_with_the_same_keys() {
    for format in ["sealed", "jwt"] {
        let (here, there) = (in_format(format).await, in_format(format).await);
        let client_id = here.register(&[REDIRECT]).await;
        let tokens = here.tokens(&client_id).await;
        let token = text(&tokens, "access_token");
        assert_eq!(here.bench.enter(token).await.status, 200, "{format}");
        assert_eq!(there.bench.enter(token).await.status, 401, "{format}");
        assert!(there.bench.reason().await.contains("mismatch") || format == "sealed");
        // Nor do the other values: each is bound to its endpoint.
        assert_eq!(there.refresh(&client_id, text(&tokens, "refresh_token")).await.status, 401);
        let other = start(Setup::proxy().await.env("LATCH_TOKEN_FORMAT", format).env("LATCH_KEYS", keys(90))).await;
        assert_eq!(other.bench.enter(token).await.status, 401, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_token_is_one_that_others_can_verify() {
    let world = in_format("jwt").await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    let token = text(&tokens, "access_token");
    let metadata: Value =
        client::get(world.bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap().json().unwrap();
    let set = client::get(text(&metadata, "jwks_uri")).send().await.unwrap();
    let set = KeySet::parse(&set.body).unwrap();
    let parsed = Compact::parse(token).unwrap();
    assert_eq!(set.verify(&parsed, Alg::Es256), Ok(()));
    assert_eq!(parsed.header.typ.as_deref(), Some("at+jwt"));
    let claims = parsed.claims;
    assert_eq!((&claims["aud"], &claims["iss"]), (&json!(world.bench.endpoint()), &json!(world.bench.origin())));
    assert_eq!(
        (&claims["sub"], &claims["client_id"], &claims["scope"]),
        (&json!("oidc|ada"), &json!(client_id), &json!("notes:read"))
    );
    assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 900 && claims.contains_key("jti"));
    // What others need not know, they cannot read.
    assert!(!token.contains("ada@example.com") && !claims.contains_key("email"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_5115_a_form_of_token_that_is_not_issued_is_not_taken() {
    let (sealed, jwt) = (in_format("sealed").await, in_format("jwt").await);
    let mut tokens = Vec::new();
    for world in [&sealed, &jwt] {
        let client_id = world.register(&[REDIRECT]).await;
        tokens.push(world.tokens(&client_id).await);
    }
    assert_eq!(sealed.bench.enter(text(&tokens[1], "access_token")).await.status, 401);
    assert_eq!(jwt.bench.enter(text(&tokens[0], "access_token")).await.status, 401);
    // Nor is what is sealed inside a signed token one by itself.
    let parsed = Compact::parse(text(&tokens[1], "access_token")).unwrap();
    for world in [&sealed, &jwt] {
        assert_eq!(world.bench.enter(parsed.claims["latch"].as_str().unwrap()).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_5115_an_endpoint_that_changes_its_form_of_token_takes_the_old_no_more() {
    for (before, after) in [("sealed", "jwt"), ("jwt", "sealed")] {
        let first = in_format(before).await;
        let client_id = first.register(&[REDIRECT]).await;
        let tokens = first.tokens(&client_id).await;
        let token = text(&tokens, "access_token");
        let inner = Compact::parse(token).ok().map(|token| token.claims["latch"].as_str().unwrap().to_owned());
        // The same endpoint with the same keys, started again.
        let again = async |format: &str| {
            start(Setup::proxy().await.env("LATCH_TOKEN_FORMAT", format).env("MCP_URL", first.bench.endpoint())).await
        };
        assert_eq!(again(before).await.bench.enter(token).await.status, 200, "{before}");
        let other = again(after).await;
        assert_eq!(other.bench.enter(token).await.status, 401, "{before}, then {after}");
        if let Some(inner) = inner {
            assert_eq!(other.bench.enter(&inner).await.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_tokens_of_others_are_refused() {
    let world = in_format("jwt").await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    let good = Compact::parse(text(&tokens, "access_token")).unwrap().claims;
    for key in [&*EC, &*EC_OTHER] {
        assert_eq!(world.bench.enter(&sign(key, &good)).await.status, 401);
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "x" });
        assert_eq!(world.bench.enter(&sign_as(key, header, &good)).await.status, 401);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let none = members(json!({ "iss": world.bench.origin(), "sub": "oidc|ada", "aud": world.bench.endpoint(), "exp": now + 60 }));
    assert_eq!(world.bench.enter(&sign(&EC, &none)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_3524_what_is_sealed_for_one_purpose_opens_nothing_else() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    let there = world.decide(&browser, &page, "oidc").await;
    let transaction = there.header("set-cookie").unwrap().split('=').nth(1).unwrap().split(';').next().unwrap().to_owned();
    let back = client::get(location(&there)).send().await.unwrap();
    let code = answered(&browser.get(&location(&back)).await)["code"].clone();
    let tokens: Value = world.redeem(&client_id, &code).await.json().unwrap();
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    for value in [client_id.as_str(), &page.request, &transaction, &code, refresh] {
        assert_eq!(world.bench.enter(value).await.status, 401);
    }
    for value in [client_id.as_str(), &page.request, &transaction, access, refresh] {
        assert_eq!(world.redeem(&client_id, value).await.status, 400);
    }
    for value in [client_id.as_str(), &page.request, &transaction, &code, access] {
        assert_eq!(world.refresh(&client_id, value).await.status, 400);
    }
    for value in [page.request.as_str(), &transaction, &code, access, refresh] {
        assert_eq!(browser.get(&world.authorize_url(value, &[])).await.status, 400);
        assert_eq!(world.refresh(value, refresh).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_no_secret_of_the_upstream_leaves_us() {
    for format in ["sealed", "jwt"] {
        let world = in_format(format).await;
        let mut said = Vec::new();
        let client_id = world.register(&[REDIRECT]).await;
        let browser = Browser::default();
        let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
        let there = world.decide(&browser, &page, "oidc").await;
        let back = client::get(location(&there)).send().await.unwrap();
        let done = browser.get(&location(&back)).await;
        let tokens = world.redeem(&client_id, &answered(&done)["code"]).await;
        let first: Value = tokens.json().unwrap();
        let who = world.bench.enter(text(&first, "access_token")).await;
        let again = world.refresh(&client_id, text(&first, "refresh_token")).await;
        for reply in [&page.reply, &there, &done, &tokens, &who, &again] {
            said.push(format!("{:?} {}", reply.headers, reply.text()));
        }
        for part in text(&first, "access_token").split('.') {
            use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
            said.push(String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(part).unwrap()).into_owned());
        }
        // The program has answered all of it, so its log is complete once a last line is there.
        world.bench.enter("nonsense").await;
        said.extend(world.bench.log_until("refused").await);
        let secrets = world.upstream.issued();
        assert!(secrets.len() >= 5, "{secrets:?}");
        for secret in secrets.iter().map(String::as_str).chain([crate::upstream::CLIENT_SECRET, VERIFIER]) {
            assert!(said.iter().all(|text| !text.contains(secret)), "{format}: {secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m7_m8_every_method_needs_a_token_and_the_challenge_names_the_path_form() {
    let world = world().await;
    for method in [http::Method::GET, http::Method::HEAD, http::Method::POST, http::Method::DELETE] {
        let reply = client::call(method, world.bench.endpoint()).send().await.unwrap();
        assert_eq!(reply.status, 401);
        let expected = format!(
            "Bearer resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp\", scope=\"notes:read notes:write\"",
            world.bench.origin()
        );
        assert_eq!(reply.header("www-authenticate"), Some(expected.as_str()));
    }
    let reply = world.bench.enter("unknown-token").await;
    assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer error=\"invalid_token\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_anybody_noticing() {
    let old = keys(7);
    let mut byte = 200;
    let new = mcp_latch::keys::Keys::rotate(&old, |key: &mut [u8; 32]| {
        key.fill(byte);
        byte += 1;
    });
    let new = new.unwrap().expose().to_owned();
    for format in ["sealed", "jwt"] {
        let before = in_format(format).await;
        let client_id = before.register(&[REDIRECT]).await;
        let tokens = before.tokens(&client_id).await;
        let setup = Setup::proxy().await.env("LATCH_TOKEN_FORMAT", format).env("LATCH_KEYS", &new);
        // The same endpoint, started again with the new keys.
        let after = start(setup.env("MCP_URL", before.bench.endpoint())).await;
        let who = after.bench.enter(text(&tokens, "access_token")).await;
        assert_eq!(who.status, 200, "{format}: {}", who.text());
        let url = after.authorize_url(&client_id, &[("resource", "")]);
        assert_eq!(Browser::default().get(&url).await.status, 200, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r8_nothing_is_keyed_by_the_secret_we_have_at_the_upstream() {
    for format in ["sealed", "jwt"] {
        let before = in_format(format).await;
        let client_id = before.register(&[REDIRECT]).await;
        let tokens = before.tokens(&client_id).await;
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        // The same endpoint, started again.
        let again = async |name: &str, value: &str| {
            let setup = Setup::proxy().await.env("LATCH_TOKEN_FORMAT", format).env("MCP_URL", before.bench.endpoint());
            start(setup.env(name, value)).await
        };
        // With that secret and other keys: nothing opens.
        let other = again("LATCH_KEYS", &keys(90)).await;
        assert_eq!(other.bench.enter(access).await.status, 401, "{format}");
        assert_eq!(other.refresh(&client_id, refresh).await.status, 401, "{format}");
        assert_eq!(other.refresh(&other.register(&[REDIRECT]).await, refresh).await.status, 400, "{format}");
        let url = other.authorize_url(&client_id, &[("resource", "")]);
        assert_eq!(Browser::default().get(&url).await.status, 400, "{format}");
        // With our keys and another secret: all of it.
        let other = again("LATCH_PROXY_CLIENT_SECRET", "another").await;
        assert_eq!(other.bench.enter(access).await.status, 200, "{format}");
        let url = other.authorize_url(&client_id, &[("resource", "")]);
        assert_eq!(Browser::default().get(&url).await.status, 200, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_takes_away_is_gone() {
    let before = world().await;
    let client_id = before.register(&[REDIRECT]).await;
    let url = before.authorize_url(&client_id, &[("scope", "notes:read notes:write")]);
    let reply = before.sign_in(&Browser::default(), &url).await;
    let tokens: Value = before.redeem(&client_id, &answered(&reply)["code"]).await.json().unwrap();
    let same = async |name: &str, value: &str| {
        let mut setup = Setup::proxy().await.env("MCP_URL", before.bench.endpoint()).env(name, value);
        if name == "LATCH_PROXY" {
            setup = setup.env("LATCH_PROXY_ISSUER", "https://accounts.google.com");
        } else {
            setup = setup.env("LATCH_PROXY_ISSUER", before.bench.issuer.origin()).allow(before.bench.issuer.origin());
        }
        start(setup).await
    };
    // A scope: also for those who were granted it.
    let fewer = same("LATCH_SCOPES", "notes:read").await;
    let renewed: Value = fewer.refresh(&client_id, text(&tokens, "refresh_token")).await.json().unwrap();
    assert_eq!(renewed["scope"], "notes:read");
    // An upstream: with all of its users.
    let other = same("LATCH_PROXY", "google").await;
    assert_eq!(other.bench.enter(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(other.bench.reason().await, "not_issued_here");
    assert_eq!(other.refresh(&client_id, text(&renewed, "refresh_token")).await.status, 400);
}
