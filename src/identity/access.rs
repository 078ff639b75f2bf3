//! Whether a caller may use something.

use super::{Identity, Refusal};

/// Whether a caller may use something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// After a sign-in with these scopes. It is listed: a client that calls it learns what to ask for.
    NeedsScopes(Vec<String>),
    /// After any sign-in: the caller has no token.
    NeedsSignIn,
    /// No, and for this caller it does not exist.
    Hidden,
}

impl Access {
    /// What scopes decide about something that `exists` for the caller. Existence comes first: for somebody who may never use
    /// it, asking for scopes would be no help.
    pub(crate) fn by_scopes(identity: &Identity, exists: bool, scopes: &[String]) -> Self {
        if !exists {
            Self::Hidden
        } else if scopes.iter().all(|scope| identity.scopes().contains(scope)) {
            Self::Granted
        } else {
            Self::NeedsScopes(scopes.to_vec())
        }
    }

    /// What two rules decide together: what one of them hides is hidden, and the scopes of both are needed.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Hidden, _) | (_, Self::Hidden) => Self::Hidden,
            (Self::NeedsSignIn, _) | (_, Self::NeedsSignIn) => Self::NeedsSignIn,
            (Self::Granted, access) | (access, Self::Granted) => access,
            (Self::NeedsScopes(mut scopes), Self::NeedsScopes(more)) => {
                for scope in more {
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
                Self::NeedsScopes(scopes)
            }
        }
    }

    /// Lets the caller in, or says which scopes are lacking, or what is `missing`.
    pub(crate) fn admit<E: From<Refusal>>(self, missing: impl FnOnce() -> E) -> Result<(), E> {
        match self {
            Self::Granted => Ok(()),
            Self::NeedsScopes(needed) => Err(Refusal::InsufficientScope { needed }.into()),
            Self::NeedsSignIn => Err(Refusal::NoToken.into()),
            Self::Hidden => Err(missing()),
        }
    }
}
