//! Who may ask, where answers go, and whose decision counts.

use mcp_latch_host::client;
use serde_json::json;

use super::user::{Browser, REDIRECT, World, answered, location, start, world};
use crate::bench::Setup;

const EVIL: &str = "https://evil.example/cb";
const APP: &str = "cursor://anysphere.cursor-mcp/oauth/callback";

async fn never_redirects(world: &World, url: &str) {
    let reply = Browser::default().get(url).await;
    assert_eq!(reply.status, 400, "{url}\n{}", reply.text());
    assert_eq!(reply.header("location"), None);
    assert!(!reply.text().contains("evil.example"), "{}", reply.text());
    assert_eq!(world.bench.issuer.hits("/authorize"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_unknown_clients_and_unregistered_addresses_never_cause_a_redirect() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    for (client, redirect) in [
        ("anything", EVIL),
        ("", EVIL),
        (crate::upstream::CLIENT_ID, EVIL), // R5: the upstream's own client is no client of ours
        (&client_id[..client_id.len() - 1], REDIRECT),
        (client_id.as_str(), EVIL),
        (client_id.as_str(), "http://127.0.0.1:33418/callback/../evil"),
        (client_id.as_str(), "http://127.0.0.1:33418/callback?x=1"),
        (client_id.as_str(), "http://localhost:33418/callback"),
        (client_id.as_str(), ""),
    ] {
        never_redirects(&world, &world.authorize_url(client, &[("redirect_uri", redirect)])).await;
    }
    // A loopback port may differ (RFC 8252 §7.3).
    world.page(&Browser::default(), &world.authorize_url(&client_id, &[("redirect_uri", "http://127.0.0.1:1/callback")])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_3066_the_operators_list_is_an_and_not_an_or() {
    let world = start(Setup::proxy().await.env("LATCH_PROXY_REDIRECTS", "https://good.example")).await;
    let client_id = world.register(&[REDIRECT, "https://good.example/cb"]).await;
    never_redirects(&world, &world.authorize_url(&client_id, &[])).await;
    never_redirects(&world, &world.authorize_url(&client_id, &[("redirect_uri", "https://good.example/other")])).await;
    world.page(&Browser::default(), &world.authorize_url(&client_id, &[("redirect_uri", "https://good.example/cb")])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m2_a_callback_that_was_not_started_here_never_causes_a_redirect() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    let back = client::get(location(&world.decide(&browser, &page, "oidc").await)).send().await.unwrap();
    let good = location(&back);
    let forged = world.bench.url("/auth/callback?code=VICTIM&state=eyJyZWRpcmVjdFVyaSI6Imh0dHBzOi8vZXZpbC5leGFtcGxlIn0");
    for url in
        [forged.as_str(), &good.replace("state=", "state=x"), good.split("&state").next().unwrap(), &format!("{good}&code=2")]
    {
        let reply = browser.get(url).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None), "{url}");
    }
    // GHSA-rww4: another browser than the one that consented.
    let reply = Browser::default().get(&good).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None));
    // The right one, once.
    assert!(answered(&browser.get(&good).await).contains_key("code"));
    assert_eq!(browser.get(&good).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn ghsa_6x8h_the_user_is_asked_every_time_and_before_the_upstream_hears_of_it() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    for _ in 0..2 {
        let reply = world.sign_in(&browser, &world.authorize_url(&client_id, &[])).await;
        assert!(answered(&reply).contains_key("code"));
    }
    assert_eq!(world.bench.issuer.hits("/authorize"), 2);
    let page = world.page(&browser, &world.authorize_url(&client_id, &[("prompt", "consent")])).await;
    assert_eq!(world.bench.issuer.hits("/authorize"), 2);
    for (header, value) in [
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.reply.header(header), Some(value));
    }
    let policy = page.reply.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    // Chromium would apply it to the whole chain of redirects (#2305).
    assert!(!policy.contains("form-action") && !policy.contains("unsafe"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn px_03_a_decision_needs_the_page_and_the_browser_it_was_shown_to() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let url = world.authorize_url(&client_id, &[]);
    // #4818: two pages at once do not disturb each other.
    let (first, second) = (world.page(&browser, &url).await, world.page(&browser, &url).await);
    let consent = world.bench.url("/consent");
    let fields = |ask: &str, request: &str| vec![("ask".to_owned(), ask.to_owned()), ("request".to_owned(), request.to_owned())];
    for (who, site, fields) in [
        (&Browser::default(), "same-origin", fields(&first.ask, &first.request)),
        (&browser, "same-origin", fields(&second.ask, &first.request)),
        (&browser, "same-origin", fields("", &first.request)),
        (&browser, "same-origin", fields(&first.ask, "")),
        (&browser, "cross-site", fields(&first.ask, &first.request)),
        (&browser, "same-site", fields(&first.ask, &first.request)),
    ] {
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("decision", "oidc"));
        let reply = who.post_from(&consent, &fields, site).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None));
    }
    let foreign =
        client::post(&consent).header("origin", "https://evil.example").form([("decision", "oidc")]).send().await.unwrap();
    assert_eq!(foreign.status, 400);
    assert_eq!(world.decide(&browser, &second, "nonsense").await.status, 400);
    assert_eq!(world.decide(&browser, &second, "oidc").await.status, 303);
    assert_eq!(world.decide(&browser, &second, "oidc").await.status, 400);
    assert_eq!(world.decide(&browser, &first, "oidc").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_3519_a_decision_that_another_origin_sends_is_none() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    let consent = world.bench.url("/consent");
    let fields = [("ask", page.ask.as_str()), ("request", page.request.as_str()), ("decision", "oidc")];
    let (own, neighbour) = (world.bench.origin(), format!("{}1", world.bench.origin()));
    // All is right but for the origin, of browsers that send nothing else.
    for origin in ["https://evil.example", "http://127.0.0.1", &neighbour, ""] {
        let reply = browser.post_with(&consent, &fields, &[("origin", origin)]).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None), "{origin}");
    }
    assert_eq!(browser.post_with(&consent, &fields, &[("origin", &own)]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_a_sign_in_are_over_after_ten_minutes() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    let there = location(&world.decide(&browser, &page, "oidc").await);
    let second = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    if world.bench.ours().is_none() {
        return;
    }
    world.bench.advance(601);
    assert_eq!(world.decide(&browser, &second, "oidc").await.status, 400);
    let back = client::get(there).send().await.unwrap();
    assert_eq!(browser.get(&location(&back)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn m5_what_is_wrong_with_a_request_is_told_to_its_client() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT, "https://web.example/cb", APP]).await;
    let foreign = format!("{}x", world.bench.endpoint());
    for (parameter, value, error) in [
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("prompt", "none", "consent_required"),
        ("request_uri", "https://evil.example", "request_uri_not_supported"),
        ("resource", &foreign, "invalid_target"),
        ("resource", "https://other.example/mcp", "invalid_target"),
        ("resource", &world.bench.origin(), "invalid_target"),
    ] {
        let browser = Browser::default();
        let reply = browser.get(&world.authorize_url(&client_id, &[(parameter, value)])).await;
        let got = answered(&reply);
        assert_eq!((reply.status.as_u16(), got["error"].as_str()), (302, error), "{parameter}={value}");
        assert_eq!((got["state"].as_str(), got["iss"].as_str()), ("client-state", &*world.bench.origin()));
        assert!(!got.contains_key("code") && browser.cookie_names().is_empty());
        // RFC 9700 §4.11.2: but nobody's page on the web, nor an app, borrows our address by a broken link.
        for redirect in ["https://web.example/cb", APP] {
            let changes = [(parameter, value), ("redirect_uri", redirect)];
            let reply = Browser::default().get(&world.authorize_url(&client_id, &changes)).await;
            assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None), "{parameter}={value} {redirect}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_the_resource_is_compared_whatever_the_upstream_wants() {
    for kind in ["google", "github", "okta", "entra", "auth0", "oidc"] {
        let setup = Setup::proxy().await;
        let path = match kind {
            "entra" => "/522b276a-356b-4f39-a13d-fabea2cd43e1/v2.0",
            "okta" => "/oauth2/default",
            _ => "",
        };
        let issuer = format!("{}{path}", setup.issuer().origin());
        let world = start(setup.env("LATCH_PROXY", kind).env("LATCH_PROXY_ISSUER", issuer)).await;
        let client_id = world.register(&[REDIRECT]).await;
        let foreign = format!("{}x", world.bench.endpoint());
        let reply = Browser::default().get(&world.authorize_url(&client_id, &[("resource", &foreign)])).await;
        assert_eq!(answered(&reply)["error"], "invalid_target", "{kind}");
        for grant_type in ["authorization_code", "refresh_token"] {
            let fields = [("grant_type", grant_type), ("client_id", &client_id), ("code", "x"), ("refresh_token", "x")];
            let reply = world.token(&[fields.as_slice(), &[("resource", &foreign)]].concat()).await;
            assert_eq!(reply.json::<serde_json::Value>().unwrap()["error"], "invalid_target", "{kind} {grant_type}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_compared_as_clients_write_it() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let endpoint = world.bench.endpoint();
    for resource in ["", &endpoint, &format!("{endpoint}/"), &format!("{endpoint}?kb_name=x")] {
        world.page(&Browser::default(), &world.authorize_url(&client_id, &[("resource", resource)])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_are_not_there_are_dropped_and_none_means_the_usual() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    for (asked, granted) in [
        ("notes:read admin openid offline_access", json!("notes:read")),
        ("notes:write notes:read", json!("notes:read notes:write")),
        ("", json!("notes:read notes:write")),
        ("unknown", json!("notes:read notes:write")),
    ] {
        let reply = world.sign_in(&Browser::default(), &world.authorize_url(&client_id, &[("scope", asked)])).await;
        let tokens: serde_json::Value = world.redeem(&client_id, &answered(&reply)["code"]).await.json().unwrap();
        assert_eq!(tokens["scope"], granted, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_says_no_is_not_quoted() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    for (said, told) in [
        ("error=access_denied&error_description=upstream-text", "access_denied"),
        ("error=server_error&error_description=upstream-text", "server_error"),
        ("error=temporarily_unavailable", "temporarily_unavailable"),
        ("nothing=1", "server_error"),
    ] {
        let browser = Browser::default();
        let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
        let there = location(&world.decide(&browser, &page, "oidc").await);
        let state = crate::upstream::pairs(there.split_once('?').unwrap().1.as_bytes())["state"].clone();
        let reply = browser.get(&world.bench.url(&format!("/auth/callback?state={state}&{said}"))).await;
        let got = answered(&reply);
        assert_eq!((got["error"].as_str(), got["iss"].as_str()), (told, &*world.bench.origin()));
        assert!(!location(&reply).contains("upstream-text"));
    }
    // RFC 9207 §2.4: an answer of somebody else.
    let browser = Browser::default();
    let page = world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    let back = client::get(location(&world.decide(&browser, &page, "oidc").await)).send().await.unwrap();
    let reply = browser.get(&format!("{}&iss=https%3A%2F%2Fevil.example", location(&back))).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_3784_cookies_stay_few_and_short() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let browser = Browser::default();
    for _ in 0..6 {
        let page = world.page(&browser, &world.authorize_url(&client_id, &[("state", &"s".repeat(1024))])).await;
        world.decide(&browser, &page, "oidc").await;
        world.page(&browser, &world.authorize_url(&client_id, &[])).await;
    }
    // A host that loses all but the last of several cookies loses the removals; then they go when their ten minutes are over.
    if world.bench.ours().is_some() {
        assert!(browser.cookie_names().len() <= 4, "{:?}", browser.cookie_names());
    }
    let reply = browser.get(&world.authorize_url(&client_id, &[("state", &"s".repeat(1025))])).await;
    assert_eq!(answered(&reply)["error"], "invalid_request");
}
