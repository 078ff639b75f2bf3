//! Who may ask for tokens: clients that registered here (RFC 7591), that are known by a metadata document on a listed host
//! (draft-ietf-oauth-client-id-metadata-document), or that the operator listed.
//!
//! | a `client_id` that | is | and authenticates |
//! |---|---|---|
//! | `LATCH_CLIENTS` names | listed | by its secret, if its entry has a hash of one |
//! | is an `https` URL on a host of `LATCH_CIMD_HOSTS` | what the document there says | never: such clients are public |
//! | we sealed at `/register` | what is sealed in it: we keep nothing | by its secret, if it asked for one |
//!
//! Anything else is unknown, our own client at the upstream included. With `LATCH_DCR=off` what was sealed before is unknown too:
//! an operator who closes the door means those who came in through it.

mod authenticate;
mod document;
mod documents;
mod listed;
mod metadata;
mod register;

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Map, Value};

pub(crate) use self::listed::Listed;
use self::{authenticate::Digest, documents::Documents, register::Registration};
use super::redirect;
use crate::{config::Config, host::Host, seal::Ring};

/// Longest `client_id` that is looked at, in bytes. Ours are shorter than 2,100.
const MAX_ID: usize = 4096;

/// All clients there can be.
#[derive(Debug)]
pub(super) struct Clients {
    /// Seals registrations; none with `LATCH_DCR=off`.
    ring: Option<Ring>,
    /// What a registration is bound to.
    issuer: String,
    /// The operator's allow-list of redirect URIs.
    allowed: Arc<[String]>,
    /// Scopes that a client may hear of.
    scopes: Vec<String>,
    listed: Vec<Listed>,
    documents: Documents,
}

/// A client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Its identifier, as it sent it.
    pub(super) id: String,
    /// What it calls itself: at most 100 characters, none of them invisible.
    pub(super) name: Option<String>,
    /// How it is known.
    pub(super) origin: Origin,
    /// Acceptable ones; there is at least one.
    pub(super) redirect_uris: Vec<String>,
    /// The operator's allow-list; empty for none.
    pub(super) allowed: Arc<[String]>,
}

/// How a client is known, and so how much its name is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// It registered itself: all it says is its own word.
    Registered,
    /// By a metadata document of this host.
    Document(String),
    /// The operator listed it.
    Listed,
}

/// Why there is no such client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClientError {
    /// There is none by that identifier, or its secret is wrong: `invalid_client`.
    Unknown,
    /// Its document cannot be had at the moment; for the operator's log.
    Unavailable(String),
}

/// Why a client is not registered (RFC 7591 §3.2.2). `description` is safe to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RegistrationError {
    /// `invalid_redirect_uri` or `invalid_client_metadata`.
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Client {
    /// Whether answers may be sent there: it is one of the client's (a loopback port does not count), and the operator's list
    /// allows it.
    pub(super) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect::same(registered, uri)) && redirect::is_allowed(&self.allowed, uri)
    }
}

impl Clients {
    pub(super) fn new(config: &Config) -> Self {
        let proxy = config.proxy();
        let registration = proxy.is_some_and(|proxy| proxy.registration);
        Self {
            ring: config.keys().filter(|_| registration).map(|keys| keys.client().clone()),
            issuer: config.endpoint().origin().to_owned(),
            allowed: proxy.map_or_else(Default::default, |proxy| proxy.redirects.clone().into()),
            scopes: config.scopes().to_vec(),
            listed: proxy.map_or_else(Vec::new, |proxy| proxy.clients.clone()),
            documents: Documents::new(config),
        }
    }

    /// The origins of metadata documents, for a host's outbound allow-list.
    pub(super) fn outbound(config: &Config) -> Vec<String> {
        documents::outbound(config)
    }

    /// The client by an identifier that came with an authorization request.
    pub(super) async fn find(&self, host: &dyn Host, id: &str) -> Result<Client, ClientError> {
        let client = |name, origin, redirect_uris| Client {
            id: id.to_owned(),
            name,
            origin,
            redirect_uris,
            allowed: Arc::clone(&self.allowed),
        };
        if let Some(listed) = self.listed(id) {
            return Ok(client(listed.name.clone(), Origin::Listed, listed.redirect_uris.clone()));
        }
        if let Some(authority) = self.documents.authority(id) {
            let document = self.documents.get(host, id).await?;
            return Ok(client(Some(document.name), Origin::Document(authority.to_owned()), document.redirect_uris));
        }
        let registration = self.registration(id, host.now()).ok_or(ClientError::Unknown)?;
        Ok(client(registration.name, Origin::Registered, registration.redirect_uris))
    }

    /// The identifier of the client that asks at the token endpoint, authenticated as it registered: by `Authorization: Basic`, by
    /// `client_id` and `client_secret` in the form, or by `client_id` alone for a public client.
    ///
    /// Asks for no document: a code or refresh token is bound to the client, and a client of a document is public.
    pub(super) fn authenticate(&self, headers: &HeaderMap, form: &super::Form, now: u64) -> Result<String, ClientError> {
        let mut readings = authenticate::readings(headers, form).into_iter();
        let client = readings.find(|(id, secret)| self.secret_fits(id, secret.as_deref(), now));
        client.map(|(id, _)| id).ok_or(ClientError::Unknown)
    }

    /// Registers a client: what to answer with 201.
    pub(super) fn register(&self, host: &dyn Host, body: &[u8]) -> Result<Map<String, Value>, RegistrationError> {
        register::register(self, host, body)
    }

    /// Whether there is a client by that identifier, and this is its secret: none for a public one. A secret that a client does
    /// not have is refused like a wrong one, rather than left unread: nobody shall think that it protects something.
    fn secret_fits(&self, id: &str, secret: Option<&str>, now: u64) -> bool {
        let expected: Option<Digest> = if let Some(listed) = self.listed(id) {
            listed.secret
        } else if self.documents.authority(id).is_some() {
            None
        } else if let Some(registration) = self.registration(id, now) {
            match registration.secret.as_deref().map(authenticate::digest_from) {
                Some(None) => return false,
                digest => digest.flatten(),
            }
        } else {
            return false;
        };
        match (expected, secret) {
            (None, None) => true,
            (Some(expected), Some(secret)) => authenticate::matches(&expected, secret),
            _ => false,
        }
    }

    fn listed(&self, id: &str) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.id == id)
    }

    fn registration(&self, id: &str, now: u64) -> Option<register::Content> {
        let ring = self.ring.as_ref().filter(|_| id.len() <= MAX_ID)?;
        ring.open::<Registration>(id, now, self.issuer.as_bytes()).ok()
    }
}

#[cfg(test)]
mod tests;
