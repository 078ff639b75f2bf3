//! The draft: TOML with comments. Whatever the document says stands in it as quoted text or in a comment of one line.

use std::fmt::Write as _;

use super::super::http::shown;
use super::document::{Definition, Document, Operation, Path};
use super::kind;
use super::names::{Names, is_declarable};

/// Tables and views, and functions.
const MAX_TABLES: usize = 100;
/// Columns of a table.
const MAX_COLUMNS: usize = 200;
/// Characters of a description.
const MAX_DESCRIPTION: usize = 1000;

const HEAD: &str = "\
# A first draft, made from the database's own description of itself. Before it serves anybody:
#   - delete every table and column that no user needs from an agent;
#   - make sure row-level security is on for each table that stays: it is what keeps users' rows apart;
#   - write descriptions: an agent knows nothing else;
#   - add actions where users should write: \"insert\", \"update\", \"upsert\", \"delete\".
version = 1
";

pub(super) fn draft(document: &Document, schema: &str) -> String {
    let mut text = HEAD.to_owned();
    let mut names = Names::of_tools();
    for (index, (source, definition)) in document.definitions.0.iter().enumerate() {
        let path = document.paths.get(&format!("/{source}"));
        text.push('\n');
        if index >= MAX_TABLES {
            let _ = writeln!(text, "# {}: left out; a declaration has at most {MAX_TABLES} tables and views.", shown(source));
        } else if !is_declarable(source) {
            let _ = writeln!(text, "# {}: left out; its name cannot be declared.", shown(source));
        } else {
            text += &table(source, &names.give(source), definition, path, schema);
        }
    }
    let known = document.get_means_read_only();
    let functions: Vec<_> = document.functions().filter(|(source, ..)| is_declarable(source)).take(MAX_TABLES).collect();
    if !functions.is_empty() {
        text += "\n# Functions are left out until you take the # away: the document does not say what they return";
        text += if known { ".\n" } else { ", nor which of them\n# change nothing.\n" };
    }
    let mut names = Names::of_tools();
    for (source, path, operation) in functions {
        let block = function(source, &names.give(source), path, operation, known, schema);
        text.push_str("#\n");
        text.extend(block.lines().map(|line| format!("# {line}\n")));
    }
    text
}

fn table(source: &str, name: &str, definition: &Definition, path: Option<&Path>, schema: &str) -> String {
    let offered = |path: &Path| [path.post.is_some(), path.patch.is_some(), path.delete.is_some()];
    let [insert, update, delete] = path.map(offered).unwrap_or([true; 3]);
    // A view that can be written to looks like a table; it may be called one.
    let section = if insert || update || delete { "tables" } else { "views" };
    let (columns, exposed) = columns(definition);
    let pairs = &definition.properties.0;
    let is_key = |description: &Option<String>| description.as_deref().is_some_and(|text| text.contains("<pk/>"));
    let name_of = |source: &str| exposed.iter().find(|(from, _)| *from == source).map(|(_, name)| quoted(name));
    let key = pairs.iter().filter(|(_, column)| is_key(&column.description));
    let key: Option<Vec<String>> = key.map(|(source, column)| name_of(source).filter(|_| kind::is_ordered(column))).collect();

    let mut text = format!("# {}: {} columns.", shown(source), pairs.len());
    let writes: Vec<&str> = [(insert, "insert"), (update, "update"), (delete, "delete")]
        .iter()
        .filter(|(yes, _)| *yes)
        .map(|(_, name)| *name)
        .collect();
    let _ = match writes.as_slice() {
        [] => writeln!(text, " Read-only: a view."),
        writes => writeln!(text, " Review: row-level security, columns. The API also offers: {}.", writes.join(", ")),
    };
    let mut block = format!("[{section}.{name}]\n");
    if name != source {
        let member = if section == "tables" { "table" } else { "view" };
        let _ = writeln!(block, "{member} = {}", quoted(source));
    }
    if schema != "public" {
        let _ = writeln!(block, "schema = {}", quoted(schema));
    }
    block += &match description(definition.description.as_deref()) {
        Some(description) => format!("description = {}\n", quoted(&description)),
        None => "# description = \"What a row is, in a user's words.\"\n".to_owned(),
    };
    block += "actions = [\"select\"]\n";
    match key.as_deref() {
        Some([]) | None => block += "# It has no key that can be declared: no update, upsert or delete, and pages by offset.\n",
        Some([one]) => {
            let _ = writeln!(block, "key = {one}");
        }
        Some(several) => {
            let _ = writeln!(block, "key = [{}]", several.join(", "));
        }
    }
    let _ = write!(block, "[{section}.{name}.columns]\n{columns}");
    if exposed.is_empty() {
        text += "# Left out: none of its columns can be declared.\n";
        block = block.lines().map(|line| format!("# {line}\n")).collect();
    }
    text + &block
}

/// The lines of the columns, and those that can be declared: database name and exposed name.
fn columns(definition: &Definition) -> (String, Vec<(&str, String)>) {
    let mut text = String::new();
    let mut names = Names::of_members();
    let mut exposed = Vec::new();
    for (source, column) in &definition.properties.0 {
        let Some(mut members) = kind::members(column).filter(|_| is_declarable(source)) else {
            let _ = writeln!(text, "# {} is of type {}, which cannot be declared.", shown(source), shown(&column.format));
            continue;
        };
        if exposed.len() >= MAX_COLUMNS {
            let _ = writeln!(text, "# {}: left out; a table has at most {MAX_COLUMNS} columns.", shown(source));
            continue;
        }
        let name = names.give(source);
        if name != *source {
            members.push(format!("column = {}", quoted(source)));
        }
        let is_key = column.description.as_deref().is_some_and(|text| text.contains("<pk/>"));
        if definition.required.contains(source) && !is_key {
            members.push("nullable = false".to_owned());
        }
        members.extend(description(column.description.as_deref()).map(|text| format!("description = {}", quoted(&text))));
        let _ = writeln!(text, "{} = {}", key(&name), value(&members));
        exposed.push((source.as_str(), name));
    }
    (text, exposed)
}

/// A function's declaration, to be commented out.
pub(super) fn function(source: &str, name: &str, path: &Path, operation: &Operation, known: bool, schema: &str) -> String {
    let mut text = format!("[functions.{name}]\n");
    if name != source {
        let _ = writeln!(text, "function = {}", quoted(source));
    }
    if schema != "public" {
        let _ = writeln!(text, "schema = {}", quoted(schema));
    }
    if let Some(description) = description(operation.summary.as_deref()) {
        let _ = writeln!(text, "description = {}", quoted(&description));
    }
    if known && path.get.is_some() {
        text += "read_only = true\n";
    }
    text += "returns = \"void\" # or a type, or { columns = { … } } for rows\n";
    let Some(arguments) = operation.arguments().filter(|arguments| !arguments.properties.0.is_empty()) else { return text };
    let _ = writeln!(text, "[functions.{name}.arguments]");
    let mut names = Names::of_members();
    for (source, argument) in &arguments.properties.0 {
        let Some(mut members) = kind::members(argument).filter(|_| is_declarable(source)) else {
            let _ = writeln!(text, "# {} is of type {}, which cannot be declared.", shown(source), shown(&argument.format));
            continue;
        };
        let name = names.give(source);
        if name != *source {
            members.push(format!("argument = {}", quoted(source)));
        }
        if !arguments.required.contains(source) {
            members.push("required = false".to_owned());
        }
        let _ = writeln!(text, "{} = {}", key(&name), value(&members));
    }
    text
}

/// The author's words, without what PostgREST adds about keys.
fn description(text: Option<&str>) -> Option<String> {
    let text = text?;
    let own = text.split_once("Note:\n").map_or(text, |(own, _)| own);
    let words: Vec<&str> = own.split_whitespace().collect();
    let text: String = words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_DESCRIPTION).collect();
    (!text.is_empty()).then_some(text)
}

/// A type alone is written alone.
fn value(members: &[String]) -> String {
    match members {
        [only] if only.starts_with("type = ") => only.trim_start_matches("type = ").to_owned(),
        members => format!("{{ {} }}", members.join(", ")),
    }
}

fn key(name: &str) -> String {
    if name.contains('.') { quoted(name) } else { name.to_owned() }
}

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
