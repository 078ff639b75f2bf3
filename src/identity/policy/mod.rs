//! Who may do what: the document `LATCH_POLICY` (docs/policy.md), as data, and what it decides.
//!
//! | | asks | no means |
//! |---|---|---|
//! | 1 | is the token authentic, of the right kind, for us? (`verifier`, `steps`) | 401 |
//! | 2 | `LATCH_CLIENT_IDS`, then [`enter`]: may this caller come in? The scopes are still the token's own | 403 without a challenge |
//! | 3 | [`scopes`]: grants, then the hierarchy, widen the scopes | |
//! | 4 | `LATCH_REQUIRED_SCOPES` | 403 `insufficient_scope` |
//! | 5 | [`need`]: permissions, groups, roles and claims of a tool, prompt or resource | it does not exist |
//! | 6 | its scopes | 403 `insufficient_scope` |
//!
//! Every rule asks for something to be there, so nobody loses access by having more.

mod compare;
mod enter;
mod entrance;
mod explain;
mod need;
mod overview;
mod places;
mod read;
mod scopes;

#[cfg(test)]
mod tests;

use serde_json::Map;

use self::{compare::Compare, enter::Enter, need::Needs, places::Places, scopes::Scopes};
pub use self::{
    enter::Barred,
    explain::{Line, Verdict},
    need::Kind,
};
pub(super) use self::{entrance::Entrance, places::Found};
use super::{Access, Identity, Refusal, User};
use crate::document::Mistake;

/// What an operator decides about users, once it is known who they are.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `LATCH_REQUIRED_SCOPES`: what every request needs.
    required: Vec<String>,
    /// Where things stand in tokens.
    places: Places,
    enter: Enter,
    scopes: Scopes,
    needs: Needs,
}

impl Policy {
    /// Reads the document. On failure, its mistakes in their order.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        read::policy(text)
    }

    /// Adds the scopes that every request needs.
    #[must_use]
    pub fn with_required_scopes(self, required: Vec<String>) -> Self {
        Self { required, ..self }
    }

    /// Whether users who signed in without saying who they are may enter, as far as that alone decides.
    pub fn admits_anonymous_users(&self) -> bool {
        self.enter.admits_anonymous_users()
    }

    /// Whether the document says that something can be used without signing in. It is for whoever lets such callers in to ask.
    pub fn is_public(&self, kind: Kind, name: &str) -> bool {
        self.needs.are_public(kind, name)
    }

    /// Whether there is anything of that kind.
    pub(crate) fn has_public(&self) -> bool {
        self.needs.0.iter().any(|entry| entry.need.anonymous)
    }

    /// Whether a caller may use something, as far as the document decides. `name` is the tool's or prompt's, the resource's URI, or
    /// the text of a template up to its first `{`.
    pub(crate) fn access(&self, kind: Kind, name: &str, identity: &Identity) -> Access {
        self.needs.access(kind, name, identity)
    }

    /// All scopes that a request needs which needs these: with the required ones, without those that others include.
    pub(crate) fn full(&self, needed: &[String]) -> Vec<String> {
        self.scopes.smallest(self.required.iter().chain(needed))
    }

    /// What the document says of where things stand in this provider's tokens.
    pub(super) fn place(&self, provider: &str, claims: &Map<String, serde_json::Value>, user: &mut User) -> Found {
        self.places.apply(provider, claims, user)
    }

    /// What a token's scopes are worth, with what the user has beside them.
    pub(super) fn widen(&self, identity: &Identity) -> Vec<String> {
        self.scopes.effective(identity)
    }

    pub(super) fn enter(&self, identity: &Identity) -> Result<(), Refusal> {
        self.enter.check(self.compare(identity)).map_err(Refusal::Barred)
    }

    fn compare<'a>(&'a self, identity: &'a Identity) -> Compare<'a> {
        Compare { identity, places: &self.places }
    }

    pub(super) fn check_required(&self, identity: &Identity) -> Result<(), Refusal> {
        if self.required.iter().all(|scope| identity.scopes().contains(scope)) {
            return Ok(());
        }
        Err(Refusal::InsufficientScope { needed: self.full(&[]) })
    }
}
