//! An issuer's own document (OpenID Connect Discovery 1.0, RFC 8414), and for how long its word counts.
//!
//! It must be the issuer's own, and what it names must be at the issuer's own origin: the host's list of origins we may call is fixed
//! at start, and who can write the document must not be able to send our secret, or us for keys, elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Call, EXTRA, Trouble, cut, origin, send};
use crate::{
    host::{Fetched, Host, UnixTime},
    json::object,
    log::{self, Level},
};

/// Seconds a document is used before it is asked for again.
const TTL: u64 = 600;
/// Seconds for which it is used although it cannot be had again.
const MAX_STALE: u64 = 24 * 60 * 60;
/// Seconds between attempts while there is an older one.
const RETRY: u64 = 30;

/// The endpoints of one authorization server. What is not needed is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) jwks: String,
    pub(crate) revoke: Option<String>,
    /// A secret belongs into the form: the server does not take `client_secret_basic`.
    pub(crate) post: bool,
}

/// They are in the issuer's document.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) issuer: String,
    /// The variable that names the issuer.
    variable: &'static str,
    state: Mutex<State>,
    flight: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    found: Option<(UnixTime, Arc<Found>)>,
    /// Set before asking, not after: a host may end the instance while it waits.
    asked: Option<UnixTime>,
}

/// A document that is the issuer's own.
pub(crate) struct Document<'a> {
    issuer: &'a str,
    members: Map<String, Value>,
}

impl Discovery {
    pub(crate) fn new(issuer: &str, variable: &'static str) -> Self {
        Self { issuer: issuer.to_owned(), variable, state: Mutex::default(), flight: async_lock::Mutex::new(()) }
    }

    /// What `read` makes of the document.
    pub(crate) async fn find(
        &self,
        host: &dyn Host,
        read: &dyn Fn(&Document<'_>) -> Result<Found, Trouble>,
    ) -> Result<Arc<Found>, Trouble> {
        let _flight = self.flight.lock().await;
        let now = host.now();
        let within = |since: UnixTime, seconds| (since..since.saturating_add(seconds)).contains(&now);
        let old = {
            let mut state = self.state();
            let old = state.found.clone().filter(|(since, _)| within(*since, MAX_STALE));
            if let Some((since, found)) = &old
                && (within(*since, TTL) || state.asked.is_some_and(|at| within(at, RETRY)))
            {
                return Ok(Arc::clone(found));
            }
            state.asked = Some(now);
            old
        };
        let asked = self.ask(host).await.and_then(|document| read(&document));
        match (asked, old) {
            (Ok(found), _) => {
                let found = Arc::new(found);
                *self.state() = State { found: Some((now, Arc::clone(&found))), asked: None };
                Ok(found)
            }
            (Err(Trouble::Down(error)), Some((_, found))) => {
                let fields = [("issuer", json!(self.issuer)), ("error", json!(error))];
                log::event(host, Level::Warn, "discovery_unavailable", &fields);
                Ok(found)
            }
            (Err(trouble), _) => Err(trouble),
        }
    }

    async fn ask(&self, host: &dyn Host) -> Result<Document<'_>, Trouble> {
        let mut status = 0;
        for url in sources(&self.issuer) {
            let call = Call { what: "discovery", method: Method::GET, url: &url, headers: Vec::new(), body: &[], timeout: EXTRA };
            let answer: Fetched = send(host, call).await?;
            status = answer.status;
            if status == 200 {
                let members = object(&answer.body);
                let members = members.map_err(|error| Trouble::Down(format!("discovery: the document is {error}")))?;
                return Document::of(&self.issuer, members);
            }
        }
        let Self { variable, .. } = self;
        Err(Trouble::Misconfigured(format!("there is no discovery document (HTTP status {status}); check {variable}")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Document<'a> {
    fn of(issuer: &'a str, members: Map<String, Value>) -> Result<Self, Trouble> {
        // RFC 8414 §3.3, OpenID Connect Discovery §4.3: compared byte for byte.
        let its = members.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if its != issuer {
            let text = format!("the discovery document names the issuer {:?}, not {issuer:?}", cut(its));
            return Err(Trouble::Misconfigured(text));
        }
        Ok(Self { issuer, members })
    }

    /// An endpoint: as the operator says, else as the document says, which must not lead elsewhere unless `variable` does.
    pub(crate) fn endpoint(&self, given: Option<&String>, name: &str, variable: &str) -> Result<String, Trouble> {
        match (given, self.members.get(name).and_then(Value::as_str)) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(url)) if self.is_own(url) => Ok(url.to_owned()),
            (None, Some(url)) => Err(Trouble::Misconfigured(format!(
                "discovery says {name} is at {}, which is not the issuer's origin; if that is right, set {variable}",
                cut(&origin(url))
            ))),
            (None, None) => Err(Trouble::Misconfigured(format!("discovery says no {name}; set {variable}"))),
        }
    }

    /// An endpoint that can be done without.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        self.members.get(name).and_then(Value::as_str).filter(|url| self.is_own(url)).map(str::to_owned)
    }

    /// Whether a secret must go into the form.
    pub(crate) fn wants_post(&self) -> bool {
        let methods = self.members.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let takes = |method: &str| methods.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(method)));
        takes("client_secret_post") && !takes("client_secret_basic")
    }

    fn is_own(&self, url: &str) -> bool {
        !self.issuer.is_empty() && origin(url) == origin(self.issuer)
    }
}

/// Where the document may be: OpenID Connect's place first, as that is the one an OpenID provider must have.
fn sources(issuer: &str) -> Vec<String> {
    let Ok(url) = Url::parse(issuer) else { return Vec::new() };
    let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    let mut sources = vec![
        format!("{origin}{path}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ];
    if !path.is_empty() {
        sources.push(format!("{origin}/.well-known/openid-configuration{path}"));
    }
    sources
}
