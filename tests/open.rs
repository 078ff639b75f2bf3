//! A server without sign-in: on this machine, for nobody in particular, and not by accident.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use futures::executor::block_on;
use http::{Method, StatusCode};
use mcp_latch::{
    Latch, Whoami,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::Incoming,
    mcp::Registry,
};
use serde_json::{Value, json};

/// No way out: a server without sign-in has nothing to fetch.
struct Closed;

impl Host for Closed {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        unreachable!("nothing is fetched")
    }

    fn now(&self) -> UnixTime {
        1_800_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, _: &str) {}
}

fn config(url: &str) -> Config {
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some(url.to_owned()),
        "SUPABASE_URL" => Some("https://abc.supabase.co".to_owned()),
        "LATCH_REQUIRED_SCOPES" => Some("email".to_owned()),
        "LATCH_MIRROR_METADATA" => Some("on".to_owned()),
        _ => None,
    });
    config.unwrap()
}

fn send(latch: &Latch, method: Method, target: &str, headers: &[(&str, &str)], body: &Value) -> (StatusCode, Value) {
    let mut request = http::Request::builder().method(method).uri(target).header("content-type", "application/json");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8787");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body: Box<dyn Incoming> = Box::new(body.to_string().into_bytes());
    let response = block_on(latch.handle(&Closed, request.body(body).unwrap()));
    (response.status(), serde_json::from_slice(response.body().as_bytes()).unwrap_or_default())
}

fn whoami() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "whoami", "arguments": {} } })
}

fn open() -> Latch {
    let latch = Latch::open(config("http://localhost:8787/mcp"), Registry::new().with_tool(Whoami::default()));
    latch.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn everybody_is_nobody_in_particular_whatever_token_they_bring() {
    for headers in [&[][..], &[("authorization", "Bearer a.b.c")], &[("authorization", "Basic x"), ("authorization", "Bearer y")]]
    {
        let (status, body) = send(&open(), Method::POST, "/mcp", headers, &whoami());
        let who = &body["result"]["structuredContent"];
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!((&who["user"]["id"], &who["provider"]), (&json!("anonymous"), &json!("anonymous")), "{body}");
        assert_eq!((&who["scopes"], &who["resource"]), (&json!([]), &json!("http://localhost:8787/mcp")), "{body}");
        assert!(!body.to_string().contains("supabase"), "{body}");
    }
}

#[test]
fn nobody_is_sent_to_sign_in() {
    for path in [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(send(&open(), Method::GET, path, &[], &Value::Null).0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(send(&open(), Method::GET, "/mcp", &[], &Value::Null).0, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn pages_of_strangers_stay_outside() {
    let page = |origin| send(&open(), Method::POST, "/mcp", &[("origin", origin)], &whoami()).0;
    assert_eq!(page("http://evil.example.com"), StatusCode::FORBIDDEN);
    assert_eq!(page("http://localhost:5173"), StatusCode::OK);
}

#[test]
fn only_on_this_machine() {
    for url in ["https://api.example.com/mcp", "https://localhost.example.com", "https://10.0.0.1/mcp"] {
        let error = Latch::open(config(url), Registry::new()).err().expect(url);
        assert!(error.to_string().contains("MCP_URL"), "{error}");
    }
    for url in ["http://localhost", "http://127.0.0.1:1/mcp", "http://[::1]:1/mcp"] {
        assert!(Latch::open(config(url), Registry::new()).is_ok(), "{url}");
    }
}

#[test]
fn a_server_that_did_not_ask_for_it_is_guarded_on_loopback_too() {
    let latch = Latch::with_registry(config("http://localhost:8787/mcp"), Registry::new().with_tool(Whoami::default()));
    assert_eq!(send(&latch, Method::POST, "/mcp", &[], &whoami()).0, StatusCode::UNAUTHORIZED);
}

#[test]
fn it_answers_on_this_machine_only() {
    let latch = Latch::open(config("http://localhost:8787/mcp"), Registry::new().with_tool(Whoami::default())).unwrap();
    let status = |hosts: &[&str]| {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        send(&latch, Method::POST, "/mcp", &headers, &whoami()).0
    };
    for host in ["localhost", "localhost:9", "127.0.0.1:8787", "127.9.9.9", "[::1]:8787", "LOCALHOST:8787"] {
        assert_eq!(status(&[host]), StatusCode::OK, "{host}");
    }
    for host in
        ["192.168.1.7:8787", "api.example.com", "localhost.example.com", "localhost@example.com", "0.0.0.0:8787", "", "a b"]
    {
        assert_eq!(status(&[host]), StatusCode::FORBIDDEN, "{host}");
    }
    assert_eq!(status(&["localhost", "example.com"]), StatusCode::FORBIDDEN);
}
