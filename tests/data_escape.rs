//! For any declaration and any JSON a model may send: what reaches PostgREST addresses the declared table only, its allowed
//! columns and operators only, as the user and nobody else. The addresses are read back by a parser of PostgREST's grammar that
//! is written here once more, by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "data_escape/api.rs"]
mod api;
#[path = "data_escape/declare.rs"]
mod declare;
#[path = "data_escape/grammar.rs"]
mod grammar;
#[path = "data_escape/input.rs"]
mod input;
#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

use std::sync::Mutex;

use futures::executor::block_on;
use http::Method;
use mcp_latch::{
    Latch,
    config::Config,
    host::UnixTime,
    http::{Incoming, Request},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use api::{Api, Sent, Server};
use declare::{Declared, Tool};

const NOW: UnixTime = 1_800_000_000;
const PROJECT: &str = "https://abc.supabase.co";
const SECRET: &str = "a secret of at least thirty-two bytes";
/// 500 declarations with 200 calls each.
const DECLARATIONS: u32 = 500;
const CALLS: usize = 200;
/// Pages that are asked for by cursor, at most.
const PAGES: usize = 2;

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

/// What happened, so that the test cannot pass by doing little.
#[derive(Debug, Default)]
struct Seen {
    accepted: usize,
    refused: usize,
    /// Writes that were bound to keys of a first step, and those of them by a tree.
    second_steps: usize,
    trees: usize,
    /// Rows that were read after an update.
    read_back: usize,
    /// Writes in one request that rely on the server's bound.
    bounded: usize,
    /// Pages behind a cursor.
    pages: usize,
}

impl Seen {
    fn count(&mut self, sent: &[Sent], cursor: bool) {
        if sent.is_empty() {
            self.refused += 1;
            return;
        }
        self.accepted += 1;
        self.pages += usize::from(cursor);
        let is_change = |sent: &Sent| sent.method == Method::PATCH || sent.method == Method::DELETE;
        match sent.iter().position(is_change) {
            Some(0) => self.bounded += 1,
            Some(at) => {
                self.second_steps += 1;
                self.trees += usize::from(sent[at].url.contains("and=("));
                self.read_back += usize::from(sent.last().is_some_and(|last| last.method == Method::GET));
            }
            None => {}
        }
    }
}

/// Calls a tool and checks all that it sends.
fn check(latch: &Latch, api: &Api, token: &str, tool: &Tool, arguments: &Value, cursor: bool) -> (Value, Vec<Sent>) {
    let answer = call(latch, api, token, &tool.name, arguments);
    let sent = std::mem::take(&mut *api.sent.lock().unwrap());
    if sent.is_empty() {
        assert_eq!(answer["result"]["isError"], true, "{} {arguments}: {answer}", tool.name);
    }
    for request in &sent {
        assert_eq!(request.headers["authorization"], format!("Bearer {token}"));
        assert_eq!(request.headers["apikey"], "sb_publishable_x");
        if let Err(problem) = grammar::check(tool, request, cursor) {
            panic!("{problem}\n{} {}\n{} with {arguments}", request.method, request.url, tool.name);
        }
    }
    (answer, sent)
}

#[test]
fn nothing_but_the_declared_columns_and_operators_is_ever_addressed() {
    let seen = Mutex::new(Seen::default());
    let token = token();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: DECLARATIONS,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    });
    let servers = prop_oneof![Just(Server::Old), Just(Server::Strict), Just(Server::New)];
    let outcome = runner.run(&(any::<u64>(), servers), |(seed, server)| {
        let mut rng = StdRng::seed_from_u64(seed);
        let declared = declare::declaration(&mut rng);
        let latch = latch(&declared);
        for index in 0..CALLS {
            let (tool, arguments) = input::call(&mut rng, &declared);
            let api = Api::new(server, tool, seed ^ index as u64);
            let (answer, sent) = check(&latch, &api, &token, tool, &arguments, false);
            seen.lock().unwrap().count(&sent, false);
            let mut next = answer["result"]["structuredContent"]["next_cursor"].clone();
            for _ in 0..PAGES {
                if !next.is_string() {
                    break;
                }
                let mut arguments = arguments.clone();
                arguments.as_object_mut().unwrap().remove("count");
                arguments["cursor"] = next;
                let (answer, sent) = check(&latch, &api, &token, tool, &arguments, true);
                assert!(!sent.is_empty(), "our own cursor is refused: {answer}\n{} with {arguments}", tool.name);
                seen.lock().unwrap().count(&sent, true);
                next = answer["result"]["structuredContent"]["next_cursor"].clone();
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.accepted + seen.refused - seen.pages, DECLARATIONS as usize * CALLS);
    // All of it happens often, or the test would show little.
    assert!(seen.accepted > 20_000 && seen.refused > 20_000, "{seen:?}");
    assert!(seen.pages > 1_000 && seen.second_steps > 1_000 && seen.bounded > 1_000, "{seen:?}");
    assert!(seen.trees > 200 && seen.read_back > 50, "{seen:?}");
}
