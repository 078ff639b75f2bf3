//! Asking the issuer about a token that only it can read (RFC 7662).
//!
//! ```text
//! token ─► cache ─► POST, as our client ─► the issuer's answer ─► is it about a live access token? ─► the rules of every token
//! ```
//!
//! What the issuer says of a token is good for seconds, so that a revoked token stops working. That it cannot be asked is not the
//! token's fault: 503, never 401.

mod answer;
mod cache;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::cache::{Cache, Key};
use super::{Refusal, provider::Claims};
use crate::{
    config,
    host::Host,
    log::{self, Level},
    outbound::{CHECK, Client, Form, Post, Style, Trouble},
};

const WHAT: &str = "the introspection endpoint";

/// An issuer's introspection endpoint, and our client there.
#[derive(Debug)]
pub(super) struct Introspection {
    url: String,
    client: Client,
    cache: Mutex<Cache>,
}

impl Introspection {
    /// `issuer` is whom assertions of our client are for: its identifier, not one of its endpoints, so that they are of use nowhere else.
    pub(super) fn new(settings: &config::Introspection, issuer: &str) -> Self {
        let client = Client::new(&settings.client_id, &settings.client_auth, Style::Basic).with_audience(issuer.to_owned());
        Self { url: settings.url.clone(), client, cache: Mutex::new(Cache::new(settings.cache)) }
    }

    /// What the issuer says of a live access token, under the names of claims.
    pub(super) async fn ask(&self, host: &dyn Host, token: &str, issuers: &[String]) -> Result<Claims, Refusal> {
        let key: Key = Sha256::digest(token).into();
        let known = self.cache().get(&key, host.now());
        let body = match known {
            Some(known) => known,
            None => {
                // From before the question: while it was on its way, the token may have been revoked.
                let asked = host.now();
                let body = self.post(host, token).await.inspect_err(|error| self.report(host, error));
                let body = body.map_err(Refusal::IntrospectionDown)?;
                let expiry = answer::expiry(&body).map_err(|error| {
                    self.report(host, &error);
                    Refusal::IntrospectionDown(error)
                })?;
                self.cache().put(key, asked, expiry, body.clone());
                body
            }
        };
        answer::claims(&body, issuers)
    }

    /// The body of an answer. Everything but status 200 is trouble between the issuer and us: about a token it says so with 200
    /// (RFC 7662 §2.3), or that it is of a kind that it says nothing about.
    async fn post(&self, host: &dyn Host, token: &str) -> Result<Vec<u8>, String> {
        let mut form: Form = vec![("token", token.to_owned()), ("token_type_hint", "access_token".to_owned())];
        let post = Post {
            what: WHAT,
            url: &self.url,
            client: &self.client,
            token_endpoint: "",
            secret_in_form: false,
            headers: Vec::new(),
            timeout: CHECK,
        };
        match post.send(host, &mut form).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) if answer.status == 400 && answer::is_of_another_kind(&answer.body) => Ok(answer::INACTIVE.to_vec()),
            // What the body says is not repeated: it may quote the token.
            Ok(answer) if matches!(answer.status, 401 | 403) => Err(format!(
                "{WHAT} does not take our client (HTTP status {}): compare LATCH_INTROSPECT_CLIENT_ID and its secret or key, and \
                 LATCH_INTROSPECT_CLIENT_AUTH, with the client there",
                answer.status
            )),
            Ok(answer) => Err(format!("{WHAT}: HTTP status {}; check LATCH_INTROSPECT_URL", answer.status)),
            Err(Trouble::Refused(text) | Trouble::NotAllowed(text) | Trouble::Down(text) | Trouble::Misconfigured(text)) => {
                Err(text)
            }
        }
    }

    /// Where it is, for operators.
    pub(super) fn name(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    fn report(&self, host: &dyn Host, error: &str) {
        log::event(host, Level::Error, "introspection_unavailable", &[("uri", json!(self.name())), ("error", json!(error))]);
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Nothing panics while holding the lock, and every state is consistent: a poisoned lock is still good.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
