//! Identity providers to sign in with. An [`Upstream`] is data that a constructor per provider fills; a new provider is one file.
//!
//! Who signed in is known by something that is bound to *our* client there: an ID token with our nonce, GitHub's check of a token
//! of our app, Supabase's token for our client, introspection that names our client. Nothing that takes any client's token would do.
//! How we speak to an authorization server is in the room `outbound`.
//!
//! | file | what it knows |
//! |---|---|
//! | `google`, `github`, … | one provider: its addresses, its scopes, its proof |
//! | `endpoints` | where the endpoints are: fixed, or discovered |
//! | `exchange` | asking the token endpoint |
//! | `id_token`, `introspect`, `userinfo`, `github`, `supabase` | who signed in |

mod auth0;
mod endpoints;
mod entra;
mod exchange;
mod flow;
mod github;
mod google;
mod id_token;
mod introspect;
mod oauth2;
mod oidc;
mod okta;
mod profile;
mod supabase;
mod supabase_legacy;
mod userinfo;

use std::fmt;

use serde_json::{Map, Value};

pub(super) use crate::outbound::Trouble;

use self::{endpoints::Endpoints, flow::Proof};
use crate::{
    config::{self, Config, Kind},
    host::{Host, UnixTime},
    outbound::{self, Client, Style},
    secret::Secret,
};

/// An identity provider, and our client there.
#[derive(Debug)]
pub(super) struct Upstream {
    kind: Kind,
    label: String,
    /// What it names itself in `iss`, if that is one fixed name.
    issuer: Option<String>,
    client: Client,
    endpoints: Endpoints,
    scopes: Vec<String>,
    /// What it puts before the scopes it grants.
    scope_prefix: &'static str,
    /// Added to every authorization request.
    extras: Vec<(String, String)>,
    proof: Proof,
    /// The endpoint's URL is passed on as `resource`.
    forward_resource: bool,
    /// The token endpoint wants the scopes again.
    scope_at_token: bool,
    rotates: bool,
    renews: bool,
    /// A userinfo endpoint to ask for what the proof does not say of a user; the operator names it.
    details: Option<String>,
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
#[derive(Clone, Copy)]
pub(super) struct Redeem<'a> {
    pub(super) code: &'a str,
    pub(super) code_verifier: &'a str,
    pub(super) nonce: &'a str,
    pub(super) callback: &'a str,
    pub(super) resource: &'a str,
}

impl fmt::Debug for Redeem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redeem(…)")
    }
}

/// Somebody signed in, or still is.
#[derive(Debug)]
pub(super) struct Grant {
    /// Stable and unique among all upstreams: `google|1100…`; for Supabase the user's UUID.
    pub(super) subject: String,
    /// What is known of the user, by the names of OpenID Connect Core §5.1; small. For Supabase it is empty: the access token
    /// has it. From [`Upstream::renew`] it may be empty too: then nothing new is known.
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

impl Upstream {
    /// Everything `LATCH_PROXY` names.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let upstreams = config.proxy().map_or(&[][..], |proxy| &proxy.upstreams);
        upstreams.iter().map(|settings| Self::new(config, settings)).collect()
    }

    fn new(config: &Config, settings: &config::Upstream) -> Self {
        match settings.kind {
            Kind::Google => google::upstream(settings),
            Kind::Github => github::upstream(settings),
            Kind::Okta => okta::upstream(settings),
            Kind::Entra => entra::upstream(settings),
            Kind::Auth0 => auth0::upstream(settings),
            Kind::Supabase => supabase::upstream(config, settings),
            Kind::SupabaseLegacy => supabase_legacy::upstream(config, settings),
            Kind::Oidc => oidc::upstream(settings),
            Kind::Oauth2 => oauth2::upstream(settings),
        }
    }

    /// Our client at an upstream that usually wants a secret so.
    fn client(settings: &config::Upstream, usual: Style) -> Client {
        Client::new(&settings.client_id, &settings.client_auth, usual)
    }

    /// An upstream without anything particular, as the operator wants it.
    fn of(settings: &config::Upstream, label: &str, client: Client, endpoints: Endpoints, proof: Proof) -> Self {
        let says_more = matches!(proof, Proof::IdToken(_) | Proof::Introspection(_));
        Self {
            kind: settings.kind,
            label: label.to_owned(),
            issuer: None,
            client,
            endpoints,
            scopes: settings.scopes.clone(),
            scope_prefix: "",
            extras: settings.extras.clone(),
            proof,
            forward_resource: settings.forward_resource,
            scope_at_token: false,
            rotates: settings.rotates,
            renews: true,
            details: settings.urls.userinfo.clone().filter(|_| says_more),
        }
    }

    /// Asks for these scopes, if the operator names none. An ID token comes with `openid` alone, so that is always among them.
    fn with_scopes(mut self, usual: &[&str]) -> Self {
        if self.scopes.is_empty() {
            self.scopes.extend(usual.iter().map(|scope| (*scope).to_owned()));
        }
        if matches!(self.proof, Proof::IdToken(_)) && !self.asks_for("openid") {
            self.scopes.insert(0, "openid".to_owned());
        }
        self
    }

    /// Adds a parameter to authorization requests, unless the operator does.
    fn with_extra(mut self, name: &str, value: &str) -> Self {
        if !self.extras.iter().any(|(other, _)| other == name) {
            self.extras.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    fn asks_for(&self, scope: &str) -> bool {
        self.scopes.iter().any(|asked| asked == scope)
    }

    /// What it is.
    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name on a button.
    pub(super) fn label(&self) -> String {
        self.label.clone()
    }

    /// Whether it certainly makes a refresh token useless once it was used.
    pub(super) const fn rotates(&self) -> bool {
        self.rotates
    }

    /// Whether [`Upstream::renew`] can work at all: whether a client may expect a refresh token.
    pub(super) const fn renews(&self) -> bool {
        self.renews
    }

    /// The scopes we ask it for: one of ours by the same name is granted only if it grants it.
    pub(super) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The issuer it names in the callback's `iss` (RFC 9207), if that is known without asking.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Where the browser goes to sign in.
    pub(super) async fn authorize_url(&self, host: &dyn Host, request: Request<'_>) -> Result<String, Trouble> {
        flow::authorize_url(self, host, request).await
    }

    /// Spends the upstream's code, and finds out who signed in.
    pub(super) async fn redeem(&self, host: &dyn Host, redeem: Redeem<'_>) -> Result<Grant, Trouble> {
        outbound::in_time(host, outbound::WHOLE, Box::pin(flow::redeem(self, host, redeem))).await
    }

    /// Asks whether `subject` is still signed in, with what was [kept](Grant::keep).
    pub(super) async fn renew(&self, host: &dyn Host, keep: &str, subject: &str) -> Result<Grant, Trouble> {
        outbound::in_time(host, outbound::WHOLE, Box::pin(flow::renew(self, host, keep, subject))).await
    }

    /// Tells it to forget what was kept, as far as it can.
    pub(super) async fn revoke(&self, host: &dyn Host, keep: &str) -> Result<(), Trouble> {
        outbound::in_time(host, outbound::WHOLE, Box::pin(flow::revoke(self, host, keep))).await
    }

    /// The URLs we call ourselves; only their origins matter.
    fn called(&self) -> Vec<String> {
        let mut urls = self.endpoints.called();
        urls.extend(self.proof.called());
        urls.extend(self.details.clone());
        urls
    }
}

/// The origins of all upstreams that the component calls.
pub(crate) fn outbound(config: &Config) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    let mut urls: Vec<String> = Vec::new();
    for upstream in Upstream::all(config) {
        urls.extend(upstream.called());
    }
    for url in urls {
        let origin = outbound::origin(&url);
        if !origin.is_empty() && !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

#[cfg(test)]
mod tests;
