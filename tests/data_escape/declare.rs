//! Declarations of all shapes, and what they allow.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

/// What may be hidden in a name of the database.
const NAMES: [&str; 24] = [
    "id",
    "title",
    "select",
    "order",
    "and",
    "or",
    "limit",
    "offset",
    "columns",
    "on_conflict",
    "Upper Case",
    "quo\"te",
    "back\\slash",
    "com,ma",
    "do.t",
    "par(en)",
    "ünïcödé",
    "a=b",
    "a&b",
    "%2f",
    "..x",
    "x::text",
    "not.and",
    "a/b",
];
const RELATIONS: [&str; 10] = ["notes", "my notes", "rpc", "a/b", "..x", "%2e%2e", "ünïcödé", "quo\"te", "t?select=*", "t#x"];
const TYPES: [&str; 16] = [
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "text",
    "uuid",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "jsonb",
    "bytea",
    "text[]",
];
const ACTIONS: [&str; 5] = ["select", "insert", "update", "upsert", "delete"];

/// A document, and its tools with what each may do.
pub(crate) struct Declared {
    pub(crate) document: Value,
    pub(crate) tools: Vec<Tool>,
}

/// What a tool may address.
#[derive(Clone, Default)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) action: &'static str,
    /// Of the database.
    pub(crate) relation: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: BTreeSet<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Column {
    /// For callers.
    pub(crate) name: String,
    /// In the database.
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) read: bool,
    pub(crate) insert: bool,
    pub(crate) update: bool,
    pub(crate) operators: Vec<String>,
}

/// The operators a type has, as the documentation lists them.
pub(crate) fn operators(kind: &str) -> Vec<&'static str> {
    let mut all = match kind {
        "jsonb" => return vec!["is_null", "contains", "contained_by"],
        "bytea" => return vec!["eq", "neq", "is_null"],
        "boolean" => return vec!["eq", "neq", "is_null"],
        array if array.ends_with("[]") => return vec!["eq", "neq", "is_null", "contains", "contained_by", "overlaps"],
        _ => vec!["eq", "neq", "in", "not_in", "is_null"],
    };
    match kind {
        "uuid" | "enum" | "smallint" | "integer" | "bigint" | "numeric" | "real" | "date" | "time" | "timestamp"
        | "timestamptz" | "interval" => all.extend(["gt", "gte", "lt", "lte"]),
        "text" => all.extend(["gt", "gte", "lt", "lte", "like", "ilike", "search"]),
        _ => {}
    }
    all
}

pub(crate) fn declaration(rng: &mut StdRng) -> Declared {
    let (mut tables, mut tools) = (Map::new(), Vec::new());
    for index in 0..rng.random_range(1..=3) {
        let name = format!("table{index}");
        let (table, mut made) = table(rng, &name);
        tables.insert(name, table);
        tools.append(&mut made);
    }
    let (function, tool) = function(rng);
    tools.push(tool);
    Declared { document: json!({ "version": 1, "tables": tables, "functions": { "f": function } }), tools }
}

fn table(rng: &mut StdRng, name: &str) -> (Value, Vec<Tool>) {
    let relation = (*RELATIONS.choose(rng).unwrap()).to_owned();
    let count = rng.random_range(2..=6);
    let sources: Vec<&str> = NAMES.sample(rng, count).copied().collect();
    // Some keys have two columns.
    let keys = if rng.random_bool(0.4) { 2 } else { 1 };
    let columns: Vec<Column> = sources.iter().enumerate().map(|(index, source)| column(rng, index, source, keys)).collect();
    let actions: Vec<&'static str> = ACTIONS.iter().copied().filter(|_| rng.random_bool(0.7)).collect();
    let actions = if actions.is_empty() { vec!["select"] } else { actions };
    let mut document = json!({
        "table": relation, "actions": actions, "key": (0..keys).map(|index| format!("c{index}")).collect::<Vec<_>>(),
        "columns": columns.iter().map(document_of).collect::<Map<String, Value>>(),
    });
    if rng.random_bool(0.3) {
        document["schema"] = json!("other schema");
    }
    let key: BTreeSet<String> = columns[..keys].iter().map(|column| column.source.clone()).collect();
    let tool = |action: &&'static str| Tool {
        name: format!("{name}_{action}"),
        action,
        relation: relation.clone(),
        columns: columns.clone(),
        key: key.clone(),
    };
    (document, actions.iter().map(tool).collect())
}

fn column(rng: &mut StdRng, index: usize, source: &str, keys: usize) -> Column {
    let is_key = index < keys;
    let kind = if is_key { ["bigint", "uuid", "text"].choose(rng).unwrap() } else { TYPES.choose(rng).unwrap() };
    let possible = operators(kind);
    let mut operators: Vec<String> =
        possible.iter().filter(|_| rng.random_bool(0.6)).map(|operator| (*operator).to_owned()).collect();
    if operators.is_empty() {
        operators.push(possible[0].to_owned());
    }
    // The second one can be changed, so that every action has something to do.
    let write = match index {
        0 => "insert",
        1 => "true",
        _ => ["true", "false", "insert", "update"].choose(rng).unwrap(),
    };
    Column {
        name: format!("c{index}"),
        source: source.to_owned(),
        kind: (*kind).to_owned(),
        read: is_key || rng.random_bool(0.8),
        insert: matches!(write, "true" | "insert"),
        update: matches!(write, "true" | "update"),
        operators,
    }
}

fn document_of(column: &Column) -> (String, Value) {
    let write = match (column.insert, column.update) {
        (true, true) => json!(true),
        (true, false) => json!("insert"),
        (false, true) => json!("update"),
        (false, false) => json!(false),
    };
    let document = json!({
        "column": column.source, "type": column.kind, "read": column.read, "write": write, "filter": column.operators,
    });
    (column.name.clone(), document)
}

fn function(rng: &mut StdRng) -> (Value, Tool) {
    let routine = (*RELATIONS.choose(rng).unwrap()).to_owned();
    let count = rng.random_range(0..=4);
    let sources: Vec<&str> = NAMES.sample(rng, count).copied().collect();
    let columns: Vec<Column> = sources.iter().enumerate().map(|(index, source)| column(rng, index, source, 1)).collect();
    let arguments: BTreeMap<&str, Value> = columns
        .iter()
        .map(|column| {
            let argument = json!({ "argument": column.source, "type": column.kind, "required": rng.random_bool(0.3) });
            (column.name.as_str(), argument)
        })
        .collect();
    let document = json!({ "function": routine, "returns": "jsonb", "arguments": arguments, "read_only": rng.random_bool(0.5) });
    (document, Tool { name: "rpc_f".to_owned(), action: "call", relation: routine, columns, key: BTreeSet::new() })
}
