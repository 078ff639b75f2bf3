//! Which tools and prompts a caller sees in lists.

use super::Access;

/// Which tools and prompts a caller sees in lists. What may be called is decided apart, by [`Access`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Listing {
    /// What the caller may use, and what a sign-in with more scopes would open: a client that calls it learns what to ask for.
    #[default]
    Reachable,
    /// What the caller may use now.
    Granted,
    /// Everything, to everybody who is signed in.
    Everything,
}

impl Listing {
    pub(super) fn shows(self, access: &Access) -> bool {
        match (self, access) {
            (Self::Everything, _) | (_, Access::Granted) | (Self::Reachable, Access::NeedsScopes(_) | Access::NeedsSignIn) => {
                true
            }
            (Self::Granted, Access::NeedsScopes(_) | Access::NeedsSignIn) | (_, Access::Hidden) => false,
        }
    }
}
