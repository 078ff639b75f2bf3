//! Tokens that only their issuer can read (RFC 7662): what is asked, of whom, how often, and what its answers are good for.

mod answers;
mod asked;
mod down;
mod issuers;
mod lifetime;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    bench::{Bench, Setup, change},
    client::Reply,
    issuer::{Answer, Seen},
    keys::members,
    upstream::pairs,
};

pub(crate) const PATH: &str = "/introspect";
pub(crate) const CLIENT: &str = "our:client";
pub(crate) const SECRET: &str = "hunter2+/ %";
/// A live token.
pub(crate) const TOKEN: &str = "canary-2YotnFZFEjr1zCsicMWpAA";

/// An endpoint that asks an issuer, which knows some tokens.
pub(crate) struct Asking {
    pub(crate) bench: Bench,
    known: Arc<Mutex<HashMap<String, Value>>>,
}

/// A custom issuer without keys, which is asked about all its tokens.
pub(crate) async fn setup() -> Setup {
    let setup = Setup::bare().await;
    let (issuer, url) = (setup.issuer().url(), format!("{}{PATH}", setup.issuer().origin()));
    setup
        .env("LATCH_ISSUER", issuer)
        .env("LATCH_INTROSPECT_URL", url)
        .env("LATCH_INTROSPECT_CLIENT_ID", CLIENT)
        .env("LATCH_INTROSPECT_CLIENT_SECRET", SECRET)
}

pub(crate) async fn start() -> Asking {
    Asking::at(setup().await, PATH).await
}

impl Asking {
    /// The issuer answers at this path, and knows one token.
    pub(crate) async fn at(setup: Setup, path: &str) -> Self {
        let bench = setup.start().await;
        let asking = Self { bench, known: Arc::default() };
        asking.knows(TOKEN, json!({}));
        let known = Arc::clone(&asking.known);
        let answer = move |seen: &Seen| {
            let token = pairs(&seen.body).remove("token").unwrap_or_default();
            let answer = known.lock().unwrap().get(&token).cloned();
            Answer::rest(200, answer.unwrap_or_else(|| json!({ "active": false })).to_string())
        };
        asking.bench.issuer.answer(path, Answer::Call(Arc::new(answer)));
        asking
    }

    /// What the issuer says of a good token, with changes; `null` removes one.
    pub(crate) fn good(&self, changes: Value) -> Map<String, Value> {
        let (bench, now) = (&self.bench, self.bench.now());
        let good = json!({
            "active": true, "iss": bench.issuer.url(), "sub": "user-1", "aud": bench.endpoint(), "exp": now + 3600, "iat": now,
            "client_id": "client-1", "scope": "read write", "username": "ada", "token_type": "Bearer",
        });
        change(members(good), changes)
    }

    /// The issuer says this of a token from now on.
    pub(crate) fn knows(&self, token: &str, changes: Value) {
        let good = self.good(changes);
        self.known.lock().unwrap().insert(token.to_owned(), Value::Object(good));
    }

    pub(crate) fn forgets(&self, token: &str) {
        self.known.lock().unwrap().remove(token);
    }

    pub(crate) async fn accepts(&self, token: &str) -> Value {
        let reply = self.bench.enter(token).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json::<Value>().unwrap()["result"]["structuredContent"].take()
    }

    /// Refuses with 401, or with 403 for the reasons that have it.
    pub(crate) async fn refuses(&self, what: &str, token: &str, reason: &str) -> Reply {
        let reply = self.bench.enter(token).await;
        let line = self.bench.logged("refused").await;
        assert_eq!(line["reason"], reason, "{what}: {line:?}");
        assert_eq!(json!(reply.status.as_u16()), line["status"], "{what}");
        reply
    }

    /// How often the issuer was asked about a token.
    pub(crate) fn asked(&self) -> usize {
        self.bench.issuer.hits(PATH)
    }
}
