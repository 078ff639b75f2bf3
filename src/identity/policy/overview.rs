//! A policy at a glance, for who starts the endpoint.

use super::{Kind, Policy};

impl Policy {
    /// How many rules and entries there are; nothing without any.
    pub fn summary(&self) -> Option<String> {
        let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
        let (rules, entries) = (self.enter.0.len(), self.needs.0.len());
        (rules + entries > 0)
            .then(|| format!("{} to enter, {}", count(rules, "rule", "rules"), count(entries, "entry", "entries")))
    }

    /// The entries about tools and prompts that match none of these names: a misspelt one protects nothing. Which resources there are
    /// is known to their families alone.
    pub(crate) fn matching_nothing<'a>(&self, kind: Kind, names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        let entries = self.needs.0.iter().filter(|entry| entry.kind == kind);
        let unused = entries.filter(|entry| {
            let fits = |name: &str| match entry.pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == entry.pattern,
            };
            !names.clone().any(fits)
        });
        unused.map(|entry| format!("{}.{:?}", kind.section(), entry.pattern)).collect()
    }
}
