//! The sections `scopes` and `grants`: what a scope includes, and what users have beside the scopes of their tokens.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::Identity;

/// Hierarchy and grants.
#[derive(Debug, Clone, Default)]
pub(super) struct Scopes {
    /// All that a scope includes, directly or through others; never itself.
    pub(super) includes: BTreeMap<String, BTreeSet<String>>,
    pub(super) grants: Vec<Grant>,
}

/// Scopes for whoever is in a group, or has a role or a permission.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    /// In the tokens of this provider; `None`: of all.
    pub(super) provider: Option<String>,
    pub(super) to: To,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
}

/// What a grant depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Group,
    Role,
    Permission,
}

impl To {
    pub(super) const ALL: [(&str, Self); 3] = [("group", Self::Group), ("role", Self::Role), ("permission", Self::Permission)];
}

impl Grant {
    fn is_for(&self, identity: &Identity) -> bool {
        let has = match self.to {
            To::Group => identity.groups(),
            To::Role => identity.roles(),
            To::Permission => identity.permissions(),
        };
        self.provider.as_deref().is_none_or(|provider| provider == identity.provider()) && has.contains(&self.name)
    }
}

impl Scopes {
    /// The token's scopes in their order, then those of grants, then what all of these include; each once.
    pub(super) fn effective(&self, identity: &Identity) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let granted = self.grants.iter().filter(|grant| grant.is_for(identity)).flat_map(|grant| &grant.scopes);
        for scope in identity.scopes().iter().chain(granted) {
            add(&mut all, scope);
        }
        let mut included = BTreeSet::new();
        for scope in &all {
            included.extend(self.includes.get(scope).into_iter().flatten());
        }
        for scope in included {
            add(&mut all, scope);
        }
        all
    }

    /// Scopes in their order, each once, without those that another one of them includes.
    pub(super) fn smallest<'a>(&self, scopes: impl Iterator<Item = &'a String>) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        scopes.for_each(|scope| add(&mut all, scope));
        let is_included =
            |scope: &String| all.iter().any(|other| self.includes.get(other).is_some_and(|below| below.contains(scope)));
        let tops: Vec<bool> = all.iter().map(|scope| !is_included(scope)).collect();
        let mut tops = tops.into_iter();
        all.retain(|_| tops.next().unwrap_or(true));
        all
    }
}

fn add(all: &mut Vec<String>, scope: &String) {
    if !all.contains(scope) {
        all.push(scope.clone());
    }
}
