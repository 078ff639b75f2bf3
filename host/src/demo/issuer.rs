//! The issuer's state and its routes. No I/O: a request in, a reply out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Method, Request, StatusCode};

use super::clients::Clients;
use super::grants::Grants;
use super::keys::Keys;
use super::reply::{self, Reply};
use super::rest::Rest;
use crate::clock::Clock;

/// Below it is everything, as in a Supabase project.
pub(super) const PREFIX: &str = "/auth/v1";

pub(super) struct Issuer {
    /// `http://127.0.0.1:PORT`
    pub(super) origin: String,
    /// The origin and [`PREFIX`]: the issuer identifier, letter for letter in discovery, tokens and redirects.
    pub(super) id: String,
    pub(super) keys: Keys,
    pub(super) clock: Arc<dyn Clock>,
    rest: Rest,
    clients: Mutex<Clients>,
    grants: Mutex<Grants>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Metadata,
    Jwks,
    Register,
    Authorize,
    Consent,
    Token,
    Password,
}

impl Endpoint {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            // RFC 8414 §3.1 puts the well-known part in front of the issuer's path, OpenID Connect behind it. Clients try both.
            "/.well-known/oauth-authorization-server/auth/v1"
            | "/.well-known/openid-configuration/auth/v1"
            | "/auth/v1/.well-known/oauth-authorization-server"
            | "/auth/v1/.well-known/openid-configuration" => Self::Metadata,
            "/auth/v1/.well-known/jwks.json" => Self::Jwks,
            "/auth/v1/oauth/clients/register" => Self::Register,
            "/auth/v1/oauth/authorize" => Self::Authorize,
            "/auth/v1/oauth/consent" => Self::Consent,
            "/auth/v1/oauth/token" => Self::Token,
            "/auth/v1/token" => Self::Password,
            _ => return None,
        })
    }

    fn method(self) -> Method {
        match self {
            Self::Metadata | Self::Jwks | Self::Authorize => Method::GET,
            Self::Register | Self::Consent | Self::Token | Self::Password => Method::POST,
        }
    }

    /// Whether scripts of any origin may use it. Not the pages, and not the sign-in with a password that stands in the
    /// documentation: any page could become a user.
    fn is_for_scripts(self) -> bool {
        !matches!(self, Self::Authorize | Self::Consent | Self::Password)
    }
}

impl Issuer {
    pub(super) fn new(origin: String, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        let id = format!("{origin}{PREFIX}");
        let rest = Rest::new(i64::try_from(clock.wall().as_micros()).unwrap_or(i64::MAX));
        Self { origin, id, keys, clock, rest, clients: Mutex::new(Clients::new()), grants: Mutex::new(Grants::new()) }
    }

    pub(super) fn answer(&self, request: &Request<Bytes>) -> Reply {
        // Not for scripts of other origins: nothing a browser runs needs the data.
        if Rest::owns(request.uri().path()) {
            return self.rest.answer(self, request);
        }
        let Some(endpoint) = Endpoint::of(request.uri().path()) else {
            return reply::shared(reply::error(StatusCode::NOT_FOUND, "not_found", "requested path is invalid"));
        };
        let reply = match (endpoint, request.method()) {
            (_, method) if *method == endpoint.method() => self.dispatch(endpoint, request),
            (_, &Method::OPTIONS) if endpoint.is_for_scripts() => reply::preflight(),
            _ if endpoint.method() == Method::GET => reply::method_not_allowed("GET"),
            _ => reply::method_not_allowed("POST"),
        };
        if endpoint.is_for_scripts() { reply::shared(reply) } else { reply }
    }

    fn dispatch(&self, endpoint: Endpoint, request: &Request<Bytes>) -> Reply {
        match endpoint {
            Endpoint::Metadata => reply::public_json(&self.metadata()),
            Endpoint::Jwks => reply::public_json(&self.keys.jwks()),
            Endpoint::Register => self.register(request),
            Endpoint::Authorize => self.authorize(request),
            Endpoint::Consent => self.consent(request),
            Endpoint::Token => self.token(request),
            Endpoint::Password => self.password(request),
        }
    }

    /// Seconds since the Unix epoch.
    pub(super) fn now(&self) -> u64 {
        self.clock.wall().as_secs()
    }

    pub(super) fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parameters of a query or form.
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// # Errors
    /// A parameter comes twice (RFC 6749 §3.1); its name. `resource` may (RFC 8707 §2).
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, String> {
        let mut params = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if params.insert(name.to_string(), value.into_owned()).is_some() && name != "resource" {
                return Err(name.into_owned());
            }
        }
        Ok(Self(params))
    }

    /// A parameter that is there and not empty: both are "omitted" (RFC 6749 §3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// As [`Params::get`], empty for omitted.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Whether a request's body is of this type, whatever its parameters.
pub(super) fn has_type(request: &Request<Bytes>, expected: &str) -> bool {
    let given = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(expected))
}
