//! Who is calling: from a bearer token to an [`Identity`], or a [`Refusal`] with a stable reason code.
//!
//! ```text
//! token ─► parse ─► iss ─► alg, kid, signature ─► typ ─► exp nbf iat ─► sub ─► cnf ─► provider's rules ─► aud ─► policy
//!          └──────────────── jose ───────────────┘ └────────────────────── rule ──────────────────────┘     403 ┘
//! ```
//!
//! A token that only its issuer can read takes another way to `exp`: the issuer is asked about it, if it may be (`introspection`).
//!
//! Nothing outside this room can make an [`Identity`]; without a token only `open` does, for a server on this machine that asks
//! for it. A [`Verifier`] has no rule that is absent by default: a provider's
//! constructor (see [`provider`]) fills each one.

mod aal;
mod access;
mod bearer;
mod claim;
mod claims;
mod explain;
mod introspection;
mod notice;
mod open;
mod policy;
pub mod provider;
mod refusal;
mod rule;
mod steps;
mod user;
mod verifier;

use serde::Serialize;
use serde_json::{Map, Value};

use self::policy::Entrance;
pub use self::{
    aal::Aal,
    access::Access,
    explain::Explanation,
    open::NotLoopback,
    policy::{Barred, Kind, Line, Policy, Verdict},
    refusal::{Outcome, Refusal},
    rule::{Audience, TypeRule},
    steps::Step,
    user::{Extra, User},
    verifier::{Verifier, Verifiers},
};
pub(crate) use self::{
    bearer::Bearer,
    claim::Claim,
    open::{Open, guest},
};
use crate::host::UnixTime;

/// An authenticated caller. Serialized with the member names of mcp-use's `ctx.auth`; the token is not part of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    user: User,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    scopes: Vec<String>,
    permissions: Vec<String>,
    issuer: String,
    provider: &'static str,
    audience: Vec<String>,
    resource: String,
    expires_at: UnixTime,
    #[serde(skip)]
    aal: Option<Aal>,
    /// The operator says where the groups are.
    #[serde(skip)]
    groups_elsewhere: bool,
    #[serde(skip)]
    claims: Map<String, Value>,
}

impl Identity {
    /// The user.
    pub const fn user(&self) -> &User {
        &self.user
    }

    /// The OAuth client that acts for the user: `client_id`, else `azp`, else `cid`.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Granted scopes, from `scope` or `scp`, each a string or an array, with what `LATCH_POLICY` adds: by grants, and because scopes
    /// include others. The token's own are among its claims.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// What the provider says the user may do, in the provider's own words.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Groups the user is in. Whether these are all is not always known; see [`Self::has_unknown_groups`].
    pub fn groups(&self) -> &[String] {
        &self.user.groups
    }

    /// Whether the token says that there are more groups than it lists: Entra's overage.
    pub fn has_unknown_groups(&self) -> bool {
        let left_out = self.claims.get("_claim_names").and_then(|names| names.get("groups")).is_some();
        let many = self.claims.get("hasgroups").is_some_and(|many| many != &Value::Bool(false));
        !self.groups_elsewhere && (left_out || many)
    }

    /// Roles the user has.
    pub fn roles(&self) -> &[String] {
        &self.user.roles
    }

    /// The organisation the user acts in.
    pub fn organization(&self) -> Option<&str> {
        self.user.organization_id.as_deref()
    }

    /// The tenant the user signed in to.
    pub fn tenant(&self) -> Option<&str> {
        self.user.tenant_id.as_deref()
    }

    /// With how many factors the user signed in, if the issuer says.
    pub const fn aal(&self) -> Option<Aal> {
        self.aal
    }

    /// The user's e-mail address, if the issuer says that it is verified. Entra never knows.
    pub fn verified_email(&self) -> Option<&str> {
        let is_verified = self.user.email_verified == Some(true) && self.provider != "entra";
        self.user.email.as_deref().filter(|_| is_verified)
    }

    /// Whether the user signed in without saying who they are (Supabase, Better Auth).
    pub fn is_anonymous(&self) -> bool {
        let says = |name| self.claims.get(name).is_some_and(|claim| !matches!(claim, Value::Null | Value::Bool(false)));
        says("is_anonymous") || says("isAnonymous")
    }

    /// The token's `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's name, such as `supabase`.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The token's `aud`.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The protected resource the token was accepted for: the endpoint's URL.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The token's `exp`.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Every claim of the token.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The same caller with a token without scopes: what somebody needs scopes for can be asked with it.
    pub(crate) fn without_scopes(&self) -> Self {
        Self { scopes: Vec::new(), ..self.clone() }
    }

    /// Somebody, for tests of the rooms behind this one.
    #[cfg(test)]
    pub(crate) fn of_test(user: &str, client_id: &str) -> Self {
        Self {
            user: User::standard(user, &Map::new()),
            client_id: Some(client_id.to_owned()),
            scopes: vec!["email".to_owned()],
            permissions: Vec::new(),
            issuer: "https://issuer.example".to_owned(),
            provider: "custom",
            audience: Vec::new(),
            resource: "https://api.example.com/mcp".to_owned(),
            expires_at: UnixTime::MAX,
            aal: None,
            groups_elsewhere: false,
            claims: Map::new(),
        }
    }
}
