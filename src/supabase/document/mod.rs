//! The document an operator writes → [`Declaration`], at start.
//!
//! ```text
//!          document           table, column, function, …
//!  text ──────────────► Place ──────────────────────────────► Declaration, or every Mistake
//! ```

mod access;
mod column;
mod function;
mod kind;
mod limits;
mod names;
mod table;

use super::declaration::{Declaration, Function, Table};
use crate::document::{self, Mistake, Place};

/// Most tables and views, and most functions.
const MAX_ENTRIES: usize = 100;

impl Declaration {
    /// Reads a document: JSON if it starts with `{`, else TOML. On failure, at most 20 mistakes in the order of the document
    /// and a last one that counts the rest.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        document::read(text, "docs/data.md", read)
    }
}

fn read(root: &Place<'_>) -> Option<Declaration> {
    root.only(&["version", "wrap", "limits", "tables", "views", "functions", "$schema"]);
    document::check_version(root);
    let wrap = root.member("wrap").and_then(|wrap| wrap.switch()).unwrap_or(false);
    let (limits, defaults) = limits::read(root.member("limits").as_ref());
    if !(has_few(root, &["tables", "views"], "tables and views") && has_few(root, &["functions"], "functions")) {
        return None;
    }
    let mut tables = Vec::new();
    for (section, view) in [("tables", false), ("views", true)] {
        let Some(section) = root.member(section) else { continue };
        for (name, place) in section.entries() {
            tables.extend(table::read(name, &place, view, &defaults));
            if view && root.member("tables").and_then(|tables| tables.member(name)).is_some() {
                place.mistake_here("a table has this name too", "give the view another name, and its own as `view`");
            }
        }
    }
    let functions: Vec<Function> = root
        .member("functions")
        .map(|section| section.entries().filter_map(|(name, place)| function::read(name, &place, &defaults)).collect())
        .unwrap_or_default();
    if ["tables", "views", "functions"].iter().all(|section| root.member(section).is_none_or(|place| place.is_empty())) {
        root.mistake_here("the document declares nothing", "declare a table, a view or a function");
    }
    unique_tools(root, &tables, &functions);
    Some(Declaration { limits, wrap, tables, functions })
}

fn has_few(root: &Place<'_>, sections: &[&str], what: &str) -> bool {
    let places: Vec<Place<'_>> = sections.iter().filter_map(|section| root.member(section)).filter(Place::is_table).collect();
    let total: usize = places.iter().map(|place| place.entries().count()).sum();
    if let Some(place) = places.last().filter(|_| total > MAX_ENTRIES) {
        place.mistake_here(&format!("there are {total} {what}"), &format!("declare {MAX_ENTRIES} at most"));
    }
    total <= MAX_ENTRIES
}

/// A table named `rpc` and a function named `select` would both be `rpc_select`.
fn unique_tools(root: &Place<'_>, tables: &[Table], functions: &[Function]) {
    let taken: Vec<String> = tables.iter().flat_map(|table| table.actions.iter().map(|action| tool(table, *action))).collect();
    for function in functions {
        let name = format!("rpc_{}", function.name);
        if taken.contains(&name)
            && let Some(place) = root.member("functions").and_then(|section| section.member(&function.name))
        {
            place.mistake_here(
                &format!("its tool has the name of a table's tool, {name}"),
                "rename one of the two, and give its name in the database",
            );
        }
    }
}

fn tool(table: &Table, action: super::declaration::Action) -> String {
    format!("{}_{}", table.name, kind::action_name(action))
}

#[cfg(test)]
mod tests;
