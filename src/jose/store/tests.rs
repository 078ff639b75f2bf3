//! When the store asks the issuer, and what it answers while it does not. The clock and the issuer are scripted.
#![allow(clippy::unwrap_used)]

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
    host::{FetchError, Fetched, Get, LocalFuture},
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
    fn fetch<'a>(&'a self, request: Get<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
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

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

fn remote() -> Option<Remote> {
    let key = (HeaderName::from_static("apikey"), HeaderValue::from_static("sb_publishable_1"));
    Some(Remote { uri: URI.to_owned(), headers: vec![key] })
}

fn fetching() -> KeyStore {
    KeyStore::new(None, remote())
}

fn pinned(pairs: &[&Pair], remote: Option<Remote>) -> KeyStore {
    KeyStore::new(Some(KeySet::parse(&document(pairs)).unwrap()), remote)
}

const GOOD: Result<Alg, Error> = Ok(Alg::Es256);
const DOWN: Result<Alg, Error> = Err(Error::KeysDown(KeysDown::Fetch(FetchError::Timeout)));

// Lifetime.

#[test]
fn nothing_is_fetched_before_a_token_needs_it() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    for token in ["", "a.b", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"] {
        assert!(world.verify(&store, token).is_err());
    }
    world.asked(0);
    for _ in 0..1_000 {
        assert_eq!(world.verify(&store, &key.token()), GOOD);
    }
    world.asked(1);
}

#[test]
fn keys_live_ten_minutes_or_shorter_if_the_server_says_so() {
    for (cache_control, lifetime) in [
        ("public", TTL),
        ("max-age=600", TTL),
        ("max-age=86400", TTL),
        ("max-age=60", 60),
        ("max-age=30", COOL_DOWN),
        ("max-age=1", COOL_DOWN),
        ("no-store", COOL_DOWN),
    ] {
        let (key, store) = (pair("a", 1), fetching());
        let world = World::publishing(&[&key]);
        world.cache_control(cache_control);
        for (seconds, fetches) in [(0, 1), (lifetime - 1, 1), (lifetime, 2), (2 * lifetime - 1, 2), (2 * lifetime, 3)] {
            world.at(seconds);
            assert_eq!(world.verify(&store, &key.token()), GOOD, "{cache_control} after {seconds} s");
            world.asked(fetches);
        }
    }
}

#[test]
fn a_clock_that_ticks_while_we_work_is_harmless() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.tick.set(1);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.at(TTL * 2);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(2);
}

#[test]
fn a_clock_that_is_set_back_is_harmless() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.at(10_000);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    assert_eq!(world.verify(&store, &key.token_for("unknown")), Err(Error::KidUnknown));
    world.asked(2);
    // Neither the keys nor the cool-down of that future time are trusted.
    world.at(0);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(3);
    assert_eq!(world.verify(&store, &key.token_for("unknown")), Err(Error::KidUnknown));
    world.asked(4);
    // The same for a failure in the future.
    world.at(10_000);
    world.fail();
    assert_eq!(world.verify(&store, &key.token()), GOOD, "stale");
    world.asked(5);
    world.at(COOL_DOWN);
    world.publish(&[&key]);
    assert_eq!(world.verify(&store, &key.token_for("new")), Err(Error::KidUnknown));
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(6);
}

// Tokens that do not verify.

#[test]
fn a_flood_of_unknown_kids_causes_one_fetch_in_thirty_seconds() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let flood = |from: u64, to: u64| {
        for i in 0..1_000 {
            world.at(from + (to - from) * i / 1_000);
            assert_eq!(world.verify(&store, &forged(&format!("random-{i}"))), Err(Error::KidUnknown));
        }
    };
    flood(0, 0);
    world.asked(2);
    flood(0, COOL_DOWN - 1);
    world.asked(2);
    flood(COOL_DOWN, COOL_DOWN);
    world.asked(3);
    assert_eq!(world.verify(&store, &key.token()), GOOD, "real users do not notice");
    // A whole hour of it: a fetch per cool-down, and one more at each end of a lifetime at most.
    for second in 0..3_600 {
        world.at(2 * COOL_DOWN + second);
        assert_eq!(world.verify(&store, &forged(&format!("later-{second}"))), Err(Error::KidUnknown));
    }
    assert!((3 + 120..=3 + 120 + 6).contains(&world.fetches.get()), "{}", world.fetches.get());
}

#[test]
fn a_flood_of_bad_signatures_causes_one_fetch_in_thirty_seconds() {
    let (key, other, store) = (pair("a", 1), pair("a", 2), fetching());
    let world = World::publishing(&[&key]);
    for second in 0..COOL_DOWN {
        world.at(second);
        assert_eq!(world.verify(&store, &other.token()), Err(Error::BadSignature));
    }
    world.asked(2);
    world.at(COOL_DOWN);
    assert_eq!(world.verify(&store, &other.token()), Err(Error::BadSignature));
    world.asked(3);
}

#[test]
fn a_kid_that_is_used_again_for_a_new_key_works_at_once() {
    let (old, new, store) = (pair("a", 1), pair("a", 2), fetching());
    let world = World::publishing(&[&old]);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    world.publish(&[&new]);
    world.at(1);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(2);
    assert_eq!(world.verify(&store, &old.token()), Err(Error::BadSignature), "the old key stops");
    world.asked(2);
}

#[test]
fn a_new_kid_works_at_once_and_a_withdrawn_one_stops() {
    let (old, new, store) = (pair("old", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&old]);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    // Both for a while …
    world.publish(&[&old, &new]);
    world.at(100);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(2);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    // … then the old one goes. It works until the keys' lifetime is over, no longer.
    world.publish(&[&new]);
    world.at(100 + TTL - 1);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    world.asked(2);
    world.at(100 + TTL);
    assert_eq!(world.verify(&store, &old.token()), Err(Error::KidUnknown));
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}

// An issuer that is down.

#[test]
fn an_issuer_that_is_down_at_the_start_is_asked_again_after_five_seconds() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.fail();
    for (seconds, fetches) in [(0, 1), (0, 1), (RETRY - 1, 1), (RETRY, 2), (2 * RETRY - 1, 2), (2 * RETRY, 3)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), DOWN, "after {seconds} s");
        assert_eq!(world.verify(&store, &key.token_for("unknown")), DOWN, "after {seconds} s");
        world.asked(fetches);
    }
    world.publish(&[&key]);
    world.at(3 * RETRY);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(4);
}

#[test]
fn an_issuer_that_goes_down_later_leaves_a_day() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.fail();
    for (seconds, fetches) in [(TTL - 1, 1), (TTL, 2), (TTL + RETRY - 1, 2), (TTL + RETRY, 3), (MAX_STALE - 1, 4)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD, "after {seconds} s");
        world.asked(fetches);
    }
    world.at(MAX_STALE);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
    world.asked(4);
    world.at(MAX_STALE + RETRY);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
    world.asked(5);
    world.publish(&[&key]);
    world.at(MAX_STALE + 2 * RETRY);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
}

#[test]
fn an_issuer_that_hangs_does_not_hold_up_every_request() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    world.fail();
    world.delay.set(RETRY);
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == DOWN));
    world.asked(1);
    // The pause begins when the attempt ends.
    for (seconds, fetches) in [(RETRY, 1), (2 * RETRY - 1, 1), (2 * RETRY, 2)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &token), DOWN, "after {seconds} s");
        world.asked(fetches);
    }
}

#[test]
fn an_unknown_kid_is_not_refused_while_the_issuer_is_down() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.fail();
    for second in (0..2 * TTL).step_by(7) {
        world.at(second);
        assert_eq!(world.verify(&store, &new.token()), DOWN, "after {second} s");
        assert_eq!(world.verify(&store, &key.token()), GOOD, "after {second} s");
        assert_eq!(world.verify(&store, &new.token_for("a")), Err(Error::BadSignature), "after {second} s");
    }
    world.publish(&[&key, &new]);
    world.at(2 * TTL + COOL_DOWN);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}

#[test]
fn answers_that_are_no_key_set_are_failures() {
    let key = pair("a", 1);
    let good = document(&[&key]);
    let unreachable = FetchError::Unreachable("connection refused".to_owned());
    let mut cases = vec![
        (Err(unreachable.clone()), KeysDown::Fetch(unreachable)),
        (Err(FetchError::Timeout), KeysDown::Fetch(FetchError::Timeout)),
        (Err(FetchError::TooLarge), KeysDown::Fetch(FetchError::TooLarge)),
    ];
    // The body would do; the status says no.
    for status in [201, 204, 206, 301, 302, 303, 307, 308, 304, 400, 401, 403, 404, 429, 500, 502, 503] {
        cases.push((Ok((status, good.clone())), KeysDown::Status(status)));
    }
    for body in ["<!doctype html><title>Sign in</title>", "", "{}", "[]", "null", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        cases.push((Ok((200, body.into())), KeysDown::NotAKeySet));
    }
    for (answer, down) in cases {
        let world = World::publishing(&[&key]);
        let redirect = HeaderMap::from_iter([(http::header::LOCATION, HeaderValue::from_static("https://attacker.example/"))]);
        *world.answer.borrow_mut() = answer.map(|(status, body)| Fetched { status, headers: redirect, body });
        assert_eq!(world.verify(&fetching(), &key.token()), Err(Error::KeysDown(down.clone())));
        world.asked(1);
        let line: Value = serde_json::from_str(&world.log.borrow()[0]).unwrap();
        assert_eq!((&line["event"], &line["level"], &line["uri"]), (&json!("keys_unavailable"), &json!("error"), &json!(URI)));
        assert_eq!(line["error"], json!(down.to_string()));
    }
}

#[test]
fn an_empty_set_is_explained_and_not_asked_for_again_and_again() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    for second in 0..COOL_DOWN {
        world.at(second);
        let error = world.verify(&store, &key.token()).unwrap_err();
        assert_eq!(error, Error::KeySetEmpty);
        assert!(error.to_string().contains("HS256"), "{error}");
    }
    world.asked(2);
    world.publish(&[&key]);
    world.at(COOL_DOWN);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(3);
}

// Pinned keys.

#[test]
fn pinned_keys_save_the_first_fetch() {
    let (key, new) = (pair("a", 1), pair("new", 2));
    let world = World::publishing(&[&key, &new]);
    // A fresh store per request, as in a host that makes a fresh instance per request.
    for second in 0..1_000 {
        world.at(second);
        assert_eq!(world.verify(&pinned(&[&key], remote()), &key.token()), GOOD);
    }
    world.asked(0);
    let store = pinned(&[&key], remote());
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(1);
    for i in 0..1_000 {
        assert_eq!(world.verify(&store, &forged(&format!("random-{i}"))), Err(Error::KidUnknown));
    }
    world.asked(1);
}

#[test]
fn pinned_keys_age_from_their_first_use() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), pinned(&[&pair("a", 1)], remote()));
    let world = World::publishing(&[&new]);
    for (seconds, fetches) in [(1_000_000, 0), (1_000_000 + TTL - 1, 0)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        world.asked(fetches);
    }
    world.at(1_000_000 + TTL);
    assert_eq!(world.verify(&store, &key.token()), Err(Error::KidUnknown), "withdrawn in the meantime");
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}

#[test]
fn pinned_keys_are_used_for_a_day_while_the_issuer_is_down() {
    let (key, store) = (pair("a", 1), pinned(&[&pair("a", 1)], remote()));
    let world = World::publishing(&[]);
    world.fail();
    for seconds in [0, TTL, MAX_STALE - 1] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        assert_eq!(world.verify(&store, &key.token_for("unknown")), DOWN);
    }
    world.at(MAX_STALE);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
}

#[test]
fn without_a_remote_pinned_keys_are_good_for_ever() {
    let (key, store) = (pair("a", 1), pinned(&[&pair("a", 1)], None));
    let world = World::publishing(&[&pair("new", 2)]);
    for seconds in [0, TTL, MAX_STALE, 10 * 365 * MAX_STALE, 0] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        assert_eq!(world.verify(&store, &key.token_for("new")), Err(Error::KidUnknown));
        assert_eq!(world.verify(&store, &pair("a", 2).token()), Err(Error::BadSignature));
    }
    assert_eq!(world.verify(&KeyStore::new(None, None), &key.token()), Err(Error::KidUnknown));
    world.asked(0);
    assert!(world.log.borrow().is_empty());
}

// Several requests at once.

#[test]
fn requests_at_once_share_one_flight() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    assert_eq!(block_on(join(world.verifying(&store, &token), world.verifying(&store, &token))), (GOOD, GOOD));
    world.asked(1);
    world.at(TTL);
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == GOOD));
    world.asked(2);
}

#[test]
fn unknown_kids_at_once_share_one_flight() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.publish(&[&key, &new]);
    let (known, unknown) = (new.token(), new.token_for("unknown"));
    let outcomes = block_on(join(world.verifying(&store, &unknown), world.verifying(&store, &known)));
    assert_eq!(outcomes, (Err(Error::KidUnknown), GOOD));
    world.asked(2);
}

#[test]
fn a_flight_that_fails_is_shared_too() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    world.fail();
    let token = key.token();
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == DOWN));
    world.asked(1);
}

#[test]
fn a_request_that_goes_away_does_not_take_the_flight_with_it() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    {
        let mut leaver = pin!(world.verifying(&store, &token));
        assert_eq!(block_on(poll_immediate(&mut leaver)), None, "in flight");
        let mut waiter = pin!(world.verifying(&store, &token));
        assert_eq!(block_on(poll_immediate(&mut waiter)), None, "waits for the flight");
        world.asked(1);
    }
    assert_eq!(world.verify(&store, &token), GOOD);
    world.asked(2);
}

// The legacy secret.

fn hs256(secret: &[u8], header: Value) -> String {
    use jwt_compact::{
        Algorithm as _, AlgorithmSignature as _,
        alg::{Hs256, Hs256Key},
    };
    let input = format!("{}.{}", b64(header.to_string()), b64("{}"));
    let mac = Hs256.sign(&Hs256Key::new(secret), input.as_bytes());
    format!("{input}.{}", b64(mac.as_bytes()))
}

#[test]
fn a_secret_verifies_hs256_and_nothing_else() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters";
    let key = pair("a", 1);
    let world = World::publishing(&[&key]);
    let store = || fetching().with_secret(Key::from_secret(&Secret::new(secret)).unwrap());
    for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "a" }), json!({ "alg": "HS256", "kid": "../x" })] {
        let token = hs256(secret.as_bytes(), header.clone());
        assert_eq!(world.verify(&store(), &token), Ok(Alg::Hs256), "{header}");
        let parsed = Compact::parse(&token).unwrap();
        assert_eq!(block_on(store().verify(&world, &parsed, &[Alg::Es256])), Err(Error::AlgNotAllowed), "{header}");
        let foreign = hs256(b"another-secret-that-has-32-or-more-characters", header.clone());
        assert_eq!(world.verify(&store(), &foreign), Err(Error::BadSignature), "{header}");
        assert_eq!(world.verify(&fetching(), &token), Err(Error::AlgNotAllowed), "no secret, {header}");
    }
    world.asked(0);
    assert_eq!(world.verify(&store(), &hs256(secret.as_bytes(), json!({ "alg": "ES256" }))), Err(Error::BadSignature));
    assert_eq!(world.verify(&store(), &key.token()), GOOD, "the published keys work beside it");
}

#[test]
fn a_mac_is_as_long_as_the_hash() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters";
    let world = World::publishing(&[]);
    let store = fetching().with_secret(Key::from_secret(&Secret::new(secret)).unwrap());
    let token = hs256(secret.as_bytes(), json!({ "alg": "HS256" }));
    let (input, mac) = token.rsplit_once('.').unwrap();
    let mac = URL_SAFE_NO_PAD.decode(mac).unwrap();
    for length in [0, 1, 10, 16, 31] {
        let cut = format!("{input}.{}", b64(&mac[..length]));
        assert_eq!(world.verify(&store, &cut), Err(Error::BadSignature), "{length} bytes");
    }
    assert_eq!(world.verify(&store, &format!("{input}.{}", b64([&mac[..], &[0]].concat()))), Err(Error::BadSignature));
}

#[test]
fn a_short_secret_is_refused() {
    for (length, accepted) in [(0, false), (1, false), (31, false), (32, true), (40, true), (200, true)] {
        assert_eq!(Key::from_secret(&Secret::new("s".repeat(length))).is_some(), accepted, "{length} bytes");
    }
}

#[test]
fn a_published_symmetric_key_is_never_used() {
    let secret = [7; 32];
    let oct = json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "k": b64(secret) });
    let world = World::publishing(&[]);
    world.answer(200, json!({ "keys": [oct, pair("a", 1).jwk()] }).to_string());
    let store = fetching().with_secret(Key::from_secret(&Secret::new("another-secret-that-has-32-characters")).unwrap());
    assert_eq!(world.verify(&store, &pair("a", 1).token()), GOOD);
    let forged = hs256(&secret, json!({ "alg": "HS256", "kid": "shared" }));
    assert_eq!(world.verify(&store, &forged), Err(Error::BadSignature));
    assert_eq!(world.verify(&fetching(), &forged), Err(Error::AlgNotAllowed));
}

// The log.

#[test]
fn the_log_says_what_was_fetched_and_why() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    let long = json!({ "kty": "oct", "kid": "k".repeat(10_000), "k": b64(b"not-to-be-logged") });
    world.answer(200, json!({ "keys": [key.jwk(), long] }).to_string());
    assert_eq!(world.verify(&store, &key.token_for("unknown")), Err(Error::KidUnknown));
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
