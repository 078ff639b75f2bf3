//! Each upstream against a scripted provider: the way in, and every way that must not lead in.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod authorize;
mod client;
mod discovery;
mod entra;
mod github;
mod google;
mod id_token;
mod oauth2;
mod outbound;
mod supabase;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn, ready},
    task::Poll,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::executor::block_on;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::*;
use crate::{
    host::{FetchError, Fetched, LocalFuture, Outgoing},
    jose::SigningKey,
    keys::Keys,
};

const NOW: UnixTime = 1_800_000_000;
const CALLBACK: &str = "https://api.example.com/auth/callback";
const RESOURCE: &str = "https://api.example.com/mcp";
const CODE: &str = "the-upstream-code";
const VERIFIER: &str = "our-pkce-verifier";
const NONCE: &str = "our-nonce";
const SECRET: &str = "hunter2+/ %";
const CLIENT: &str = "our-client";

/// What was asked.
#[derive(Debug, Clone)]
struct Seen {
    /// `POST https://…`.
    line: String,
    headers: HeaderMap,
    body: String,
    timeout: Duration,
}

impl Seen {
    /// A field of the form that was sent.
    fn field(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

type Answer = Result<Fetched, FetchError>;

/// The provider, the clock and the log.
struct World {
    now: Cell<UnixTime>,
    routes: RefCell<Vec<(String, Answer)>>,
    seen: RefCell<Vec<Seen>>,
    log: RefCell<Vec<String>>,
    /// No request is ever answered, and time flies.
    hangs: Cell<bool>,
}

impl World {
    fn new() -> Self {
        Self {
            now: Cell::new(NOW),
            routes: RefCell::default(),
            seen: RefCell::default(),
            log: RefCell::default(),
            hangs: Cell::new(false),
        }
    }

    /// Answers a request from now on; instead of what was said before.
    fn on(self, line: &str, status: u16, body: impl ToString) -> Self {
        self.say(line, Ok(answer(status, body)));
        self
    }

    fn say(&self, line: &str, answer: Answer) {
        self.routes.borrow_mut().insert(0, (line.to_owned(), answer));
    }

    /// The requests to an address that starts so.
    fn asked(&self, start: &str) -> Vec<Seen> {
        self.seen.borrow().iter().filter(|seen| seen.line.starts_with(start)).cloned().collect()
    }

    fn one(&self, start: &str) -> Seen {
        let asked = self.asked(start);
        assert_eq!(asked.len(), 1, "{start}: {asked:?}");
        asked[0].clone()
    }

    fn redeem(&self, upstream: &Upstream) -> Result<Grant, Trouble> {
        let redeem = Redeem { code: CODE, code_verifier: VERIFIER, nonce: NONCE, callback: CALLBACK, resource: RESOURCE };
        self.clean(block_on(upstream.redeem(self, redeem)))
    }

    fn renew(&self, upstream: &Upstream, keep: &str, subject: &str) -> Result<Grant, Trouble> {
        self.clean(block_on(upstream.renew(self, keep, subject)))
    }

    fn revoke(&self, upstream: &Upstream, keep: &str) -> Result<(), Trouble> {
        self.clean(block_on(upstream.revoke(self, keep)))
    }

    fn authorize(&self, upstream: &Upstream) -> Result<url::Url, Trouble> {
        let request =
            Request { callback: CALLBACK, state: "st&te", code_challenge: "challenge", nonce: NONCE, resource: RESOURCE };
        block_on(upstream.authorize_url(self, request)).map(|url| url.parse().unwrap())
    }

    /// No outcome and no log line has a secret in it.
    fn clean<T: std::fmt::Debug>(&self, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
        let mut texts = self.log.borrow().clone();
        texts.push(format!("{outcome:?}"));
        for text in texts {
            for secret in [CODE, VERIFIER, SECRET, "eyJ", "at-1", "rt-1", "rt-2"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        outcome
    }
}

fn answer(status: u16, body: impl ToString) -> Fetched {
    Fetched { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() }
}

impl Host for World {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Answer> {
        let line = format!("{} {}", request.method, request.url);
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            assert!(headers.insert(name, value.clone()).is_none(), "{name} twice");
        }
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        self.seen.borrow_mut().push(Seen { line: line.clone(), headers, body, timeout: request.timeout });
        assert!(request.max_bytes <= 256 * 1024);
        if self.hangs.get() {
            return Box::pin(pending());
        }
        let routes = self.routes.borrow();
        let found = routes.iter().find(|(other, _)| *other == line);
        let mut answer = Some(found.unwrap_or_else(|| panic!("nobody answers {line}")).1.clone());
        // Not at the first poll, as a real exchange never answers at the first.
        let mut asked = false;
        Box::pin(poll_fn(move |context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(answer.take().unwrap());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn now(&self) -> UnixTime {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        if self.hangs.get() { Box::pin(ready(())) } else { Box::pin(pending()) }
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

fn config(kind: &str, more: &[(&str, &str)]) -> Config {
    read(kind, more).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Why an upstream of a kind, with our client, stops the start.
fn mistake(kind: &str, more: &[(&str, &str)]) -> String {
    read(kind, &[&[("LATCH_PROXY_CLIENT_ID", CLIENT)], more].concat()).unwrap_err().to_string()
}

fn read(kind: &str, more: &[(&str, &str)]) -> Result<Config, crate::config::Errors> {
    let keys = Keys::generate({
        let mut next = 0;
        move |bytes: &mut [u8; 32]| {
            next += 1;
            *bytes = [next; 32];
        }
    });
    let base = [("MCP_URL", RESOURCE), ("LATCH_PROXY", kind), ("LATCH_KEYS", keys.expose())];
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in base.iter().chain(more) {
        pairs.push(((*name).to_owned(), (*value).to_owned()));
    }
    Config::from_env(pairs)
}

/// The one upstream of a kind, with our client.
fn upstream(kind: &str, more: &[(&str, &str)]) -> Upstream {
    let mut vars = vec![("LATCH_PROXY_CLIENT_ID", CLIENT)];
    if !more.iter().any(|(name, _)| *name == "LATCH_PROXY_CLIENT_KEY") {
        vars.push(("LATCH_PROXY_CLIENT_SECRET", SECRET));
    }
    vars.extend_from_slice(more);
    Upstream::all(&config(kind, &vars)).pop().unwrap()
}

/// The provider's key, or by another seed an attacker's.
fn key(seed: u8) -> SigningKey {
    SigningKey::parse(&URL_SAFE_NO_PAD.encode([seed; 32])).unwrap()
}

fn jwks() -> Value {
    json!({ "keys": [key(1).public()] })
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// `base` with members replaced; `null` removes one.
fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in members(changes) {
        match value {
            Value::Null => base.as_object_mut().unwrap().remove(&name),
            value => base.as_object_mut().unwrap().insert(name, value),
        };
    }
    base
}

fn signed(claims: Value) -> String {
    key(1).sign("JWT", &members(claims))
}

fn b64(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What a token endpoint answers, with changes.
fn tokens(changes: Value) -> Value {
    let base = json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1" });
    with(base, changes)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Trouble>, part: &str) {
    match outcome {
        Err(Trouble::Refused(text)) if text.contains(part) => {}
        other => panic!("not refused for {part:?}: {other:?}"),
    }
}

#[track_caller]
fn not_allowed<T: std::fmt::Debug>(outcome: Result<T, Trouble>) {
    assert!(matches!(outcome, Err(Trouble::NotAllowed(_))), "{outcome:?}");
}

#[track_caller]
fn down<T: std::fmt::Debug>(outcome: Result<T, Trouble>) {
    assert!(matches!(outcome, Err(Trouble::Down(_))), "{outcome:?}");
}

#[track_caller]
fn misconfigured<T: std::fmt::Debug>(outcome: Result<T, Trouble>, part: &str) {
    match outcome {
        Err(Trouble::Misconfigured(text)) if text.contains(part) => {}
        other => panic!("not the operator's to mend for {part:?}: {other:?}"),
    }
}
