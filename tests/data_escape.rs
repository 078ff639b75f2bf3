//! For any declaration and any JSON a model may send: what reaches PostgREST addresses the declared table only, its allowed
//! columns and operators only, as the user and nobody else. The addresses are read back by a parser of PostgREST's grammar that
//! is written here once more, by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "data_escape/declare.rs"]
mod declare;
#[path = "data_escape/grammar.rs"]
mod grammar;
#[path = "data_escape/input.rs"]
mod input;
#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures::executor::block_on;
use http::{HeaderMap, Method};
use mcp_latch::{
    Latch,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{Incoming, Request},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use declare::Declared;

const NOW: UnixTime = 1_800_000_000;
const PROJECT: &str = "https://abc.supabase.co";
const SECRET: &str = "a secret of at least thirty-two bytes";
/// 500 declarations with 200 calls each.
const DECLARATIONS: u32 = 500;
const CALLS: usize = 200;

/// What was sent to the data API.
struct Sent {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A data API that answers everything with no rows, or with "unknown preference" so that the two-step ways are taken.
struct Api {
    sent: Mutex<Vec<Sent>>,
    old: bool,
}

impl Host for Api {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        let changes = request.method == Method::PATCH || request.method == Method::DELETE;
        let headers: HeaderMap = request.headers.into_iter().collect();
        let strict = headers.get("prefer").is_some_and(|prefer| prefer.to_str().unwrap().contains("max-affected"));
        self.sent.lock().unwrap().push(Sent {
            method: request.method,
            url: request.url.to_owned(),
            headers,
            body: request.body.to_vec(),
        });
        let (status, body) = if self.old && changes && strict {
            (400, json!({ "code": "PGRST122", "message": "Invalid preferences given with handling=strict" }))
        } else {
            (200, json!([]))
        };
        Box::pin(async move { Ok(Fetched { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() }) })
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

    fn log(&self, _: &str) {}
}

fn token() -> String {
    let claims = json!({
        "iss": format!("{PROJECT}/auth/v1"), "sub": "522b276a-356b-5f39-a13d-fabea2cd43e1", "aud": "authenticated",
        "exp": NOW + 3600, "role": "authenticated", "session_id": "s", "client_id": "c",
    });
    let signer = mint::Signer::Hmac(SECRET.as_bytes().to_vec());
    mint::token(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, &signer, "HS256")
}

fn latch(declared: &Declared) -> Latch {
    let document = declared.document.to_string();
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("https://api.example.com".to_owned()),
        "SUPABASE_URL" => Some(PROJECT.to_owned()),
        "SUPABASE_PUBLISHABLE_KEY" => Some("sb_publishable_x".to_owned()),
        "SUPABASE_JWT_SECRET" => Some(SECRET.to_owned()),
        "LATCH_DATA" => Some(document.clone()),
        _ => None,
    });
    Latch::new(config.unwrap_or_else(|errors| panic!("{errors}\n{document}")))
}

fn call(latch: &Latch, api: &Api, token: &str, tool: &str, arguments: &Value) -> Value {
    let params = json!({ "name": tool, "arguments": arguments });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let body: Box<dyn Incoming> = Box::new(message.to_string().into_bytes());
    let mut request: Request<'_> = http::Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/mcp".parse().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let response = block_on(latch.handle(api, request));
    assert_eq!(response.status(), 200, "{tool} {arguments}");
    serde_json::from_slice(response.body().as_bytes()).unwrap()
}

#[test]
fn nothing_but_the_declared_columns_and_operators_is_ever_addressed() {
    let (accepted, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let token = token();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: DECLARATIONS,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    });
    let strategy = (any::<u64>(), any::<bool>());
    let outcome = runner.run(&strategy, |(seed, old)| {
        let mut rng = StdRng::seed_from_u64(seed);
        let declared = declare::declaration(&mut rng);
        let latch = latch(&declared);
        for _ in 0..CALLS {
            let (tool, arguments) = input::call(&mut rng, &declared);
            let api = Api { sent: Mutex::default(), old };
            let answer = call(&latch, &api, &token, &tool.name, &arguments);
            let sent = api.sent.into_inner().unwrap();
            if sent.is_empty() {
                refused.fetch_add(1, Ordering::Relaxed);
                assert_eq!(answer["result"]["isError"], true, "{} {arguments}: {answer}", tool.name);
            } else {
                accepted.fetch_add(1, Ordering::Relaxed);
            }
            for request in &sent {
                assert_eq!(request.headers["authorization"], format!("Bearer {token}"));
                assert_eq!(request.headers["apikey"], "sb_publishable_x");
                if let Err(problem) = grammar::check(tool, &request.method, &request.url, &request.body) {
                    panic!("{problem}\n{} {}\n{} with {arguments}", request.method, request.url, tool.name);
                }
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let (accepted, refused) = (accepted.into_inner(), refused.into_inner());
    assert_eq!(accepted + refused, DECLARATIONS as usize * CALLS);
    // Both happen often, or the test would show little.
    assert!(accepted > 20_000 && refused > 20_000, "{accepted} calls reached the API, {refused} did not");
}
