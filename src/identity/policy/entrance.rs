//! What every caller must pass on the way in.

use std::sync::Arc;

use super::Policy;
use crate::identity::{Identity, Refusal};

/// Who may enter with tokens of one issuer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entrance {
    /// `LATCH_CLIENT_IDS`: OAuth clients that may enter; empty means any.
    pub(crate) client_ids: Vec<String>,
    /// What holds for all issuers.
    pub(crate) policy: Arc<Policy>,
}

impl Entrance {
    pub(crate) fn check_client(&self, identity: &Identity) -> Result<(), Refusal> {
        let listed = |client: &str| self.client_ids.iter().any(|id| id == client);
        if !self.client_ids.is_empty() && !identity.client_id().is_some_and(listed) {
            return Err(Refusal::ClientNotAllowed);
        }
        Ok(())
    }
}
