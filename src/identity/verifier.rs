//! From a token to an [`Identity`]: the order of the checks.

use super::{Audience, Identity, Policy, Refusal, TypeRule, User, claims, refusal::shorten, rule};
use crate::{
    host::{Host, UnixTime},
    jose::{Alg, Compact, KeyStore},
};
use serde_json::{Map, Value};

/// Everything that must hold for tokens of one issuer. Made by a provider's constructor, which fills every field.
#[derive(Debug)]
pub struct Verifier {
    pub(super) provider: &'static str,
    /// Compared byte for byte: no slash, case or port is forgiven.
    pub(super) issuer: String,
    pub(super) keys: KeyStore,
    pub(super) algorithms: Vec<Alg>,
    pub(super) typ: TypeRule,
    pub(super) audience: Audience,
    /// The endpoint's URL.
    pub(super) resource: String,
    pub(super) dialect: Box<dyn Dialect>,
    pub(super) policy: Policy,
}

/// What is particular about one provider's claims.
pub(super) trait Dialect: std::fmt::Debug + Send + Sync {
    /// What the provider's access tokens must look like beyond RFC 9068; checked before the audience, so that another kind of
    /// token is called by its name.
    fn admit(&self, claims: &Map<String, Value>) -> Result<(), Refusal>;

    /// The claims as a user, and the user's permissions.
    fn user(&self, subject: &str, claims: &Map<String, Value>) -> (User, Vec<String>);
}

impl Verifier {
    /// The issuer whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Lets a token's bearer in, or says why not. Cheap checks on untrusted claims come first where they save a fetch: a
    /// token of another issuer never causes one.
    pub async fn verify(&self, host: &dyn Host, token: &str) -> Result<Identity, Refusal> {
        let claims = self.authenticate(host, token).await?;
        self.admit(self.provider, claims, host.now())
    }

    /// A token's claims, if it is authentic and an access token.
    pub(crate) async fn authenticate(&self, host: &dyn Host, token: &str) -> Result<Map<String, Value>, Refusal> {
        let token = Compact::parse(token)?;
        let issuer = claims::text(&token.claims, "iss")?.unwrap_or_default();
        if issuer != self.issuer {
            return Err(Refusal::Issuer { got: shorten(issuer), expected: self.issuer.clone() });
        }
        self.keys.verify(host, &token, &self.algorithms).await?;
        self.typ.check(token.header.typ.as_deref())?;
        Ok(token.claims)
    }

    /// Authentic claims become an identity, as far as they allow.
    pub(crate) fn admit(&self, provider: &'static str, members: Map<String, Value>, now: UnixTime) -> Result<Identity, Refusal> {
        let expires_at = rule::lifetime(&members, now)?;
        let subject = claims::text(&members, "sub")?.filter(|sub| !sub.is_empty()).ok_or(Refusal::SubjectMissing)?;
        if members.contains_key("cnf") {
            return Err(Refusal::SenderConstrained);
        }
        self.dialect.admit(&members)?;
        if let Some(got) = claims::text(&members, "resource")?.filter(|got| *got != self.resource) {
            return Err(Refusal::Resource { got: shorten(got) });
        }
        let audience = self.audience.check(&members)?;
        let (mut user, permissions) = self.dialect.user(subject, &members);
        user.permissions.clone_from(&permissions);
        let identity = Identity {
            user,
            client_id: claims::client_id(&members)?,
            scopes: claims::scopes(&members)?,
            permissions,
            issuer: self.issuer.clone(),
            provider,
            audience,
            resource: self.resource.clone(),
            expires_at,
            claims: members,
        };
        self.policy.check(&identity)?;
        Ok(identity)
    }
}
