//! PostgreSQL's types → types of a declaration.

use serde_json::Value;

use super::document::Property;
use super::draft::quoted;

/// Labels of an enum, and bytes of one.
const MAX_LABELS: usize = 200;
const MAX_LABEL: usize = 63;

/// The members of a column or argument that say its type, as TOML; `None` if it cannot be declared.
pub(super) fn members(property: &Property) -> Option<Vec<String>> {
    let (base, array) = match property.format.strip_suffix("[]") {
        Some(base) => (base, true),
        None => (property.format.as_str(), false),
    };
    let items = property.items.as_ref().map(|items| items.labels.as_slice()).unwrap_or_default();
    let labels = if array && property.labels.is_empty() { items } else { property.labels.as_slice() };
    if !labels.is_empty() {
        let mut members = vec![format!("enum = [{}]", list(labels)?)];
        members.extend(array.then(|| "array = true".to_owned()));
        return Some(members);
    }
    let name = name(base)?;
    if array && matches!(name, "json" | "jsonb") {
        return None;
    }
    let mut members = vec![format!("type = {}", quoted(&format!("{name}{}", if array { "[]" } else { "" })))];
    let length = property.max_length.filter(|length| name == "text" && !array && (1..=1_000_000).contains(length));
    members.extend(length.map(|length| format!("max_length = {length}")));
    Some(members)
}

/// Whether rows can be sorted by it, as columns of a key must be.
pub(super) fn is_ordered(property: &Property) -> bool {
    !property.format.ends_with("[]")
        && (!property.labels.is_empty() || !matches!(name(&property.format), None | Some("boolean" | "json" | "jsonb" | "bytea")))
}

fn list(labels: &[Value]) -> Option<String> {
    let labels: Vec<&str> = labels.iter().map(Value::as_str).collect::<Option<_>>()?;
    let sound = |label: &&str| !label.is_empty() && label.len() <= MAX_LABEL && !label.chars().any(char::is_control);
    let all = labels.len() <= MAX_LABELS && labels.iter().all(sound);
    all.then(|| labels.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

fn name(format: &str) -> Option<&'static str> {
    Some(match format {
        "boolean" | "bool" => "boolean",
        "smallint" | "int2" => "smallint",
        "integer" | "int" | "int4" => "integer",
        "bigint" | "int8" => "bigint",
        "numeric" | "decimal" => "numeric",
        "real" | "float4" => "real",
        "double precision" | "float8" => "double precision",
        "text" | "character varying" | "varchar" | "character" | "bpchar" => "text",
        "uuid" => "uuid",
        "date" => "date",
        "time" | "time without time zone" => "time",
        "timestamp" | "timestamp without time zone" => "timestamp",
        "timestamptz" | "timestamp with time zone" => "timestamptz",
        "interval" => "interval",
        "json" => "json",
        "jsonb" => "jsonb",
        "bytea" => "bytea",
        _ => return None,
    })
}
