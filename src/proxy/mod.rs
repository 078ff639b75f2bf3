//! Our role as authorization server (OAuth 2.1), in front of an identity provider: the *upstream*. Nothing is stored.
//!
//! ```text
//!  client                        browser                           here                                upstream
//!    │ POST /register ──────────────────────────────► client ───► client_id (sealed registration)
//!    │ ───────────► GET /authorize ─────────────────► authorize ─► page: who asks, for what, to where
//!    │              POST /consent ──────────────────► consent ───► cookie (sealed transaction) ────────► signs in
//!    │              GET /auth/callback ◄──────────────────────────────────────────────────── code, state ──┘
//!    │ ◄─────────── code, state, iss ◄─────────────── callback: the upstream's code, sealed unredeemed
//!    │ POST /token ─────────────────────────────────► token ────► redeems it there: who signed in? ────►
//!    │ ◄──────────── access token (bound to this endpoint), refresh token (sealed around the upstream's)
//! ```
//!
//! Each value that a client or a browser carries for us is sealed with a key of `LATCH_KEYS`, for one purpose and with one
//! binding (`artefact`), so any instance on any machine continues any flow. An upstream redeems its code once, and so a code of
//! ours is good once.
//!
//! | file | what it decides |
//! |---|---|
//! | `client` | who may ask: registered here, known by a metadata document, or listed; and where answers may be sent |
//! | `authorize`, `consent`, `callback` | what the browser goes through |
//! | `token`, `revoke` | what a client is given for a code or a refresh token, and how it is given back |
//! | `issue` | the tokens, and how they are opened again |
//! | `page` | what people read |
//! | `ledger` | what a store remembers, if there is one: revocations, spent codes, turns with refresh tokens |
//! | `upstream` | who signed in, per identity provider |

mod answer;
mod artefact;
mod authorize;
mod callback;
mod client;
mod consent;
mod cookie;
mod form;
mod issue;
mod ledger;
mod metadata;
mod packed;
mod page;
mod redirect;
mod revoke;
mod token;
mod upstream;

use http::{StatusCode, request::Parts};
use serde_json::{Value, json};

use self::{answer::Answer, client::Clients, cookie::Cookies, form::Form, page::Pages, upstream::Upstream};
pub(crate) use self::{client::Listed, redirect::acceptable as is_redirect_uri};
use crate::{
    config::{Config, TokenFormat},
    host::Host,
    identity::{Verifier, provider},
    jose::SigningKey,
    keys::Keys,
};

/// The origins that the component calls because of `LATCH_PROXY`.
pub(crate) fn outbound(config: &Config) -> Vec<String> {
    let mut origins = upstream::outbound(config);
    for origin in Clients::outbound(config) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// An authorization server in front of an upstream.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The origin of the endpoint, without a slash: the one spelling of it, everywhere.
    issuer: String,
    /// The endpoint's URL.
    resource: String,
    /// Our `redirect_uri` at the upstreams.
    callback: String,
    keys: Keys,
    /// The scopes there are.
    scopes: Vec<String>,
    format: TokenFormat,
    /// The key of signed tokens.
    sign: Option<SigningKey>,
    /// The published keys; null where tokens are not signed.
    published: Value,
    registers: bool,
    documents: bool,
    /// Tools have a use for the upstream's access token.
    keeps_tokens: bool,
    clients: Clients,
    cookies: Cookies,
    pages: Pages,
    upstreams: Vec<Upstream>,
    verifier: Verifier,
}

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Metadata,
    Keys,
    Register,
    Authorize,
    Consent,
    Callback,
    Token,
    Revoke,
}

impl Proxy {
    /// What `LATCH_PROXY` asks for.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let (settings, keys) = (config.proxy()?, config.keys()?);
        let endpoint = config.endpoint();
        let signs = settings.tokens == TokenFormat::Jwt;
        let is_supabase = settings.upstreams.iter().any(|upstream| upstream.kind.is_supabase());
        Some(Self {
            issuer: endpoint.origin().to_owned(),
            resource: endpoint.url().to_owned(),
            callback: format!("{}/auth/callback", endpoint.origin()),
            scopes: config.scopes().to_vec(),
            format: settings.tokens,
            sign: if signs { Some(keys.sign()?) } else { None },
            published: if signs { keys.published() } else { Value::Null },
            registers: settings.registration,
            documents: !settings.cimd_hosts.is_empty(),
            keeps_tokens: is_supabase || !config.token_to_tools().is_empty(),
            clients: Clients::new(config),
            cookies: Cookies::new(endpoint),
            pages: Pages::new(config),
            upstreams: Upstream::all(config),
            verifier: provider::issued(config),
            keys: keys.clone(),
        })
    }

    /// What a path asks for, if it is one of ours.
    pub(crate) fn route(&self, host: &dyn Host, path: &str) -> Option<Route> {
        match path {
            "/authorize" => Some(Route::Authorize),
            "/consent" => Some(Route::Consent),
            "/auth/callback" => Some(Route::Callback),
            "/token" => Some(Route::Token),
            "/register" if self.registers => Some(Route::Register),
            "/revoke" if host.store().is_some() => Some(Route::Revoke),
            "/jwks" if self.format == TokenFormat::Jwt => Some(Route::Keys),
            _ if self.is_metadata(path) => Some(Route::Metadata),
            _ => None,
        }
    }

    /// A public document.
    pub(crate) fn document(&self, host: &dyn Host, route: Route) -> Value {
        if route == Route::Keys { self.published.clone() } else { self.metadata(host) }
    }

    /// Answers a request to one of the other routes.
    pub(crate) async fn answer(&self, host: &dyn Host, route: Route, parts: &Parts, body: &[u8]) -> Answer {
        match route {
            Route::Authorize => self.authorize(host, parts).await,
            Route::Consent => self.consent(host, parts, body).await,
            Route::Callback => self.callback(host, parts).await,
            Route::Token => self.token(host, parts, body).await,
            Route::Revoke => self.revoke(host, parts, body).await,
            Route::Register => self.register(host, body),
            Route::Metadata | Route::Keys => answer::json(StatusCode::OK, &self.document(host, route)),
        }
    }

    fn register(&self, host: &dyn Host, body: &[u8]) -> Answer {
        match self.clients.register(host, body) {
            Ok(client) => answer::json(StatusCode::CREATED, &Value::Object(client)),
            Err(error) => {
                let body = json!({ "error": error.error, "error_description": error.description });
                answer::json(StatusCode::BAD_REQUEST, &body)
            }
        }
    }

    /// What a sealed value of ours is bound to: this endpoint, and what else must be brought.
    fn bound(&self, parts: &[&str]) -> Vec<u8> {
        let mut binding = Vec::new();
        for part in [&[self.resource.as_str()], parts].concat() {
            binding.extend_from_slice(&(part.len() as u64).to_be_bytes());
            binding.extend_from_slice(part.as_bytes());
        }
        binding
    }
}

#[cfg(test)]
mod tests;
