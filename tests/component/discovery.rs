//! What a client finds before it has a token (RFC 9728), and the mirror of the issuer's metadata (RFC 8414).

use crate::client::{call, get, post};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{bench::Setup, issuer::Answer};

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_is_the_same_at_every_place() {
    let bench = Setup::supabase().await.start().await;
    let expected = json!({
        "resource": bench.endpoint(), "authorization_servers": [bench.issuer.url()],
        "bearer_methods_supported": ["header"], "scopes_supported": ["email"]
    });
    let places = [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/mcp/.well-known/oauth-protected-resource",
        "/mcp/oauth-protected-resource",
    ];
    let mut bodies = Vec::new();
    for place in places {
        let reply = get(bench.url(place)).header("mcp-protocol-version", "2025-11-25").send().await.unwrap();
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, Some("application/json")), "{place}");
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(reply.json::<Value>().unwrap(), expected);
        bodies.push(reply.body);
        let head = call(Method::HEAD, bench.url(place)).send().await.unwrap();
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        assert_ne!(head.header("content-length"), Some("0"), "not what a GET would say");
        let wrong = post(bench.url(place)).send().await.unwrap();
        assert_eq!((wrong.status, wrong.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD, OPTIONS")));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(bench.issuer.all_hits(), 0, "discovery asks nobody");
}

/// Clients drop a whole document over one `null`.
#[tokio::test(flavor = "multi_thread")]
async fn absent_members_are_absent() {
    let bench = Setup::custom().await.start().await;
    let document: Value = get(bench.url("/.well-known/oauth-protected-resource")).send().await.unwrap().json().unwrap();
    assert!(document.get("scopes_supported").is_none() && !document.to_string().contains("null"));
    let challenge = bench.whoami().send().await.unwrap();
    assert!(!challenge.header("www-authenticate").unwrap().contains("scope="));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_leads_to_the_metadata() {
    let bench = Setup::supabase().await.env("LATCH_SCOPES", "email profile").start().await;
    let reply = bench.whoami().send().await.unwrap();
    let expected = format!(
        "Bearer resource_metadata=\"{}\", scope=\"email profile\"",
        bench.url("/.well-known/oauth-protected-resource/mcp")
    );
    assert_eq!(reply.header("www-authenticate"), Some(expected.as_str()));
}

/// HTML, redirects and server errors at unknown places stop clients; JSON 404 makes them go on.
#[tokio::test(flavor = "multi_thread")]
async fn unknown_places_are_404_json() {
    let bench = Setup::supabase().await.start().await;
    for place in [
        "/",
        "/mcpx",
        "/mcp/x",
        "/register",
        "/authorize",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/mcp",
    ] {
        let reply = get(bench.url(place)).send().await.unwrap();
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::NOT_FOUND, Some("application/json")), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health() {
    let bench = Setup::supabase().await.start().await;
    let reply = get(bench.url("/healthz")).send().await.unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (StatusCode::OK, r#"{"status":"ok"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_repeats_the_issuers_bytes() {
    let setup = Setup::supabase().await.env("LATCH_MIRROR_METADATA", "on");
    let document = format!("{{ \"issuer\": \"{}\",\n \"x\": 1 }}", setup.issuer().url());
    let source = "/.well-known/oauth-authorization-server/auth/v1";
    setup.issuer().answer(source, Answer::json(document.clone()));
    let bench = setup.start().await;
    for place in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
    ] {
        let reply = get(bench.url(place)).send().await.unwrap();
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, document.clone()), "{place}");
    }
    assert_eq!(bench.issuer.hits(source), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_sends_the_gateways_key() {
    let setup = Setup::supabase().await.env("LATCH_MIRROR_METADATA", "on").env("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_test");
    let source = "/.well-known/oauth-authorization-server/auth/v1";
    setup.issuer().answer(source, Answer::json(format!("{{\"issuer\":\"{}\"}}", setup.issuer().url())));
    let bench = setup.start().await;
    assert_eq!(get(bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap().status, StatusCode::OK);
    assert_eq!(bench.issuer.last_headers(source)["apikey"], "sb_publishable_test");
}

/// An issuer that hangs costs one request some seconds, and the next ones nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_of_an_issuer_that_hangs() {
    let setup = Setup::supabase().await.env("LATCH_MIRROR_METADATA", "on");
    let sources = [
        "/.well-known/oauth-authorization-server/auth/v1",
        "/.well-known/openid-configuration/auth/v1",
        "/auth/v1/.well-known/openid-configuration",
    ];
    for source in sources {
        setup.issuer().answer(source, Answer::Silence);
    }
    let bench = setup.start().await;
    for _ in 0..5 {
        let reply = get(bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "the component answers, not the host's deadline");
    }
    assert_eq!(bench.issuer.all_hits(), 3, "each place once");
    bench.logged("metadata_unavailable").await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_repeats_no_foreign_document() {
    let setup = Setup::supabase().await.env("LATCH_MIRROR_METADATA", "on");
    let sources = ["/.well-known/oauth-authorization-server/auth/v1", "/auth/v1/.well-known/openid-configuration"];
    setup.issuer().answer(sources[0], Answer::json(r#"{"issuer":"https://evil.example"}"#));
    setup.issuer().answer(sources[1], Answer::json("<html>"));
    let bench = setup.start().await;
    for _ in 0..10 {
        let reply = get(bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.header("retry-after").is_some());
    }
    assert_eq!(bench.issuer.hits(sources[0]), 1, "a failure is remembered for a while");
}
