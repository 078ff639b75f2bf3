//! The issuer's metadata (RFC 8414), repeated at our origin with its bytes unchanged. Off unless asked for.
//!
//! Two kinds of client need it: those behind a gateway that hides the issuer's well-known paths, and clients of the
//! 2025-03-26 revision, which ask the MCP server itself.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::header::{ACCEPT, HeaderValue};
use serde_json::json;
use url::Url;

use crate::{
    host::{FetchError, Get, Host, UnixTime},
    jose::object,
    log::{self, Level},
};

/// How long an answer is repeated, and how long a failure keeps us from asking again, in seconds.
const TTL: u64 = 600;
const RETRY: u64 = 5;
const MAX_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// The mirror of one issuer.
#[derive(Debug)]
pub(crate) struct Mirror {
    issuer: String,
    /// Where the issuer may publish it, in the order of the MCP specification.
    sources: Vec<String>,
    state: Mutex<State>,
    flight: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    document: Option<(UnixTime, Arc<str>)>,
    failed: Option<UnixTime>,
}

impl Mirror {
    pub(crate) fn new(issuer: &str) -> Self {
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
        Self { issuer: issuer.to_owned(), sources, state: Mutex::default(), flight: async_lock::Mutex::new(()) }
    }

    /// The document, or `None` while the issuer does not serve a valid one.
    pub(crate) async fn document(&self, host: &dyn Host) -> Option<Arc<str>> {
        let _flight = self.flight.lock().await;
        let now = host.now();
        {
            let state = self.state();
            let within = |since: UnixTime, seconds| (since..since.saturating_add(seconds)).contains(&now);
            match &state.document {
                Some((since, document)) if within(*since, TTL) => return Some(Arc::clone(document)),
                _ if state.failed.is_some_and(|at| within(at, RETRY)) => return None,
                _ => {}
            }
        }
        let mut failure = String::from("the issuer is not an http(s) URL");
        for source in &self.sources {
            match self.get(host, source).await {
                Ok(document) => {
                    *self.state() = State { document: Some((now, Arc::clone(&document))), failed: None };
                    return Some(document);
                }
                Err(error) => failure = format!("{source}: {error}"),
            }
        }
        *self.state() = State { document: None, failed: Some(now) };
        log::event(host, Level::Error, "metadata_unavailable", &[("error", json!(failure))]);
        None
    }

    async fn get(&self, host: &dyn Host, url: &str) -> Result<Arc<str>, String> {
        let headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
        let answer = host.fetch(Get { url, headers, max_bytes: MAX_BYTES, timeout: TIMEOUT }).await;
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
