//! The declared tables as resources.
//!
//! | URI | content |
//! |---|---|
//! | `supabase://table/{table}` | JSON Schema of a row, with key, actions and operators |
//! | `supabase://table/{table}/{id}` | one row; a key of several columns is written `a,b` |
//! | `supabase://table/{table}/where/{column}/{value}` | the first rows where a column has a value |
//!
//! Reading rows is the table's select tool with a filter, so the same rules hold for both.

use std::{borrow::Cow, sync::Arc};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{
    declaration::{Action, Base, Column, Declaration, Operator, Table},
    run::{Done, Tools},
    schema,
};
use crate::{
    host::LocalFuture,
    identity::{Identity, Refusal},
    mcp::{Access, Context, Payload, ReadError, Reading, ResourceSpec, ResourceTemplate, Resources},
};

const SCHEMA: &str = "supabase://table/{table}";
const ROW: &str = "supabase://table/{table}/{id}";
const WHERE: &str = "supabase://table/{table}/where/{column}/{value}";

const SCHEMA_TYPE: &str = "application/schema+json";
const ROWS_TYPE: &str = "application/json";
/// A declaration changes with the build or the configuration; rows at any time.
const SCHEMA_TTL_MS: u64 = 60_000;

/// Tables a caller may select from.
pub(super) struct Tables(pub(super) Arc<Tools>);

/// What a URI names.
enum Address<'a> {
    Schema(&'a Table),
    /// Arguments for the select tool.
    Rows(&'a Table, Map<String, Value>),
}

impl Tables {
    fn declaration(&self) -> &Declaration {
        self.0.declaration()
    }

    fn visible<'a>(&'a self, identity: &'a Identity) -> impl Iterator<Item = &'a Table> {
        let tables = self.declaration().tables.iter().filter(|table| table.actions.contains(&Action::Select));
        tables.filter(|table| table.access.of(identity) != Access::Hidden)
    }

    fn find(&self, identity: &Identity, uri: &str) -> Option<Address<'_>> {
        let mut segments = uri.strip_prefix("supabase://table/")?.split('/');
        let name = decode(segments.next()?)?;
        let table = self.declaration().tables.iter().find(|table| table.name == name)?;
        if !table.actions.contains(&Action::Select) || table.access.of(identity) == Access::Hidden {
            return None;
        }
        let rest: Vec<&str> = segments.collect();
        match rest[..] {
            [] => Some(Address::Schema(table)),
            [id] => {
                let values: Vec<&str> = id.split(',').collect();
                if table.key.is_empty() || values.len() != table.key.len() {
                    return None;
                }
                let pairs: Option<Vec<_>> = table.key.iter().zip(values).map(|(column, value)| equals(column, value)).collect();
                Some(Address::Rows(table, filter(pairs?, 1)))
            }
            ["where", column, value] => {
                let column = decode(column)?;
                let column = table.columns.iter().find(|found| found.name == column && is_comparable(found))?;
                Some(Address::Rows(table, filter(vec![equals(column, value)?], table.rows.default)))
            }
            _ => None,
        }
    }
}

impl Resources for Tables {
    fn list(&self, identity: &Identity) -> Vec<ResourceSpec> {
        let spec = |table: &Table| ResourceSpec {
            uri: SCHEMA.replace("{table}", &table.name),
            name: table.name.clone(),
            title: None,
            description: table.description.clone(),
            mime_type: SCHEMA_TYPE.into(),
            ..ResourceSpec::default()
        };
        self.visible(identity).map(spec).collect()
    }

    fn templates(&self, identity: &Identity) -> Vec<ResourceTemplate> {
        if self.visible(identity).next().is_none() {
            return Vec::new();
        }
        let template = |uri: &str, name: &str, description: &str, mime_type| ResourceTemplate {
            uri_template: uri.to_owned(),
            name: name.to_owned(),
            title: None,
            description: Some(description.to_owned()),
            mime_type: Cow::Borrowed(mime_type),
            ..ResourceTemplate::default()
        };
        vec![
            template(SCHEMA, "table", "Columns of a table: types, meaning, operators.", SCHEMA_TYPE),
            template(ROW, "row", "One row by its key; a key of several columns is written a,b.", ROWS_TYPE),
            template(WHERE, "rows", "The first rows of a table where a column has a value.", ROWS_TYPE),
        ]
    }

    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            let (table, arguments) = match self.find(context.identity, uri).ok_or(ReadError::NotFound)? {
                Address::Schema(table) => {
                    let text = schema::of_table(table).to_string();
                    return Ok(Reading { mime_type: SCHEMA_TYPE.into(), body: Payload::Text(text), ttl_ms: SCHEMA_TTL_MS });
                }
                Address::Rows(table, arguments) => (table, arguments),
            };
            if let Access::NeedsScopes(needed) = table.access.of(context.identity) {
                return Err(Refusal::InsufficientScope { needed }.into());
            }
            let single = arguments.get("limit") == Some(&json!(1));
            let result = match self.0.select(context, table, &arguments).await? {
                Done::Result(result) => result,
                Done::Error(text) => return Err(ReadError::Failed(text)),
            };
            let rows = result.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
            let value = match (single, rows.into_iter().next()) {
                // A row that is not there, and a row that row-level security hides, are the same.
                (true, None) => return Err(ReadError::NotFound),
                (true, Some(row)) => row,
                (false, _) => result,
            };
            Ok(Reading { mime_type: ROWS_TYPE.into(), body: Payload::Text(value.to_string()), ttl_ms: 0 })
        })
    }

    fn complete(
        &self,
        identity: &Identity,
        template: &str,
        variable: &str,
        typed: &str,
        filled: &Map<String, Value>,
    ) -> Option<Vec<String>> {
        let given = |name: &str| filled.get(name).and_then(Value::as_str);
        let tables = || self.visible(identity).filter(|table| given("table").is_none_or(|name| table.name == name));
        let candidates: Vec<String> = match (template, variable) {
            (SCHEMA | ROW | WHERE, "table") => self.visible(identity).map(|table| table.name.clone()).collect(),
            (ROW, "id") => Vec::new(),
            (WHERE, "column") => {
                let columns = tables().flat_map(|table| &table.columns).filter(|column| is_comparable(column));
                columns.map(|column| column.name.clone()).collect()
            }
            (WHERE, "value") => {
                let columns = tables().flat_map(|table| &table.columns).filter(|column| is_comparable(column));
                let chosen = columns.filter(|column| given("column").is_some_and(|name| column.name == name));
                chosen.flat_map(|column| labels(column)).collect()
            }
            _ => return None,
        };
        let mut candidates: Vec<String> = candidates.into_iter().filter(|name| name.starts_with(typed)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        Some(candidates)
    }
}

/// Whether `where/{column}/{value}` can ask for it.
fn is_comparable(column: &Column) -> bool {
    column.operators.contains(&Operator::Eq) && !column.kind.array
}

fn labels(column: &Column) -> Vec<String> {
    match &column.kind.base {
        Base::Enum(labels) => labels.clone(),
        Base::Boolean => vec!["false".to_owned(), "true".to_owned()],
        _ => Vec::new(),
    }
}

/// A condition of the select tool's `where`. URIs hold text; what the column wants as a number or a boolean is made one.
fn equals(column: &Column, segment: &str) -> Option<(String, Value)> {
    let text = decode(segment)?;
    let value = match column.kind.base {
        Base::Integer(_) => json!(text.parse::<i64>().ok()?),
        Base::Float => json!(text.parse::<f64>().ok()?),
        Base::Boolean => json!(text.parse::<bool>().ok()?),
        _ => json!(text),
    };
    Some((column.name.clone(), json!({ "eq": value })))
}

fn filter(conditions: Vec<(String, Value)>, limit: u32) -> Map<String, Value> {
    let conditions: Map<String, Value> = conditions.into_iter().collect();
    Map::from_iter([("where".to_owned(), Value::Object(conditions)), ("limit".to_owned(), json!(limit))])
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}
