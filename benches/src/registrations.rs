//! A million registered clients: what they cost, and whether the last one waits longer than the first.
//!
//! `cargo run --release -p mcp-latch-benches --bin registrations`, or with another count behind `--`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use futures::executor::block_on;
use mcp_latch::{
    Latch,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, Store, UnixTime},
    http::{Body, Incoming, Request},
    keys::Keys,
};
use serde_json::{Value, json};

/// Nothing outside but a clock and randomness. A store would be asked for here.
#[derive(Default)]
struct Alone {
    drawn: Cell<u64>,
    stores: Cell<u64>,
}

impl Host for Alone {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        panic!("nothing is to be fetched")
    }

    fn now(&self) -> UnixTime {
        1_795_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            self.drawn.set(self.drawn.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
            *byte = (self.drawn.get() >> 33) as u8;
        }
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn store(&self) -> Option<&dyn Store> {
        self.stores.set(self.stores.get() + 1);
        None
    }

    fn log(&self, _: &str) {}
}

fn endpoint() -> Latch {
    let mut byte = 0;
    let keys = Keys::generate(|key: &mut [u8; 32]| {
        byte += 1;
        key.fill(byte);
    });
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("https://api.example.com/mcp".to_owned()),
        "LATCH_PROXY" => Some("google".to_owned()),
        "LATCH_PROXY_CLIENT_ID" | "LATCH_PROXY_CLIENT_SECRET" => Some("x".to_owned()),
        "LATCH_KEYS" => Some(keys.expose().to_owned()),
        _ => None,
    });
    Latch::new(config.expect("a good configuration"))
}

fn send(latch: &Latch, host: &Alone, method: &str, target: &str, body: String) -> (u16, Vec<u8>) {
    let body: Box<dyn Incoming> = Box::new(body.into_bytes());
    let mut request: Request<'_> = http::Request::new(body);
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = target.parse().unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let response = block_on(latch.handle(host, request));
    let status = response.status().as_u16();
    match response.into_body() {
        Body::Full(body) => (status, body),
        _ => (status, Vec::new()),
    }
}

fn register(latch: &Latch, host: &Alone, number: u64) -> String {
    let body = json!({ "client_name": format!("Client {number}"), "redirect_uris": ["http://127.0.0.1:33418/callback"] });
    let (status, body) = send(latch, host, "POST", "/register", body.to_string());
    assert_eq!(status, 201);
    let client: Value = serde_json::from_slice(&body).unwrap();
    client["client_id"].as_str().unwrap().to_owned()
}

/// Seconds for a number of consent pages.
fn authorize(latch: &Latch, host: &Alone, client_id: &str, times: u32) -> f64 {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let redirect = "http%3A%2F%2F127.0.0.1%3A33418%2Fcallback";
    let target = format!(
        "/authorize?response_type=code&client_id={client_id}&redirect_uri={redirect}&state=s&code_challenge={challenge}&code_challenge_method=S256"
    );
    let start = Instant::now();
    for _ in 0..times {
        assert_eq!(send(latch, host, "GET", &target, String::new()).0, 200);
    }
    start.elapsed().as_secs_f64()
}

/// Resident kilobytes of this process, where the system says.
fn resident() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split(' ').nth(1)?.parse::<u64>().ok()? * 4)
}

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let (latch, host) = (endpoint(), Alone::default());
    let first = register(&latch, &host, 0);
    authorize(&latch, &host, &first, 1000);
    let before = resident();
    let start = Instant::now();
    let mut last = String::new();
    for number in 1..count {
        last = register(&latch, &host, number);
    }
    let each = start.elapsed().as_secs_f64() / count as f64 * 1e6;
    println!("{count} clients registered, {each:.1} µs each; store asked {} times", host.stores.get());
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("memory: {before} kB before, {after} kB after");
    }
    // Alternating, so that what else the machine does meets both.
    let (mut of_first, mut of_last) = (0.0, 0.0);
    for _ in 0..50 {
        of_first += authorize(&latch, &host, &first, 200);
        of_last += authorize(&latch, &host, &last, 200);
    }
    println!(
        "consent page: {:.1} µs for the first client, ratio last/first {:.3}",
        of_first / 10_000.0 * 1e6,
        of_last / of_first
    );
}
