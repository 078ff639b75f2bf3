//! Which of the declared tools exist for a caller. Row-level security still has the last word about rows.

use serde_json::Value;

use super::declaration::{Access, Claim};
use crate::{identity::Identity, mcp};

impl Access {
    /// Claims first: for somebody who may never use it, asking for scopes would be no help.
    pub(super) fn of(&self, identity: &Identity) -> mcp::Access {
        if !self.claims.iter().all(|claim| claim.holds(identity)) {
            mcp::Access::Hidden
        } else if self.scopes.iter().all(|scope| identity.scopes().contains(scope)) {
            mcp::Access::Granted
        } else {
            mcp::Access::NeedsScopes(self.scopes.clone())
        }
    }
}

impl Claim {
    /// Whether the caller's token has the claim, with one of its values.
    pub(crate) fn holds(&self, identity: &Identity) -> bool {
        let mut names = self.path.iter();
        let first = names.next().and_then(|name| identity.claims().get(name));
        match first.and_then(|claim| names.try_fold(claim, |claim, name| claim.get(name))) {
            None | Some(Value::Null) => false,
            Some(Value::Array(values)) => values.iter().any(|value| self.any_of.contains(value)),
            Some(value) => self.any_of.contains(value),
        }
    }
}
