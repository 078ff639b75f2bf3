//! Pages: who may call, and what their scripts may read.

use crate::client::call;
use http::{Method, StatusCode};

use crate::bench::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_needs_no_token() {
    let bench = Setup::supabase().await.start().await;
    for path in ["/mcp", "/mcp/", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"] {
        let reply = call(Method::OPTIONS, bench.url(path))
            .header("origin", "http://localhost:6274")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, mcp-protocol-version, mcp-param-region, evil header")
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{path}");
        let allowed = reply.header("access-control-allow-headers").unwrap();
        for name in
            ["authorization", "content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name", "mcp-param-region"]
        {
            assert!(allowed.split(", ").any(|listed| listed == name), "{path}: {name} in {allowed}");
        }
        assert!(!allowed.contains("evil"));
        let origin = reply.header("access-control-allow-origin").unwrap();
        assert!(origin == "*" || origin == "http://localhost:6274", "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_read_the_challenge() {
    let bench = Setup::supabase().await.start().await;
    let reply = bench.whoami().header("origin", "http://localhost:6274").send().await.unwrap();
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.header("access-control-allow-origin"), Some("http://localhost:6274"));
    assert!(reply.header("access-control-expose-headers").unwrap().contains("www-authenticate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_page_is_refused() {
    let bench = Setup::supabase().await.env("LATCH_ALLOWED_ORIGINS", "https://app.example").start().await;
    for origin in [
        "https://evil.example",
        "http://evil.example.com",
        "null",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example:80",
        "https://app.example.evil",
        "https://app.example:444",
        "http://localhost:6274/path",
        "file://",
    ] {
        let reply = bench.whoami().bearer(&bench.good()).header("origin", origin).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}");
        assert!(reply.header("access-control-allow-origin").is_none(), "{origin}");
        assert_eq!(bench.reason().await, "origin_not_allowed");
    }
    for origin in ["https://app.example", "http://localhost:6274", "http://127.0.0.1:1", "http://[::1]:6274", &bench.origin()] {
        let reply = bench.whoami().bearer(&bench.good()).header("origin", origin).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{origin}");
    }
}

/// On a public server a local page is a stranger like any other.
#[tokio::test(flavor = "multi_thread")]
async fn loopback_pages_may_call_loopback_endpoints_only() {
    let bench = Setup::supabase().await.env("MCP_URL", "https://api.example.com").start().await;
    let reply = bench.whoami().bearer(&bench.good()).header("origin", "http://localhost:6274").send().await.unwrap();
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let reply = bench.whoami().bearer(&bench.good()).header("origin", "https://api.example.com").send().await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
}
