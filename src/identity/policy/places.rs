//! The section `claims`: where things stand in tokens, if not where the provider usually has them.

use serde_json::{Map, Value};

use crate::identity::{Aal, User, claim};

/// Where things stand, in the order in which they are looked at: a provider's own places come first.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(pub(super) Vec<Place>);

/// One place.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// In the tokens of this provider; `None`: of all.
    pub(super) provider: Option<String>,
    pub(super) what: What,
    /// Member names from the outside in.
    pub(super) path: Vec<String>,
}

/// What stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Roles,
    Groups,
    Permissions,
    Scopes,
    Organization,
    Tenant,
    Aal,
}

impl What {
    pub(super) const ALL: [(&str, Self); 7] = [
        ("roles", Self::Roles),
        ("groups", Self::Groups),
        ("permissions", Self::Permissions),
        ("scopes", Self::Scopes),
        ("organization", Self::Organization),
        ("tenant", Self::Tenant),
        ("aal", Self::Aal),
    ];
}

/// What was found that is no part of a user. `None`: no place is named, the provider's own holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) aal: Option<Option<Aal>>,
    /// The groups are not where the provider has them, so what it says of those it left out is not about them.
    pub(crate) groups: bool,
}

impl Places {
    /// Replaces what the provider says by what stands in the places that are named. What is not there, or neither text nor a list of
    /// texts, is nothing.
    pub(super) fn apply(&self, provider: &str, claims: &Map<String, Value>, user: &mut User) -> Found {
        let mut found = Found::default();
        for (_, what) in What::ALL {
            let Some(claim) = self.find(provider, what).map(|place| claim::find(&place.path, claims)) else { continue };
            match what {
                What::Roles => user.roles = texts(claim),
                What::Groups => {
                    user.groups = texts(claim);
                    found.groups = true;
                }
                What::Permissions => user.permissions = texts(claim),
                What::Scopes => found.scopes = Some(words(claim)),
                What::Organization => user.organization_id = text(claim),
                What::Tenant => user.tenant_id = text(claim),
                What::Aal => found.aal = Some(Aal::of(claim)),
            }
        }
        found
    }

    pub(super) fn find(&self, provider: &str, what: What) -> Option<&Place> {
        let places = || self.0.iter().filter(|place| place.what == what);
        let own = places().find(|place| place.provider.as_deref() == Some(provider));
        own.or_else(|| places().find(|place| place.provider.is_none()))
    }
}

fn text(claim: Option<&Value>) -> Option<String> {
    claim.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::Array(items)) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.unwrap_or_default()
        }
        claim => text(claim).into_iter().collect(),
    }
}

fn words(claim: Option<&Value>) -> Vec<String> {
    let texts = texts(claim);
    texts.iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
