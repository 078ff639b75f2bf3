//! When the store asks the issuer, and what it answers while it does not. The clock and the issuer are scripted.
#![allow(clippy::unwrap_used)]

mod down;
mod flight;
mod lifetime;
mod misses;
mod pinned;
mod secret;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{
    executor::block_on,
    future::{join, join_all, poll_immediate},
};
use http::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::Value;

use super::*;
use crate::{
    host::{FetchError, Fetched, LocalFuture, Outgoing},
    secret::Secret,
};

const URI: &str = "https://issuer.example/jwks.json";
const START: UnixTime = 1_800_000_000;
const TTL: u64 = 600;

/// A P-256 key pair under a `kid`.
struct Pair(&'static str, SigningKey);

fn pair(kid: &'static str, seed: u8) -> Pair {
    Pair(kid, SigningKey::from_slice(&[seed; 32]).unwrap())
}

impl Pair {
    fn jwk(&self) -> Value {
        let point = self.1.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.0, "alg": "ES256", "x": b64(x), "y": b64(y) })
    }

    fn token(&self) -> String {
        self.token_for(self.0)
    }

    /// Signed with this key, under any `kid`.
    fn token_for(&self, kid: &str) -> String {
        let input = format!("{}.{}", b64(json!({ "alg": "ES256", "kid": kid }).to_string()), b64("{}"));
        let signature: Signature = self.1.sign(input.as_bytes());
        format!("{input}.{}", b64(signature.to_bytes()))
    }
}

/// What a stranger can make without any key.
fn forged(kid: &str) -> String {
    format!("{}.{}.{}", b64(json!({ "alg": "ES256", "kid": kid }).to_string()), b64("{}"), b64([1; 64]))
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn document(pairs: &[&Pair]) -> Vec<u8> {
    json!({ "keys": pairs.iter().map(|pair| pair.jwk()).collect::<Vec<_>>() }).to_string().into_bytes()
}

/// The issuer, the clock and the log.
struct World {
    now: Cell<UnixTime>,
    /// How far the clock goes on whenever it is read.
    tick: Cell<u64>,
    /// How long a fetch takes.
    delay: Cell<u64>,
    answer: RefCell<Result<Fetched, FetchError>>,
    fetches: Cell<usize>,
    log: RefCell<Vec<String>>,
}

impl World {
    fn publishing(pairs: &[&Pair]) -> Self {
        let world = Self {
            now: Cell::new(START),
            tick: Cell::new(0),
            delay: Cell::new(0),
            answer: RefCell::new(Err(FetchError::Timeout)),
            fetches: Cell::new(0),
            log: RefCell::default(),
        };
        world.publish(pairs);
        world
    }

    fn publish(&self, pairs: &[&Pair]) {
        self.answer(200, document(pairs));
    }

    fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        *self.answer.borrow_mut() = Ok(Fetched { status, headers: HeaderMap::new(), body: body.into() });
    }

    fn cache_control(&self, value: &'static str) {
        self.answer.borrow_mut().as_mut().unwrap().headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
    }

    fn fail(&self) {
        *self.answer.borrow_mut() = Err(FetchError::Timeout);
    }

    fn at(&self, seconds: u64) {
        self.now.set(START + seconds);
    }

    fn verify(&self, store: &KeyStore, token: &str) -> Result<Alg, Error> {
        block_on(self.verifying(store, token))
    }

    async fn verifying(&self, store: &KeyStore, token: &str) -> Result<Alg, Error> {
        store.verify(self, &Compact::parse(token)?, &[Alg::Es256, Alg::Hs256]).await
    }

    #[track_caller]
    fn asked(&self, times: usize) {
        assert_eq!(self.fetches.get(), times, "fetches");
    }
}

impl Host for World {
    /// Answers at the second poll, as a real exchange never answers at the first.
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        assert_eq!(request.url, URI);
        assert_eq!((request.max_bytes, request.timeout), (256 * 1024, Duration::from_secs(5)));
        assert!(request.headers.contains(&(ACCEPT, HeaderValue::from_static("application/json"))));
        assert!(request.headers.contains(&(HeaderName::from_static("apikey"), HeaderValue::from_static("sb_publishable_1"))));
        self.fetches.set(self.fetches.get() + 1);
        let mut asked = false;
        Box::pin(poll_fn(move |context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(self.answer.borrow().clone());
            }
            self.now.set(self.now.get() + self.delay.get());
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn now(&self) -> UnixTime {
        self.now.replace(self.now.get() + self.tick.get())
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

fn remote() -> Option<Remote> {
    let key = (HeaderName::from_static("apikey"), HeaderValue::from_static("sb_publishable_1"));
    Some(Remote::at(URI, vec![key]))
}

fn fetching() -> KeyStore {
    KeyStore::new(None, remote())
}

fn pinned(pairs: &[&Pair], remote: Option<Remote>) -> KeyStore {
    KeyStore::new(Some(KeySet::parse(&document(pairs)).unwrap()), remote)
}

const GOOD: Result<Alg, Error> = Ok(Alg::Es256);
const DOWN: Result<Alg, Error> = Err(Error::KeysDown(KeysDown::Fetch(FetchError::Timeout)));

#[test]
fn the_log_says_what_was_fetched_and_why() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    let long = json!({ "kty": "oct", "kid": "k".repeat(10_000), "k": b64(b"not-to-be-logged") });
    world.answer(200, json!({ "keys": [key.jwk(), long] }).to_string());
    for kid in ["unknown", "unknown too"] {
        assert_eq!(world.verify(&store, &key.token_for(kid)), Err(Error::KidUnknown));
    }
    let lines = world.log.borrow();
    let parsed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(parsed.len(), 2);
    let skipped = json!([{ "kid": "k".repeat(64), "reason": "symmetric, in a public key set" }]);
    for (line, cause) in parsed.iter().zip(["lifetime", "token_did_not_verify"]) {
        assert_eq!(
            line,
            &json!({
                "level": "info", "event": "keys_fetched", "uri": URI, "cause": cause, "keys": 1, "ttl_s": 600, "skipped": skipped,
            })
        );
    }
    for line in lines.iter() {
        assert!(!line.contains("sb_publishable_1") && !line.contains(&b64(b"not-to-be-logged")), "{line}");
    }
}
