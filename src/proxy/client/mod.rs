//! Who may ask for tokens: clients that registered here (RFC 7591), that are known by a metadata document on a listed host
//! (draft-ietf-oauth-client-id-metadata-document), or that the operator listed.

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::{config::Config, host::Host};

/// All clients there can be.
#[derive(Debug)]
pub(super) struct Clients {}

/// A client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Its identifier, as it sent it.
    pub(super) id: String,
    /// What it calls itself.
    pub(super) name: Option<String>,
    /// How it is known.
    pub(super) origin: Origin,
    pub(super) redirect_uris: Vec<String>,
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
    pub(super) fn may_redirect_to(&self, _uri: &str) -> bool {
        false
    }
}

impl Clients {
    pub(super) fn new(_config: &Config) -> Self {
        Self {}
    }

    /// The client by an identifier that came with an authorization request.
    pub(super) async fn find(&self, _host: &dyn Host, _id: &str) -> Result<Client, ClientError> {
        Err(ClientError::Unknown)
    }

    /// The identifier of the client that asks at the token endpoint, authenticated as it registered: by `Authorization: Basic`, by
    /// `client_id` and `client_secret` in the form, or by `client_id` alone for a public client.
    ///
    /// Asks for no document: a code or refresh token is bound to the client, and a client of a document is public.
    pub(super) fn authenticate(&self, _headers: &HeaderMap, _form: &super::Form, _now: u64) -> Result<String, ClientError> {
        Err(ClientError::Unknown)
    }

    /// Registers a client: what to answer with 201.
    pub(super) fn register(&self, _host: &dyn Host, _body: &[u8]) -> Result<Map<String, Value>, RegistrationError> {
        Err(RegistrationError { error: "invalid_client_metadata", description: String::new() })
    }
}
pub(crate) fn check_listed(_text: &str) -> Result<(), String> {
    Ok(())
}
