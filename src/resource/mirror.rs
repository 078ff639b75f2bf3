//! The issuer's metadata (RFC 8414), repeated at our origin with its bytes unchanged. Off unless asked for.
//!
//! Two kinds of client need it: those behind a gateway that hides the issuer's well-known paths, and clients of the
//! 2025-03-26 revision, which ask the MCP server itself.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{
    Method,
    header::{ACCEPT, HeaderName, HeaderValue},
};
use serde_json::json;
use url::Url;

use crate::{
    host::{FetchError, Host, Outgoing, UnixTime},
    json::object,
    log::{self, Level},
};

/// How long an answer is repeated before it is asked for again, in seconds.
const TTL: u64 = 600;
/// How long an attempt that failed, or has not come back, keeps us from asking again, in seconds.
const RETRY: u64 = 30;
const MAX_BYTES: usize = 64 * 1024;
/// For each of the places asked one after the other.
const TIMEOUT: Duration = Duration::from_millis(1500);

/// The mirror of one issuer.
#[derive(Debug)]
pub(crate) struct Mirror {
    issuer: String,
    /// Where the issuer may publish it, in the order of the MCP specification.
    sources: Vec<String>,
    /// What the issuer's gateway asks for.
    headers: Vec<(HeaderName, HeaderValue)>,
    state: Mutex<State>,
    flight: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    document: Option<(UnixTime, Arc<str>)>,
    /// Set before asking, not after: a host may end the instance while it waits.
    asked: Option<UnixTime>,
}

impl Mirror {
    pub(crate) fn new(issuer: &str, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        let sources = Url::parse(issuer).map_or_else(
            |_| Vec::new(),
            |url| {
                let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
                vec![
                    format!("{origin}/.well-known/oauth-authorization-server{path}"),
                    format!("{origin}/.well-known/openid-configuration{path}"),
                    format!("{origin}{path}/.well-known/openid-configuration"),
                ]
            },
        );
        Self { issuer: issuer.to_owned(), sources, headers, state: Mutex::default(), flight: async_lock::Mutex::new(()) }
    }

    /// The document, an older one while the issuer is down, or `None` if it never served a valid one.
    pub(crate) async fn document(&self, host: &dyn Host) -> Option<Arc<str>> {
        let _flight = self.flight.lock().await;
        let now = host.now();
        let within = |since: UnixTime, seconds| (since..since.saturating_add(seconds)).contains(&now);
        let old = {
            let mut state = self.state();
            let old = state.document.clone();
            let fresh = old.as_ref().is_some_and(|(since, _)| within(*since, TTL));
            if fresh || state.asked.is_some_and(|at| within(at, RETRY)) {
                return old.map(|(_, document)| document);
            }
            state.asked = Some(now);
            old
        };
        let mut failure = String::from("the issuer is not an http(s) URL");
        for source in &self.sources {
            match self.get(host, source).await {
                Ok(document) => {
                    *self.state() = State { document: Some((now, Arc::clone(&document))), asked: None };
                    return Some(document);
                }
                Err(error) => failure = format!("{source}: {error}"),
            }
        }
        log::event(host, Level::Error, "metadata_unavailable", &[("error", json!(failure))]);
        old.map(|(_, document)| document)
    }

    async fn get(&self, host: &dyn Host, url: &str) -> Result<Arc<str>, String> {
        let mut headers = self.headers.clone();
        headers.push((ACCEPT, HeaderValue::from_static("application/json")));
        let answer =
            host.fetch(Outgoing { method: Method::GET, url, headers, body: &[], max_bytes: MAX_BYTES, timeout: TIMEOUT }).await;
        let answer = answer.map_err(|error: FetchError| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("HTTP status {}", answer.status));
        }
        let document = object(&answer.body).map_err(|error| error.to_string())?;
        // RFC 8414 §3.3: a document of another issuer must not be used, so it must not be repeated either.
        if document.get("issuer").and_then(|issuer| issuer.as_str()) != Some(&self.issuer) {
            return Err("it names another issuer".to_owned());
        }
        String::from_utf8(answer.body).map(Arc::from).map_err(|_| "not UTF-8".to_owned())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
