//! The document an operator writes → [`Declaration`], at start.
//!
//! ```text
//!          toml, json            table, column, function, …
//!  text ──────────────► Node ──────────────────────────────► Declaration, or every Mistake
//! ```
//!
//! Both syntaxes become the same tree of [`node::Node`]s, each with its line, so that there is one reader and its messages
//! point into the text. Reading goes on after a mistake: an operator mends a document once, not once per mistake. What a
//! part with a mistake is replaced by does not matter, because no [`Declaration`] comes out then.

mod access;
mod column;
mod function;
mod json;
mod kind;
mod limits;
mod mistake;
mod names;
mod node;
mod place;
mod secrets;
mod table;
mod toml;

use std::collections::BTreeSet;

pub use mistake::Mistake;
use mistake::Mistakes;
use node::Node;
use place::Place;

use super::declaration::{Declaration, Function, Table};

/// Most bytes of a document.
const MAX_BYTES: usize = 256 * 1024;
/// Most tables and views, and most functions.
const MAX_ENTRIES: usize = 100;
/// The only version of the document there is.
const VERSION: i64 = 1;

impl Declaration {
    /// Reads a document: JSON if it starts with `{`, else TOML. On failure, at most 20 mistakes in the order of the document
    /// and a last one that counts the rest.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let root = parse(text).map_err(|mistake| vec![mistake])?;
        let mistakes = Mistakes::default();
        secrets::find(&root, &mistakes);
        let declaration = read(&Place::root(&root, &mistakes));
        let mistakes = mistakes.into_list();
        declaration.filter(|_| mistakes.is_empty()).ok_or(mistakes)
    }
}

fn parse(text: &str) -> Result<Node, Mistake> {
    if text.len() > MAX_BYTES {
        return Err(Mistake::of_document(1, "the document has more than 262144 bytes", "declare less, or shorten descriptions"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start() {
        "" => Err(Mistake::of_document(1, "the document is empty", "see docs/data.md for an example")),
        start if start.starts_with('{') => json::parse(text),
        _ => toml::parse(text),
    }
}

fn read(root: &Place<'_>) -> Option<Declaration> {
    root.only(&["version", "wrap", "limits", "tables", "views", "functions", "$schema"]);
    if let Some(version) = root.needed("version", "write version = 1")
        && version.whole() != Some(VERSION)
    {
        version.mistake("is no version of this document", "write version = 1");
    }
    if let Some(schema) = root.member("$schema") {
        schema.text();
    }
    let wrap = root.member("wrap").and_then(|wrap| wrap.switch()).unwrap_or(false);
    let (limits, defaults) = limits::read(root.member("limits").as_ref());
    let mut tables = Vec::new();
    for (section, view) in [("tables", false), ("views", true)] {
        let Some(section) = root.member(section) else { continue };
        for (name, place) in section.entries() {
            tables.extend(table::read(name, &place, view, &defaults));
            if view && root.member("tables").and_then(|tables| tables.member(name)).is_some() {
                place.mistake("has the name of a table", "give the view another name, and its own as `view`");
            }
        }
    }
    let functions: Vec<Function> = root
        .member("functions")
        .map(|section| section.entries().filter_map(|(name, place)| function::read(name, &place, &defaults)).collect())
        .unwrap_or_default();
    count(root, &["tables", "views"], "tables and views");
    count(root, &["functions"], "functions");
    if ["tables", "views", "functions"].iter().all(|section| root.member(section).is_none_or(|place| place.is_empty())) {
        root.mistake_here("the document declares nothing", "declare a table, a view or a function");
    }
    unique_tools(root, &tables, &functions);
    Some(Declaration { limits, wrap, tables, functions })
}

fn count(root: &Place<'_>, sections: &[&str], what: &str) {
    let places: Vec<Place<'_>> = sections.iter().filter_map(|section| root.member(section)).collect();
    let total: usize = places.iter().map(|place| place.entries().count()).sum();
    if let Some(place) = places.last().filter(|_| total > MAX_ENTRIES) {
        place.mistake_here(&format!("declares {total} {what}"), &format!("declare {MAX_ENTRIES} at most"));
    }
}

/// A table named `rpc` and a function named `select` would both be `rpc_select`.
fn unique_tools(root: &Place<'_>, tables: &[Table], functions: &[Function]) {
    let taken: BTreeSet<String> =
        tables.iter().flat_map(|table| table.actions.iter().map(|action| tool(table, *action))).collect();
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
