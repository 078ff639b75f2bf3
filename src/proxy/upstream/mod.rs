//! Identity providers to sign in with. An [`Upstream`] is data that a constructor per provider fills; a new provider is one file.
//!
//! Who signed in is known by something that is bound to *our* client there: an ID token with our nonce, GitHub's check of a token
//! of our app, Supabase's token for our client, introspection that names our client. Nothing that takes any client's token would do.

use serde_json::{Map, Value};

use crate::{
    config::{self, Config, Kind},
    host::{Host, UnixTime},
    secret::Secret,
};

/// An identity provider, and our client there.
#[derive(Debug)]
pub(super) struct Upstream {
    kind: Kind,
}

/// What our authorization request is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// Our `redirect_uri`.
    pub(super) callback: &'a str,
    pub(super) state: &'a str,
    /// S256.
    pub(super) code_challenge: &'a str,
    pub(super) nonce: &'a str,
    /// The endpoint's URL, for upstreams it is forwarded to.
    pub(super) resource: &'a str,
}

/// What came back to the callback, to be redeemed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Redeem<'a> {
    pub(super) code: &'a str,
    pub(super) code_verifier: &'a str,
    pub(super) nonce: &'a str,
    pub(super) callback: &'a str,
    pub(super) resource: &'a str,
}

/// Somebody signed in, or still is.
#[derive(Debug)]
pub(super) struct Grant {
    /// Stable and unique among all upstreams: `google|1100…`; for Supabase the user's UUID.
    pub(super) subject: String,
    /// What is known of the user, by the names of OpenID Connect Core §5.1; small. For Supabase it is empty: the access token
    /// has it.
    pub(super) claims: Map<String, Value>,
    pub(super) access_token: Secret,
    /// When that expires, if the upstream says.
    pub(super) expires_at: Option<UnixTime>,
    /// The scopes that were granted there, if it says.
    pub(super) scopes: Option<Vec<String>>,
    /// What [`Upstream::renew`] takes; without it nobody can be asked again whether the user may still enter, and so there is no
    /// refresh token.
    pub(super) keep: Option<Secret>,
}

/// Why there is no [`Grant`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// The upstream does not take the code or the refresh token, or what it answered proves nothing.
    #[error("refused: {0}")]
    Refused(String),
    /// Somebody signed in who may not: of another tenant or domain.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// It cannot be asked at the moment.
    #[error("unavailable: {0}")]
    Down(String),
    /// It does not take our client; the operator must mend that.
    #[error("our client is not accepted: {0}")]
    Misconfigured(String),
}

impl Upstream {
    /// Everything `LATCH_PROXY` names.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let upstreams = config.proxy().map_or(&[][..], |proxy| &proxy.upstreams);
        upstreams.iter().map(|upstream: &config::Upstream| Self { kind: upstream.kind }).collect()
    }

    /// What it is.
    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name on a button.
    pub(super) fn label(&self) -> String {
        self.kind.name().to_owned()
    }

    /// Whether it makes a refresh token useless once it was used.
    pub(super) const fn rotates(&self) -> bool {
        false
    }

    /// Whether [`Upstream::renew`] can work at all: whether a client may expect a refresh token.
    pub(super) const fn renews(&self) -> bool {
        true
    }

    /// The scopes we ask it for: one of ours by the same name is granted only if it grants it.
    pub(super) fn scopes(&self) -> &[String] {
        &[]
    }

    /// The issuer it names in the callback's `iss` (RFC 9207), if that is known without asking.
    pub(super) fn issuer(&self) -> Option<&str> {
        None
    }

    /// Where the browser goes to sign in.
    pub(super) async fn authorize_url(&self, _host: &dyn Host, _request: Request<'_>) -> Result<String, Trouble> {
        Err(Trouble::Down(String::new()))
    }

    /// Spends the upstream's code, and finds out who signed in.
    pub(super) async fn redeem(&self, _host: &dyn Host, _redeem: Redeem<'_>) -> Result<Grant, Trouble> {
        Err(Trouble::Down(String::new()))
    }

    /// Asks whether `subject` is still signed in, with what was [kept](Grant::keep).
    pub(super) async fn renew(&self, _host: &dyn Host, _keep: &str, _subject: &str) -> Result<Grant, Trouble> {
        Err(Trouble::Down(String::new()))
    }

    /// Tells it to forget what was kept, as far as it can.
    pub(super) async fn revoke(&self, _host: &dyn Host, _keep: &str) -> Result<(), Trouble> {
        Ok(())
    }
}

/// The origins the component calls because of `LATCH_PROXY`, documents of clients included.
pub(crate) fn outbound(_config: &Config) -> Vec<String> {
    Vec::new()
}
