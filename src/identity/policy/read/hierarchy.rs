//! The section `scopes`: which scopes include which.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Place, access};

/// Most inclusions, direct and through others.
const MAX_INCLUSIONS: usize = 10_000;

/// Everything each scope includes. A scope that includes itself, through others too, is a mistake.
pub(super) fn read(section: &Place<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut direct: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, place) in section.entries() {
        if !access::is_scope(name) {
            place.mistake_here("the name is not a scope", access::NO_SCOPE);
        }
        direct.insert(name, super::scopes(&place));
    }
    let mut all = BTreeMap::new();
    let mut inclusions = 0;
    for (name, place) in section.entries() {
        let below = below(name, &direct);
        inclusions += below.len();
        if inclusions > MAX_INCLUSIONS {
            place.mistake_here("the hierarchy is too large", "let scopes include less than 10000 others altogether");
            return BTreeMap::new();
        }
        if below.contains(name) {
            place.mistake_here("includes itself in the end", "remove one of the inclusions that lead back");
        }
        all.insert(name.to_owned(), below);
    }
    all
}

/// What is reached from a scope.
fn below(name: &str, direct: &BTreeMap<&str, Vec<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name];
    while let Some(scope) = open.pop() {
        for included in direct.get(scope).into_iter().flatten() {
            if reached.insert(included.clone()) {
                open.push(included);
            }
        }
    }
    reached
}
