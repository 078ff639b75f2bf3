//! Asking for a claim.

use serde_json::{Map, Value};

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
        match find(&self.path, identity.claims()) {
            None | Some(Value::Null) => false,
            Some(Value::Array(values)) => values.iter().any(|value| self.any_of.contains(value)),
            Some(value) => self.any_of.contains(value),
        }
    }
}

/// What stands at a path: member names from the outside in.
pub(super) fn find<'a>(path: &[String], claims: &'a Map<String, Value>) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(claims.get(first)?, |claim, name| claim.get(name))
}
