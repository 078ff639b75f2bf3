//! How sure an issuer is of who signed in.

use serde_json::Value;

/// Authenticator assurance level (NIST SP 800-63B): how many factors a user signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aal {
    /// One factor.
    Aal1,
    /// Two.
    Aal2,
    /// Two, one of them hardware.
    Aal3,
}

impl Aal {
    /// Every level, by the value of Supabase's claim `aal`.
    pub(crate) const ALL: [(&str, Self); 3] = [("aal1", Self::Aal1), ("aal2", Self::Aal2), ("aal3", Self::Aal3)];

    /// Its name, such as `aal2`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, level)| level)
    }

    /// The same as text.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Aal3 => "aal3",
        }
    }

    /// A claim's value. What is no known level is no level.
    pub(super) fn of(claim: Option<&Value>) -> Option<Self> {
        claim.and_then(Value::as_str).and_then(Self::parse)
    }
}
