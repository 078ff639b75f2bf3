//! How we prove to be our client at an authorization server (RFC 6749 §2.3, RFC 7523 §2.2).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::header::AUTHORIZATION;
use serde_json::json;

use super::{Form, Headers, secret_header};
use crate::{config::ClientAuth, host::Host, jose::SigningKey, json::members, secret::Secret};

/// Seconds an assertion is good for.
const ASSERTION_LIFETIME: u64 = 120;

/// Our client there.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    auth: Auth,
    /// `aud` of our assertions, where that is not the token endpoint.
    audience: Option<String>,
}

#[derive(Debug)]
enum Auth {
    None,
    Secret(Secret, Style),
    Key(Box<SigningKey>),
}

/// How a secret is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// As discovery says; `client_secret_basic` if it says nothing (RFC 8414 §2).
    Advertised,
}

impl Client {
    /// `usual` is how this server wants a secret, if the operator does not say.
    pub(crate) fn new(id: &str, auth: &ClientAuth, usual: Style) -> Self {
        let auth = match auth {
            ClientAuth::None => Auth::None,
            ClientAuth::Secret(secret) => Auth::Secret(secret.clone(), usual),
            ClientAuth::Basic(secret) => Auth::Secret(secret.clone(), Style::Basic),
            ClientAuth::Post(secret) => Auth::Secret(secret.clone(), Style::Post),
            ClientAuth::Key(key) => Auth::Key(key.clone()),
        };
        Self { id: id.to_owned(), auth, audience: None }
    }

    /// The same, with assertions for another audience than the token endpoint.
    pub(crate) fn with_audience(self, audience: String) -> Self {
        Self { audience: Some(audience), ..self }
    }

    /// Adds what authenticates us to a request. `token_endpoint` is what an assertion is for, `post` whether discovery says that
    /// a secret belongs into the form.
    pub(crate) fn authenticate(&self, host: &dyn Host, token_endpoint: &str, post: bool, form: &mut Form, headers: &mut Headers) {
        match &self.auth {
            Auth::None => form.push(("client_id", self.id.clone())),
            Auth::Secret(secret, style) if *style == Style::Post || (*style == Style::Advertised && post) => {
                form.push(("client_id", self.id.clone()));
                form.push(("client_secret", secret.expose().to_owned()));
            }
            Auth::Secret(secret, _) => headers.extend(secret_header(AUTHORIZATION, &self.basic(secret))),
            Auth::Key(key) => {
                form.push(("client_id", self.id.clone()));
                form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()));
                form.push(("client_assertion", self.assertion(host, key, token_endpoint)));
            }
        }
    }

    /// Our secret, to keep it out of what a server says about it.
    pub(crate) fn secret(&self) -> Option<&str> {
        match &self.auth {
            Auth::Secret(secret, _) => Some(secret.expose()),
            _ => None,
        }
    }

    /// RFC 6749 §2.3.1: both parts are form-encoded first.
    fn basic(&self, secret: &Secret) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(&self.id), encode(secret.expose()))))
    }

    /// RFC 7523 §3.
    fn assertion(&self, host: &dyn Host, key: &SigningKey, token_endpoint: &str) -> String {
        let mut jti = [0; 16];
        host.random(&mut jti);
        let now = host.now();
        let claims = members([
            ("iss".to_owned(), json!(self.id)),
            ("sub".to_owned(), json!(self.id)),
            ("aud".to_owned(), json!(self.audience.as_deref().unwrap_or(token_endpoint))),
            ("jti".to_owned(), json!(URL_SAFE_NO_PAD.encode(jti))),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now.saturating_add(ASSERTION_LIFETIME))),
        ]);
        key.sign("JWT", &claims)
    }
}
