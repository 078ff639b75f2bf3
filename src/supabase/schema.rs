//! JSON Schema (2020-12) of arguments and results. Models read it, so it is short; clients check by it, so it is true: whatever
//! it allows that the declaration does not is refused with a sentence, and no result ever departs from it.
//!
//! No `format`: validators disagree about unknown formats, and PostgreSQL's `infinity` is no `date-time`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declaration::{Base, Column, Operator, Table, Type, Width},
    filter::name_of,
    value::range,
};
use crate::json;

/// Labels of an enum that are repeated for every operator.
const FEW_LABELS: usize = 10;

/// The table as a resource: a row's schema, and what may be done with it.
pub(super) fn of_table(table: &Table) -> Value {
    let readable = table.columns.iter().filter(|column| column.read);
    let operators = |column: &Arc<Column>| {
        let names: Vec<&str> = column.operators.iter().map(|operator| name_of(*operator)).collect();
        (column.name.clone(), json!(names))
    };
    let mut schema = returned_rows(readable)["items"].take();
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(table.name);
    if let Some(description) = &table.description {
        schema["description"] = json!(description);
    }
    let key: Vec<&str> = table.key.iter().map(|column| column.name.as_str()).collect();
    schema["x-key"] = json!(key);
    let filterable = table.columns.iter().filter(|column| !column.operators.is_empty());
    schema["x-operators"] = Value::Object(json::members(filterable.map(operators)));
    schema
}

/// An object without other members.
pub(super) fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// A value that a caller gives for a column or an argument.
pub(super) fn given(kind: &Type, nullable: bool, max_length: Option<u32>, description: Option<&str>) -> Value {
    let mut schema = operand(kind, max_length);
    if nullable {
        admit_null(&mut schema);
    }
    describe(schema, kind, description)
}

/// The columns that a row to be written may have.
pub(super) fn writable<'a>(columns: impl IntoIterator<Item = &'a Arc<Column>>) -> Map<String, Value> {
    let member = |column: &Arc<Column>| {
        (column.name.clone(), given(&column.kind, column.nullable, column.max_length, column.description.as_deref()))
    };
    json::members(columns.into_iter().map(member))
}

/// A value of a result. The labels of an enum are not listed: a label added to the database must not break reading.
pub(super) fn returned(kind: &Type, description: Option<&str>) -> Value {
    let one: &[&str] = match kind.base {
        Base::Boolean => &["boolean", "null"],
        Base::Integer(Width::W64) => &["integer", "string", "null"],
        Base::Integer(_) => &["integer", "null"],
        Base::Float => &["number", "string", "null"],
        Base::Json => &[],
        _ => &["string", "null"],
    };
    let one = if one.is_empty() { json!({}) } else { json!({ "type": one }) };
    let schema = if kind.array { json!({ "type": ["array", "null"], "items": one }) } else { one };
    describe(schema, kind, description)
}

/// The rows of a result.
pub(super) fn returned_rows<'a>(columns: impl IntoIterator<Item = &'a Arc<Column>>) -> Value {
    let member = |column: &Arc<Column>| (column.name.clone(), returned(&column.kind, column.description.as_deref()));
    let properties = json::members(columns.into_iter().map(member));
    json!({ "type": "array", "items": { "type": "object", "properties": properties, "additionalProperties": false } })
}

/// `where`, and `any_of` if there is anything to filter by.
pub(super) fn filters(table: &Table) -> Map<String, Value> {
    let filterable = || table.columns.iter().filter(|column| !column.operators.is_empty());
    let mut members = Map::new();
    if filterable().next().is_none() {
        return members;
    }
    let columns = json::members(filterable().map(|column| (column.name.clone(), operators(column))));
    let required: Vec<&str> = table.required.iter().map(|column| column.name.as_str()).collect();
    let mut conditions = object(columns, &required);
    let patterns = filterable().any(|column| column.operators.iter().any(|one| matches!(one, Operator::Like | Operator::Ilike)));
    let mut description =
        "Column → operator → value; all conditions must hold. Comparisons never match null: use is_null.".to_owned();
    if patterns {
        description.push_str(" In like and ilike (ignores case) % or * is any text, _ one character.");
    }
    if !required.is_empty() {
        description.push_str(&format!(" Needs {}, each with eq or in.", required.join(", ")));
    }
    conditions["description"] = json!(description);
    members.insert("where".into(), conditions);
    let alternatives = json!({
        "type": "array", "minItems": 1, "maxItems": 10, "items": { "type": "object", "minProperties": 1 },
        "description": "Objects like `where`, of which at least one must hold, besides `where`."
    });
    members.insert("any_of".into(), alternatives);
    members
}

/// Names of columns.
pub(super) fn names<'a>(columns: impl IntoIterator<Item = &'a Arc<Column>>, description: &str) -> Value {
    let names: Vec<&str> = columns.into_iter().map(|column| column.name.as_str()).collect();
    json!({ "type": "array", "items": { "type": "string", "enum": names }, "description": description })
}

fn operators(column: &Column) -> Value {
    let first = column.operators.first();
    let of = |operator: &Operator| {
        let mut one = operand(&column.kind, None);
        if let Base::Enum(labels) = &column.kind.base
            && labels.len() > FEW_LABELS
            && Some(operator) != first
        {
            one = operand(&Type { base: Base::Text, array: column.kind.array }, None);
        }
        let schema = match operator {
            Operator::IsNull => json!({ "type": "boolean" }),
            Operator::In | Operator::NotIn => json!({ "type": "array", "items": one, "minItems": 1, "maxItems": 100 }),
            Operator::Like | Operator::Ilike => json!({ "type": "string" }),
            Operator::Search => json!({ "type": "string", "description": "words, \"phrases\", or, -not" }),
            _ => one,
        };
        (name_of(*operator).to_owned(), schema)
    };
    let schema = json!({
        "type": "object", "properties": json::members(column.operators.iter().map(of)),
        "additionalProperties": false, "minProperties": 1
    });
    describe(schema, &column.kind, column.description.as_deref())
}

fn operand(kind: &Type, max_length: Option<u32>) -> Value {
    let mut one = match &kind.base {
        Base::Boolean => json!({ "type": "boolean" }),
        Base::Integer(Width::W64) => json!({ "type": ["integer", "string"], "pattern": "^-?[0-9]{1,19}$" }),
        Base::Integer(width) => {
            let (least, most) = range(*width);
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Base::Numeric => json!({ "type": ["number", "string"] }),
        Base::Float => json!({ "type": "number" }),
        Base::Json => json!({}),
        Base::Enum(labels) => json!({ "type": "string", "enum": labels }),
        Base::Text
        | Base::Uuid
        | Base::Date
        | Base::Time
        | Base::Timestamp
        | Base::TimestampTz
        | Base::Interval
        | Base::Bytea => {
            json!({ "type": "string" })
        }
    };
    if let (Some(most), Base::Text) = (max_length, &kind.base) {
        one["maxLength"] = json!(most);
    }
    if kind.array { json!({ "type": "array", "items": one }) } else { one }
}

fn admit_null(schema: &mut Value) {
    match schema.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one.take(), "null"]),
        None => {}
    }
    if let Some(Value::Array(labels)) = schema.get_mut("enum") {
        labels.push(Value::Null);
    }
}

fn describe(mut schema: Value, kind: &Type, description: Option<&str>) -> Value {
    let hint = match kind.base {
        Base::Integer(Width::W64) => Some("integer, beyond ±(2^53-1) as a string of digits"),
        Base::Numeric => Some("decimal; exact as a string such as \"12.50\""),
        Base::Uuid => Some("UUID"),
        Base::Date => Some("date such as 2026-11-21"),
        Base::Time => Some("time such as 13:45:00"),
        Base::Timestamp => Some("date and time without offset such as 2026-11-21T13:45:00"),
        Base::TimestampTz => Some("date and time such as 2026-11-21T13:45:00Z"),
        Base::Interval => Some("interval such as 1 day 02:30:00"),
        Base::Json => Some("any JSON"),
        Base::Bytea => Some("bytes as \\x and hexadecimal digits"),
        Base::Boolean | Base::Integer(_) | Base::Float | Base::Text | Base::Enum(_) => None,
    };
    let text = match (description, hint) {
        (Some(description), Some(hint)) => format!("{description} ({hint})"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => return schema,
    };
    schema["description"] = json!(text);
    schema
}
