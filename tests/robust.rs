//! Whatever arrives: no panic, no server error, and nobody in without a token. Native, so that it can try many.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code)]
#[path = "jose/keys.rs"]
mod keys;
#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

use std::sync::LazyLock;

use futures::executor::block_on;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use mcp_latch::{
    Latch,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{Incoming, Request, Response},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: UnixTime = 1_800_000_000;
const ISSUER: &str = "https://abc.supabase.co/auth/v1";

/// An issuer whose keys are pinned, so nothing is ever fetched.
struct Closed;

impl Host for Closed {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable("closed".to_owned())) })
    }

    fn now(&self) -> UnixTime {
        NOW
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, line: &str) {
        serde_json::from_str::<Value>(line).expect("a log line is one JSON value");
        assert!(!line.contains('\n'));
    }
}

static LATCH: LazyLock<Latch> = LazyLock::new(|| {
    let jwks = String::from_utf8(keys::document(&[keys::EC.jwk()])).unwrap();
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("https://api.example.com".to_owned()),
        "LATCH_ISSUER" => Some(ISSUER.to_owned()),
        "LATCH_ALGORITHMS" => Some("ES256".to_owned()),
        "LATCH_TOKEN_TYPE" => Some("any".to_owned()),
        "LATCH_JWKS" => Some(jwks.clone()),
        _ => None,
    });
    Latch::new(config.unwrap())
});

fn good() -> String {
    let claims = json!({ "iss": ISSUER, "sub": "u", "aud": "https://api.example.com/mcp", "exp": NOW + 60 });
    mint::token(&keys::EC.header(), &claims, &keys::EC.signer, "ES256")
}

fn send(method: &str, target: &str, headers: &[(String, Vec<u8>)], body: Vec<u8>) -> Option<Response<'static>> {
    let body: Box<dyn Incoming> = Box::new(body);
    let mut request: Request<'_> = http::Request::new(body);
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = target.parse().ok()?;
    for (name, value) in headers {
        let pair = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value));
        if let (Ok(name), Ok(value)) = pair {
            request.headers_mut().append(name, value);
        }
    }
    Some(block_on(LATCH.handle(&Closed, request)))
}

fn methods() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("POST".to_owned()),
        Just("GET".to_owned()),
        Just("HEAD".to_owned()),
        Just("OPTIONS".to_owned()),
        "[A-Z]{1,10}"
    ]
}

fn targets() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("/mcp".to_owned()),
        1 => Just("/mcp/".to_owned()),
        1 => Just("/healthz".to_owned()),
        1 => Just("/.well-known/oauth-protected-resource/mcp".to_owned()),
        1 => "/mcp\\?[a-z_=&%0-9]{0,30}",
        1 => "/[ -~]{0,40}",
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof![
        Just("authorization".to_owned()),
        Just("origin".to_owned()),
        Just("content-type".to_owned()),
        Just("content-length".to_owned()),
        Just("mcp-protocol-version".to_owned()),
        Just("mcp-method".to_owned()),
        Just("mcp-name".to_owned()),
        "[a-z-]{1,12}",
    ];
    let value = prop_oneof![
        Just(b"2026-07-28".to_vec()),
        Just(b"2025-11-25".to_vec()),
        Just(b"tools/call".to_vec()),
        Just(b"whoami".to_vec()),
        Just(b"=?base64?d2hvYW1p?=".to_vec()),
        Just(b"Bearer a.b.c".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec((name, value), 0..6)
}

/// JSON that is more often nearly right than plainly wrong.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let scalar = prop_oneof![
        Just(json!("2.0")),
        Just(json!(1)),
        Just(json!(null)),
        Just(json!(-1.5)),
        Just(json!("whoami")),
        Just(json!("tools/call")),
        Just(json!("server/discover")),
        Just(json!("initialize")),
        Just(json!("2026-07-28")),
        Just(json!("é\u{10ffff}".repeat(60))),
    ];
    let value = scalar.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof![
            Just("jsonrpc".to_owned()),
            Just("id".to_owned()),
            Just("method".to_owned()),
            Just("params".to_owned()),
            Just("name".to_owned()),
            Just("arguments".to_owned()),
            Just("_meta".to_owned()),
            Just("protocolVersion".to_owned()),
            Just("io.modelcontextprotocol/protocolVersion".to_owned()),
            Just("io.modelcontextprotocol/clientCapabilities".to_owned()),
            "[a-z]{1,6}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map(name, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop_oneof![
        4 => value.prop_map(|value| {
            let mut message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call" });
            if let Some(members) = value.as_object() {
                message.as_object_mut().unwrap().extend(members.clone());
                return message.to_string().into_bytes();
            }
            value.to_string().into_bytes()
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stranger_gets_nothing(method in methods(), target in targets(), headers in headers(), body in bodies()) {
            if let Some(response) = send(&method, &target, &headers, body) {
            prop_assert!(!response.status().is_server_error(), "{method} {target}");
            let path = target.split('?').next().unwrap().trim_end_matches('/');
            if path == "/mcp" && method != "OPTIONS" {
                prop_assert!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status()), "{}", response.status());
            }
        }
    }

    #[test]
    fn a_user_gets_an_answer(method in methods(), headers in headers(), body in bodies()) {
            let mut all = vec![
            ("authorization".to_owned(), format!("Bearer {}", good()).into_bytes()),
            ("content-type".to_owned(), b"application/json".to_vec()),
        ];
        all.extend(headers.into_iter().filter(|(name, _)| name != "authorization" && name != "content-type"));
        if let Some(response) = send(&method, "/mcp", &all, body) {
            prop_assert!(!response.status().is_server_error());
            if response.headers().contains_key("content-type") && method != "HEAD" {
                let body: Value = serde_json::from_slice(response.body().as_bytes()).unwrap();
                prop_assert!(body["id"].is_null() == body.get("id").is_none(), "an id of null: {body}");
            }
        }
    }
}

#[test]
fn the_good_token_is_good() {
    let headers = [
        ("authorization".to_owned(), format!("Bearer {}", good()).into_bytes()),
        ("content-type".to_owned(), b"application/json".to_vec()),
    ];
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "whoami" } }).to_string();
    assert_eq!(send("POST", "/mcp", &headers, body.into_bytes()).unwrap().status(), StatusCode::OK);
}
