//! A registration is its own identifier: however many there are, nothing grows.

use std::{cell::Cell, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::executor::block_on;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::super::{Proxy, Route};
use crate::{
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, Store, UnixTime, memory::Memory},
};

/// A host with a store that could be filled.
#[derive(Default)]
struct Stored {
    store: Memory,
    drawn: Cell<u64>,
}

impl Host for Stored {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        panic!("nobody is asked");
    }

    fn now(&self) -> UnixTime {
        1_800_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        self.drawn.set(self.drawn.get() + 1);
        bytes.fill(0);
        bytes[..8].copy_from_slice(&self.drawn.get().to_be_bytes());
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(async {})
    }

    fn store(&self) -> Option<&dyn Store> {
        Some(&self.store)
    }

    fn log(&self, _: &str) {}
}

fn proxy() -> Proxy {
    let key = |byte: u8| URL_SAFE_NO_PAD.encode([byte; 32]);
    let keys = format!("seal={};client={};sign={}", key(1), key(2), key(3));
    let env = [
        ("MCP_URL", "https://api.example.com/mcp"),
        ("LATCH_PROXY", "google"),
        ("LATCH_PROXY_CLIENT_ID", "upstream-client"),
        ("LATCH_PROXY_CLIENT_SECRET", "upstream-secret"),
        ("LATCH_KEYS", &keys),
    ];
    let config = Config::from_env(env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    Proxy::new(&config).unwrap()
}

#[test]
fn r6_ten_thousand_registrations_store_nothing() {
    let (proxy, host) = (proxy(), Stored::default());
    let (parts, ()) = Request::post("https://api.example.com/register").body(()).unwrap().into_parts();
    let register = |number: usize| {
        let body = json!({ "client_name": format!("client {number}"), "redirect_uris": ["http://localhost/callback"] });
        let answer = block_on(proxy.answer(&host, Route::Register, &parts, body.to_string().as_bytes()));
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["client_id"].as_str().unwrap().to_owned()
    };
    let first = register(0);
    let (before, longest) = (format!("{proxy:?}").len(), first.len() + 8);
    for number in 1..10_000 {
        assert!(register(number).len() <= longest);
    }
    // Neither there nor here.
    assert_eq!((host.store.operations.get(), host.store.keys()), (0, Vec::new()));
    assert_eq!(format!("{proxy:?}").len(), before);
    // And the first of them is still known.
    assert_eq!(block_on(proxy.clients.find(&host, &first)).unwrap().name.as_deref(), Some("client 0"));
}
