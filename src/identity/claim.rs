//! Asking for a claim.

use serde_json::Value;

use super::Identity;

/// A claim and its acceptable values.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Member names from the outside in, such as `app_metadata`, `plan`.
    pub(crate) path: Vec<String>,
    /// The claim is, or (an array) contains, one of these.
    pub(crate) any_of: Vec<Value>,
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
