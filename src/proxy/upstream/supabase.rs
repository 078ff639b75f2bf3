//! A Supabase project, through its OAuth server and one client that the operator registered there.
//!
//! The proof is the access token itself: the project signs it, and it names our client. It is also what the data tools use, so
//! who signs in here is nobody else's user: the subject is the project's own.

use http::{Method, header::AUTHORIZATION};
use serde_json::Map;

use super::{
    Trouble, Upstream,
    endpoints::{Endpoints, Found},
    exchange::Tokens,
    flow::Proof,
    profile::Who,
};
use crate::{
    config::{self, Config},
    host::Host,
    identity::{Outcome, Verifier, provider::supabase_upstream},
    outbound::{self, Call, Headers, Style, secret_header},
};

/// The project.
#[derive(Debug)]
pub(super) struct Supabase {
    verifier: Option<Verifier>,
    /// What its gateway asks for.
    pub(super) headers: Headers,
    /// Without its OAuth server: the provider to sign in with.
    pub(super) provider: Option<String>,
}

pub(super) fn upstream(config: &Config, settings: &config::Upstream) -> Upstream {
    let supabase = Supabase::new(config, Some(&settings.client_id), None);
    let issuer = supabase.issuer().to_owned();
    let usual =
        Found { authorize: format!("{issuer}/oauth/authorize"), token: format!("{issuer}/oauth/token"), ..Found::default() };
    let endpoints = Endpoints::fixed(usual, &settings.urls);
    let client = Upstream::client(settings, Style::Basic);
    let upstream = Upstream::of(settings, "Supabase", client, endpoints, Proof::Supabase(Box::new(supabase)));
    Upstream { issuer: Some(issuer), rotates: true, ..upstream.with_scopes(&["email"]) }
}

impl Supabase {
    /// With a client, the project's tokens must be of it.
    pub(super) fn new(config: &Config, client_id: Option<&str>, provider: Option<String>) -> Self {
        Self {
            verifier: supabase_upstream(config, client_id),
            headers: config.supabase().map_or_else(Vec::new, config::Supabase::gateway_headers),
            provider,
        }
    }

    /// `{project}/auth/v1`.
    pub(super) fn issuer(&self) -> &str {
        self.verifier.as_ref().map_or("", Verifier::issuer)
    }

    /// Who signed in.
    pub(super) async fn check(&self, host: &dyn Host, token: &str) -> Result<Who, Trouble> {
        let Some(verifier) = &self.verifier else {
            return Err(Trouble::Misconfigured("no Supabase project is configured".to_owned()));
        };
        let verified = outbound::in_time(
            host,
            outbound::CHECK,
            Box::pin(async {
                verifier.verify(host, token).await.map_err(|refusal| match refusal.outcome() {
                    Outcome::Unavailable => Trouble::Down(format!("the project's keys: {refusal}")),
                    _ => Trouble::Refused(format!(
                        "the project's token: {}: {}",
                        refusal.code(),
                        outbound::cut(&refusal.to_string())
                    )),
                })
            }),
        );
        let identity = verified.await?;
        Ok(Who { expires_at: Some(identity.expires_at()), ..Who::new(identity.user().id.clone(), Map::new()) })
    }

    /// Ends the session the token is of.
    pub(super) async fn sign_out(&self, host: &dyn Host, tokens: &Tokens) -> Result<(), Trouble> {
        let url = format!("{}/logout?scope=local", self.issuer());
        let mut headers = self.headers.clone();
        headers.extend(secret_header(AUTHORIZATION, &format!("Bearer {}", tokens.access_token.expose())));
        let call = Call { what: "signing out", method: Method::POST, url: &url, headers, body: &[], timeout: outbound::CHECK };
        let answer = outbound::send(host, call).await?;
        match answer.status {
            200..=299 => Ok(()),
            status => Err(Trouble::Refused(format!("signing out: HTTP status {status}"))),
        }
    }
}
