//! Which of the declared tools exist for a caller: for users of the project alone. Row-level security still has the last word about rows.

use super::declaration::Access;
use crate::{identity::Identity, mcp};

impl Access {
    pub(super) fn of(&self, identity: &Identity) -> mcp::Access {
        // What is asked for is asked with the caller's own token, and no other issuer's token is for the project.
        // Who it will be after a sign-in is not known; where users are told apart by claims, it does not exist until it is.
        if identity.is_guest() && self.claims.is_empty() {
            return mcp::Access::NeedsSignIn;
        }
        let exists = identity.provider() == "supabase" && self.claims.iter().all(|claim| claim.holds(identity));
        mcp::Access::by_scopes(identity, exists, &self.scopes)
    }
}
