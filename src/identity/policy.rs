//! Who may enter, once we know who it is. These refusals are 403: another sign-in would not help.

use super::{Identity, Refusal};

/// Who may enter.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// OAuth clients that may enter; empty means any.
    pub client_ids: Vec<String>,
    /// Scopes a token must have.
    pub required_scopes: Vec<String>,
}

impl Policy {
    pub(super) fn check(&self, identity: &Identity) -> Result<(), Refusal> {
        let listed = |client: &str| self.client_ids.iter().any(|id| id == client);
        if !self.client_ids.is_empty() && !identity.client_id().is_some_and(listed) {
            return Err(Refusal::ClientNotAllowed);
        }
        if self.required_scopes.iter().any(|scope| !identity.scopes().contains(scope)) {
            return Err(Refusal::InsufficientScope { needed: self.required_scopes.clone() });
        }
        Ok(())
    }
}
