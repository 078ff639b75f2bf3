//! Where an upstream's endpoints are: fixed, or found by discovery (OpenID Connect Discovery 1.0, RFC 8414).
//!
//! A document must be the issuer's own, and what it names must be at the issuer's own origin: the host's list of origins we may
//! call is fixed at start, and who can write the document must not be able to send our secret elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Trouble,
    outgoing::{self, Call, cut, origin},
};
use crate::{
    config::Urls,
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

/// The endpoints of one upstream.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) authorize: String,
    pub(super) token: String,
    pub(super) jwks: String,
    pub(super) revoke: Option<String>,
    /// A secret belongs into the form: the server does not take `client_secret_basic`.
    pub(super) post: bool,
}

/// Where they are.
#[derive(Debug)]
pub(super) enum Endpoints {
    Fixed(Arc<Found>),
    Discovered(Box<Discovery>),
}

/// They are in the issuer's document.
#[derive(Debug)]
pub(super) struct Discovery {
    issuer: String,
    /// What the operator says wins.
    urls: Urls,
    state: Mutex<State>,
    flight: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    found: Option<(UnixTime, Arc<Found>)>,
    /// Set before asking, not after: a host may end the instance while it waits.
    asked: Option<UnixTime>,
}

impl Endpoints {
    /// Known ones, unless the operator says otherwise.
    pub(super) fn fixed(usual: Found, urls: &Urls) -> Self {
        let or = |given: &Option<String>, usual: String| given.clone().unwrap_or(usual);
        Self::Fixed(Arc::new(Found {
            authorize: or(&urls.authorize, usual.authorize),
            token: or(&urls.token, usual.token),
            jwks: or(&urls.jwks, usual.jwks),
            revoke: urls.revoke.clone().or(usual.revoke),
            post: usual.post,
        }))
    }

    /// Those the operator names, and the issuer's document for the rest.
    pub(super) fn discovered(issuer: &str, urls: &Urls) -> Self {
        if urls.authorize.is_some() && urls.token.is_some() && urls.jwks.is_some() {
            return Self::fixed(Found::default(), urls);
        }
        Self::Discovered(Box::new(Discovery {
            issuer: issuer.to_owned(),
            urls: urls.clone(),
            state: Mutex::default(),
            flight: async_lock::Mutex::new(()),
        }))
    }

    pub(super) async fn find(&self, host: &dyn Host) -> Result<Arc<Found>, Trouble> {
        match self {
            Self::Fixed(found) => Ok(Arc::clone(found)),
            Self::Discovered(discovery) => discovery.find(host).await,
        }
    }

    /// What we may call; the authorization endpoint is the browser's.
    pub(super) fn called(&self) -> Vec<String> {
        match self {
            Self::Fixed(found) => {
                [Some(found.token.clone()), Some(found.jwks.clone()), found.revoke.clone()].into_iter().flatten().collect()
            }
            Self::Discovered(discovery) => {
                let Urls { token, jwks, revoke, .. } = &discovery.urls;
                [Some(discovery.issuer.clone()), token.clone(), jwks.clone(), revoke.clone()].into_iter().flatten().collect()
            }
        }
    }
}

impl Discovery {
    async fn find(&self, host: &dyn Host) -> Result<Arc<Found>, Trouble> {
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
        match (self.ask(host).await, old) {
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

    async fn ask(&self, host: &dyn Host) -> Result<Found, Trouble> {
        let mut status = 0;
        for url in sources(&self.issuer) {
            let call = Call {
                what: "discovery",
                method: Method::GET,
                url: &url,
                headers: Vec::new(),
                body: &[],
                timeout: outgoing::EXTRA,
            };
            let answer: Fetched = outgoing::send(host, call).await?;
            status = answer.status;
            if status == 200 {
                let document = object(&answer.body);
                let document = document.map_err(|error| Trouble::Down(format!("discovery: the document is {error}")))?;
                return self.read(&document);
            }
        }
        Err(Trouble::Misconfigured(format!("there is no discovery document (HTTP status {status}); check LATCH_PROXY_ISSUER")))
    }

    fn read(&self, document: &Map<String, Value>) -> Result<Found, Trouble> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        // RFC 8414 §3.3, OpenID Connect Discovery §4.3: compared byte for byte.
        let issuer = text("issuer").unwrap_or_default();
        if issuer != self.issuer {
            let text = format!("the discovery document names the issuer {:?}, not {:?}", cut(issuer), self.issuer);
            return Err(Trouble::Misconfigured(text));
        }
        let own = |url: &str| !self.issuer.is_empty() && origin(url) == origin(&self.issuer);
        let one = |given: &Option<String>, name: &str, variable: &str| match (given, text(name)) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(url)) if own(url) => Ok(url.to_owned()),
            (None, Some(url)) => Err(Trouble::Misconfigured(format!(
                "discovery says {name} is at {}, which is not the issuer's origin; if that is right, set {variable}",
                cut(&origin(url))
            ))),
            (None, None) => Err(Trouble::Misconfigured(format!("discovery says no {name}; set {variable}"))),
        };
        let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let takes = |method: &str| methods.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(method)));
        Ok(Found {
            authorize: one(&self.urls.authorize, "authorization_endpoint", "LATCH_PROXY_AUTHORIZE_URL")?,
            token: one(&self.urls.token, "token_endpoint", "LATCH_PROXY_TOKEN_URL")?,
            jwks: one(&self.urls.jwks, "jwks_uri", "LATCH_PROXY_JWKS_URL")?,
            // Signing out is possible without.
            revoke: self.urls.revoke.clone().or_else(|| text("revocation_endpoint").filter(|url| own(url)).map(str::to_owned)),
            post: takes("client_secret_post") && !takes("client_secret_basic"),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
