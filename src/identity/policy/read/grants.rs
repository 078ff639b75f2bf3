//! The section `grants`: which scopes users have beside those of their tokens.

use super::{MAX_ENTRIES, known_providers};
use crate::{
    document::{Place, names::suggestion},
    identity::policy::scopes::{Grant, To},
};

/// Grants for all, and in tables with the name of a provider those for its users.
pub(super) fn read(section: &Place<'_>) -> Vec<Grant> {
    let known = known_providers();
    let mut all = Vec::new();
    for (name, place) in section.entries() {
        if !place.is_table() {
            all.extend(grant(name, &place, None));
            continue;
        }
        let count = place.entries().count();
        if !known.contains(&name) {
            place.mistake_here("there is no such provider", &suggestion(name, &known));
        } else if count > MAX_ENTRIES {
            place.mistake_here(&format!("has {count} entries"), &format!("write {MAX_ENTRIES} at most"));
        } else {
            all.extend(place.entries().filter_map(|(key, place)| grant(key, &place, Some(name))));
        }
    }
    all
}

fn grant(name: &str, place: &Place<'_>, provider: Option<&str>) -> Option<Grant> {
    let found = name.split_once(':').filter(|(_, name)| !name.is_empty());
    let to = found.and_then(|(to, name)| Some((To::ALL.into_iter().find(|(known, _)| *known == to)?.1, name)));
    let Some((to, name)) = to else {
        let fix = "write \"group:<name>\", \"role:<name>\" or \"permission:<name>\"";
        place.mistake_here("does not say whom the scopes are granted to", fix);
        return None;
    };
    Some(Grant { provider: provider.map(str::to_owned), to, name: name.to_owned(), scopes: super::scopes(place) })
}
