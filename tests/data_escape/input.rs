//! What a model, or somebody who speaks through it, may send: from what is nearly right to what is not even the right shape.

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use super::declare::{self, Column, Declared, Tool};

/// Strings that mean something to somebody on the way.
pub(crate) const NASTY: [&str; 26] = [
    "),or=(",
    "..",
    "%2f",
    "../../rpc/f",
    "a\nb",
    "a\r\nX-Evil: 1",
    "a\u{0}b",
    "\"",
    "\\",
    "\\\"",
    "\",\"id\".neq.\"0",
    "),and(id.gt.0",
    "*",
    "%",
    "null",
    "not.is.null",
    "&select=*",
    "?select=*",
    "#",
    "eq.1",
    "{a,b}",
    "{\"a\"",
    "ünïcödé\u{202e}",
    "'; drop table notes; --",
    "=",
    "",
];

/// A call of one of the tools.
pub(crate) fn call<'a>(rng: &mut StdRng, declared: &'a Declared) -> (&'a Tool, Value) {
    let tool = declared.tools.choose(rng).unwrap();
    let arguments = match rng.random_range(0..10) {
        // Not even the right shape, but an object, as MCP demands.
        0 => json!({ (key(rng)): anything(rng, 3), (key(rng)): anything(rng, 3) }),
        _ => plausible(rng, tool),
    };
    (tool, arguments)
}

fn plausible(rng: &mut StdRng, tool: &Tool) -> Value {
    let mut members = Map::new();
    match tool.action {
        "call" => members = object(rng, tool, |_| true),
        "select" => {
            maybe(rng, &mut members, 0.6, "where", |rng| filter(rng, tool));
            maybe(rng, &mut members, 0.3, "any_of", |rng| any_of(rng, tool));
            maybe(rng, &mut members, 0.4, "columns", |rng| names(rng, tool));
            maybe(rng, &mut members, 0.4, "order", |rng| order(rng, tool));
            maybe(rng, &mut members, 0.3, "limit", |rng| json!(rng.random_range(-1..60)));
            maybe(rng, &mut members, 0.1, "cursor", anything_flat);
            maybe(rng, &mut members, 0.2, "count", |rng| json!(["exact", "planned", "estimated", "none"].choose(rng).unwrap()));
        }
        "insert" | "upsert" => {
            maybe(rng, &mut members, 0.98, "rows", |rng| rows(rng, tool));
            maybe(rng, &mut members, 0.3, "returning", |rng| names(rng, tool));
        }
        _ => {
            maybe(rng, &mut members, 0.95, "where", |rng| filter(rng, tool));
            maybe(rng, &mut members, 0.2, "any_of", |rng| any_of(rng, tool));
            maybe(rng, &mut members, 0.2, "max_affected", |rng| json!(rng.random_range(0..25)));
            maybe(rng, &mut members, 0.2, "returning", |rng| names(rng, tool));
            if tool.action == "update" {
                maybe(rng, &mut members, 0.95, "set", |rng| Value::Object(object(rng, tool, |column| column.update)));
            }
        }
    }
    if rng.random_bool(0.05) {
        members.insert(key(rng), anything(rng, 2));
    }
    Value::Object(members)
}

fn maybe(rng: &mut StdRng, members: &mut Map<String, Value>, chance: f64, name: &str, value: impl FnOnce(&mut StdRng) -> Value) {
    if rng.random_bool(chance) {
        let value = if rng.random_bool(0.03) { anything(rng, 3) } else { value(rng) };
        members.insert(name.to_owned(), value);
    }
}

fn filter(rng: &mut StdRng, tool: &Tool) -> Value {
    let mut conditions = Map::new();
    for _ in 0..rng.random_range(1..=2) {
        let column = tool.columns.choose(rng).unwrap();
        let mut operators = Map::new();
        let all = declare::operators(&column.kind);
        // Mostly an allowed operator, sometimes another one.
        let operator = if rng.random_bool(0.93) { column.operators.choose(rng).unwrap() } else { *all.choose(rng).unwrap() };
        let operand = match operator {
            "in" | "not_in" => json!([value(rng, &column.kind), value(rng, &column.kind)]),
            "is_null" => json!(rng.random_bool(0.5)),
            _ => value(rng, &column.kind),
        };
        operators.insert(operator.to_owned(), operand);
        conditions.insert(name(rng, column), Value::Object(operators));
    }
    Value::Object(conditions)
}

fn any_of(rng: &mut StdRng, tool: &Tool) -> Value {
    json!((0..rng.random_range(1..=3)).map(|_| filter(rng, tool)).collect::<Vec<_>>())
}

fn names(rng: &mut StdRng, tool: &Tool) -> Value {
    let readable: Vec<&Column> = tool.columns.iter().filter(|column| column.read || rng.random_bool(0.05)).collect();
    let wanted: Vec<&Column> = (0..rng.random_range(1..=2)).map(|_| *readable.choose(rng).unwrap()).collect();
    json!(wanted.into_iter().map(|column| name(rng, column)).collect::<Vec<_>>())
}

fn order(rng: &mut StdRng, tool: &Tool) -> Value {
    let column = tool.columns.choose(rng).unwrap();
    json!([format!("{}{}", if rng.random_bool(0.5) { "-" } else { "" }, name(rng, column))])
}

fn rows(rng: &mut StdRng, tool: &Tool) -> Value {
    let row = |rng: &mut StdRng| {
        let mut row = object(rng, tool, |column| column.insert);
        if rng.random_bool(0.8) {
            let key = &tool.columns[0];
            row.insert(key.name.clone(), value(rng, &key.kind));
        }
        row
    };
    let first = row(rng);
    let mut rows = vec![Value::Object(first.clone())];
    while rng.random_bool(0.3) {
        rows.push(Value::Object(if rng.random_bool(0.5) { first.clone() } else { row(rng) }));
    }
    json!(rows)
}

/// Mostly allowed columns with mostly fitting values.
fn object(rng: &mut StdRng, tool: &Tool, allowed: impl Fn(&Column) -> bool) -> Map<String, Value> {
    let mut members = Map::new();
    for column in &tool.columns {
        if rng.random_bool(if allowed(column) { 0.7 } else { 0.02 }) {
            members.insert(name(rng, column), value(rng, &column.kind));
        }
    }
    members
}

/// The caller's name of a column; sometimes the database's, or something else.
fn name(rng: &mut StdRng, column: &Column) -> String {
    match rng.random_range(0..50) {
        0 => column.source.clone(),
        1 => (*NASTY.choose(rng).unwrap()).to_owned(),
        _ => column.name.clone(),
    }
}

fn value(rng: &mut StdRng, kind: &str) -> Value {
    if rng.random_bool(0.06) {
        return anything(rng, 2);
    }
    match kind {
        "boolean" => json!(rng.random_bool(0.5)),
        "smallint" | "integer" | "bigint" => json!(rng.random_range(-9..99)),
        "numeric" => json!("12.50"),
        "real" => json!(0.5),
        "uuid" => json!("123e4567-e89b-12d3-a456-426614174000"),
        "date" => json!("2026-11-21"),
        "time" => json!("13:45:00"),
        "timestamp" => json!("2026-11-21T13:45:00"),
        "timestamptz" => json!("2026-11-21T13:45:00Z"),
        "interval" => json!("1 day"),
        "bytea" => json!("\\x00ff"),
        "jsonb" => json!({ (key(rng)): text(rng) }),
        "text[]" => json!([text(rng), text(rng)]),
        _ => json!(text(rng)),
    }
}

fn text(rng: &mut StdRng) -> String {
    match rng.random_range(0..4) {
        0 => "plain".to_owned(),
        1 => (0..rng.random_range(0..12)).map(|_| rng.random::<char>()).collect(),
        _ => format!("{}{}", NASTY.choose(rng).unwrap(), NASTY.choose(rng).unwrap()),
    }
}

fn key(rng: &mut StdRng) -> String {
    let known =
        ["where", "any_of", "columns", "order", "limit", "cursor", "count", "rows", "set", "returning", "select", "and", "c0"];
    if rng.random_bool(0.6) { (*known.choose(rng).unwrap()).to_owned() } else { text(rng) }
}

fn anything(rng: &mut StdRng, depth: u32) -> Value {
    match rng.random_range(0..if depth == 0 { 5 } else { 7 }) {
        5 => Value::Array((0..rng.random_range(0..3)).map(|_| anything(rng, depth - 1)).collect()),
        6 => Value::Object((0..rng.random_range(0..3)).map(|_| (key(rng), anything(rng, depth - 1))).collect()),
        _ => anything_flat(rng),
    }
}

fn anything_flat(rng: &mut StdRng) -> Value {
    match rng.random_range(0..5) {
        0 => Value::Null,
        1 => json!(rng.random_bool(0.5)),
        2 => json!(rng.random::<i64>()),
        3 => json!(rng.random::<f64>() * 1e300),
        _ => json!(text(rng)),
    }
}
