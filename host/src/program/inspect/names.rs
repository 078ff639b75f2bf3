//! Names for tools: those of the database where they are allowed, others made from them.

use std::collections::BTreeSet;

/// Names given so far, in one namespace.
pub(super) struct Names {
    taken: BTreeSet<String>,
    longest: usize,
    dot: bool,
}

impl Names {
    /// Of tables, views and functions: they are parts of tool names.
    pub(super) fn of_tools() -> Self {
        Self { taken: BTreeSet::new(), longest: 48, dot: false }
    }

    /// Of columns or arguments.
    pub(super) fn of_members() -> Self {
        Self { taken: BTreeSet::new(), longest: 64, dot: true }
    }

    /// A name for `source` that nobody else has.
    pub(super) fn give(&mut self, source: &str) -> String {
        let mut name = String::new();
        for c in source.chars() {
            // At the start of a column's name a minus would mean "descending".
            let leading = self.dot && c == '-' && name.is_empty();
            let allowed = c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (self.dot && c == '.');
            let allowed = allowed && !leading;
            if allowed {
                name.push(c);
            } else if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
        if name.len() != source.len() {
            name.truncate(name.trim_end_matches('_').len());
        }
        name.truncate(self.longest);
        if name.is_empty() {
            name.push_str("unnamed");
        }
        let mut unique = name.clone();
        let mut number = 2;
        while !self.taken.insert(unique.clone()) {
            let suffix = format!("_{number}");
            unique = format!("{}{suffix}", name.get(..name.len().min(self.longest - suffix.len())).unwrap_or_default());
            number += 1;
        }
        unique
    }
}

/// Whether a declaration may carry a database name, by the rules of `document/names.rs`.
pub(super) fn is_declarable(name: &str) -> bool {
    (1..=63).contains(&name.len()) && !name.chars().any(char::is_control) && !matches!(name, "." | ".." | "*")
}
