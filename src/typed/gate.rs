//! Who may use a tool, a prompt or a resource, beyond being signed in.

use serde_json::Value;

use crate::{
    identity::{Claim, Identity},
    mcp::{Access, ReadError},
};

type Condition = Box<dyn Fn(&Identity) -> bool + Send + Sync>;

/// All of it must hold.
#[derive(Default)]
pub(super) struct Gate {
    scopes: Vec<String>,
    conditions: Vec<Condition>,
}

impl Gate {
    pub(super) fn scopes<S: Into<String>>(&mut self, scopes: impl IntoIterator<Item = S>) {
        self.scopes.extend(scopes.into_iter().map(Into::into));
    }

    pub(super) fn claim<V: Into<Value>>(&mut self, path: &str, any_of: impl IntoIterator<Item = V>) {
        let path = path.split('.').map(str::to_owned).collect();
        let claim = Claim { path, any_of: any_of.into_iter().map(Into::into).collect() };
        self.when(move |identity| claim.holds(identity));
    }

    pub(super) fn when(&mut self, condition: impl Fn(&Identity) -> bool + Send + Sync + 'static) {
        self.conditions.push(Box::new(condition));
    }

    pub(super) fn access(&self, identity: &Identity) -> Access {
        Access::by_scopes(identity, self.conditions.iter().all(|holds| holds(identity)), &self.scopes)
    }

    /// Lets a reader in.
    pub(super) fn admit(&self, identity: &Identity) -> Result<(), ReadError> {
        self.access(identity).admit(|| ReadError::NotFound)
    }
}

/// The methods of a builder that say who may use what it builds.
macro_rules! gated {
    ($what:literal) => {
        #[doc = concat!("Needs all of these scopes. A caller without them sees the ", $what, " and, on using it, learns what to sign in for.")]
        #[must_use]
        pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
            self.gate.scopes(scopes);
            self
        }

        #[doc = concat!("Needs a claim of the token: `path` such as `app_metadata.plan`, and the values of which it must be or contain one. For other callers the ", $what, " does not exist.")]
        #[must_use]
        pub fn claim<V: Into<serde_json::Value>>(mut self, path: &str, any_of: impl IntoIterator<Item = V>) -> Self {
            self.gate.claim(path, any_of);
            self
        }

        #[doc = concat!("Is there only for callers of whom this holds; for others the ", $what, " does not exist.")]
        #[must_use]
        pub fn when(mut self, holds: impl Fn(&crate::identity::Identity) -> bool + Send + Sync + 'static) -> Self {
            self.gate.when(holds);
            self
        }
    };
}
pub(super) use gated;
