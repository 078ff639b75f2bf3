//! Which of the declared tools exist for a caller. Row-level security still has the last word about rows.

use super::declaration::Access;
use crate::{identity::Identity, mcp};

impl Access {
    pub(super) fn of(&self, identity: &Identity) -> mcp::Access {
        let exists = self.claims.iter().all(|claim| claim.holds(identity));
        mcp::Access::by_scopes(identity, exists, &self.scopes)
    }
}
