//! The declared tables as resources.
//!
//! | URI | content |
//! |---|---|
//! | `supabase://table/{table}` | JSON Schema of a row, with key, actions and operators |
//! | `supabase://table/{table}/{id}` | one row; a key of several columns is written `a,b` |
//! | `supabase://table/{table}/where/{column}/{value}` | the first rows where a column has a value |
//!
//! Reading rows is the table's select tool with a filter, so the same rules hold for both. An address that no filter could be
//! made of, because a column may not be filtered by or `require` wants another one, does not exist and is not offered.

use std::{borrow::Cow, sync::Arc};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{
    declaration::{Action, Base, Column, Declaration, Operator, Table},
    run::{Done, Tools, fence},
    schema, select,
};
use crate::{
    host::LocalFuture,
    identity::Identity,
    json,
    mcp::{Access, Context, Payload, ReadError, Reading, ResourceSpec, ResourceTemplate, Resources},
};

const SCHEMA: &str = "supabase://table/{table}";
const ROW: &str = "supabase://table/{table}/{id}";
const WHERE: &str = "supabase://table/{table}/where/{column}/{value}";

const SCHEMA_TYPE: &str = "application/schema+json";
const ROWS_TYPE: &str = "application/json";
/// Rows between fences.
const FENCED_TYPE: &str = "text/plain";
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

    fn table_access(&self, table: &Table, identity: &Identity) -> Access {
        self.0.table_access(table, Action::Select, identity)
    }

    fn visible<'a>(&'a self, identity: &'a Identity) -> impl Iterator<Item = &'a Table> {
        let tables = self.declaration().tables.iter().filter(|table| table.actions.contains(&Action::Select));
        tables.filter(move |table| self.table_access(table, identity) != Access::Hidden)
    }

    fn find(&self, identity: &Identity, uri: &str) -> Option<Address<'_>> {
        let mut segments = uri.strip_prefix("supabase://table/")?.split('/');
        let name = decode(segments.next()?)?;
        let table = self.declaration().tables.iter().find(|table| table.name == name)?;
        if !table.actions.contains(&Action::Select) || self.table_access(table, identity) == Access::Hidden {
            return None;
        }
        let rest: Vec<&str> = segments.collect();
        match rest[..] {
            [] => Some(Address::Schema(table)),
            [id] => {
                let values: Vec<&str> = id.split(',').collect();
                if !is_found_by(table, &table.key) || values.len() != table.key.len() {
                    return None;
                }
                let pairs: Option<Vec<_>> = table.key.iter().zip(values).map(|(column, value)| is_key(column, value)).collect();
                Some(Address::Rows(table, filter(pairs?, 1)))
            }
            ["where", column, value] => {
                let column = decode(column)?;
                let column = searched(table).find(|found| found.name == column)?;
                Some(Address::Rows(table, filter(vec![equals(column, value)?], table.rows.default)))
            }
            _ => None,
        }
    }

    fn rows_type(&self) -> &'static str {
        if self.0.declaration().wrap { FENCED_TYPE } else { ROWS_TYPE }
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
        let template = |uri: &str, name: &str, description: &str, mime_type| ResourceTemplate {
            uri_template: uri.to_owned(),
            name: name.to_owned(),
            title: None,
            description: Some(description.to_owned()),
            mime_type: Cow::Borrowed(mime_type),
            ..ResourceTemplate::default()
        };
        let row = "One row by its key; a key of several columns is written a,b.";
        let all = [
            template(SCHEMA, "table", "Columns of a table: types, meaning, operators.", SCHEMA_TYPE),
            template(ROW, "row", row, self.rows_type()),
            template(WHERE, "rows", "The first rows of a table where a column has a value.", self.rows_type()),
        ];
        let leads = |template: &ResourceTemplate| self.visible(identity).any(|table| fits(&template.uri_template, table));
        all.into_iter().filter(leads).collect()
    }

    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            let address = self.find(context.identity, uri).ok_or(ReadError::NotFound)?;
            let (Address::Schema(table) | Address::Rows(table, _)) = &address;
            self.table_access(table, context.identity).admit(|| ReadError::NotFound)?;
            let (table, arguments) = match address {
                Address::Schema(table) => {
                    let text = schema::of_table(table).to_string();
                    return Ok(Reading { mime_type: SCHEMA_TYPE.into(), body: Payload::Text(text), ttl_ms: SCHEMA_TTL_MS });
                }
                Address::Rows(table, arguments) => (table, arguments),
            };
            let single = arguments.get("limit") == Some(&json!(1));
            if let Err(text) = select::plan(table, self.declaration().limits, &arguments) {
                // No row has such a key.
                return Err(if single { ReadError::NotFound } else { ReadError::Invalid(text) });
            }
            let result = match self.0.select(context, table, &arguments).await? {
                Done::Result(result) => result,
                Done::Unfit(text) => return Err(ReadError::Invalid(text)),
                Done::Error(text) => return Err(ReadError::Failed(text)),
            };
            let rows = result.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
            let value = match (single, rows.into_iter().next()) {
                // A row that is not there, and a row that row-level security hides, are the same.
                (true, None) => return Err(ReadError::NotFound),
                (true, Some(row)) => row,
                (false, _) => result,
            };
            let text = value.to_string();
            let text = if self.declaration().wrap { fence(context.token, &text) } else { text };
            Ok(Reading { mime_type: self.rows_type().into(), body: Payload::Text(text), ttl_ms: 0 })
        })
    }

    fn access(&self, identity: &Identity, uri: &str) -> Access {
        match self.find(identity, uri) {
            Some(Address::Schema(table) | Address::Rows(table, _)) => self.table_access(table, identity),
            None => Access::Granted,
        }
    }

    /// What the table's tool needs; where no table was chosen, what the first one needs if none may be read yet.
    fn template_access(&self, identity: &Identity, template: &str, filled: &Map<String, Value>) -> Access {
        if ![SCHEMA, ROW, WHERE].contains(&template) {
            return Access::Granted;
        }
        let chosen = filled.get("table").and_then(Value::as_str);
        let tables = self.visible(identity).filter(|table| chosen.is_none_or(|name| table.name == name));
        let mut needed = None;
        for access in tables.map(|table| self.table_access(table, identity)) {
            match access {
                Access::Granted => return Access::Granted,
                access => needed = needed.or(Some(access)),
            }
        }
        needed.unwrap_or(Access::Granted)
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
        let open = || self.visible(identity).filter(|table| self.table_access(table, identity) == Access::Granted);
        let tables = || open().filter(|table| given("table").is_none_or(|name| table.name == name));
        let candidates: Vec<String> = match (template, variable) {
            (SCHEMA | ROW | WHERE, "table") => {
                open().filter(|table| fits(template, table)).map(|table| table.name.clone()).collect()
            }
            (ROW, "id") => Vec::new(),
            (WHERE, "column") => tables().flat_map(searched).map(|column| column.name.clone()).collect(),
            (WHERE, "value") => {
                let chosen = tables().flat_map(searched).filter(|column| given("column").is_some_and(|name| column.name == name));
                chosen.flat_map(labels).collect()
            }
            _ => return None,
        };
        let mut candidates: Vec<String> = candidates.into_iter().filter(|name| name.starts_with(typed)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        Some(candidates)
    }
}

/// Whether a template can be filled in for a table.
fn fits(template: &str, table: &Table) -> bool {
    match template {
        ROW => is_found_by(table, &table.key),
        WHERE => searched(table).next().is_some(),
        _ => true,
    }
}

/// The columns that `where/{column}/{value}` can name.
fn searched(table: &Table) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(|column| is_found_by(table, std::slice::from_ref(column))).map(Arc::as_ref)
}

/// Whether the select tool takes the values of these columns, and nothing else, for a filter.
fn is_found_by(table: &Table, columns: &[Arc<Column>]) -> bool {
    let comparable = |column: &Arc<Column>| column.operators.contains(&Operator::Eq) && !column.kind.array;
    let given = |needed: &Arc<Column>| columns.iter().any(|column| column.name == needed.name);
    !columns.is_empty() && columns.iter().all(comparable) && table.required.iter().all(given)
}

fn labels(column: &Column) -> Vec<String> {
    match &column.kind.base {
        Base::Enum(labels) => labels.clone(),
        Base::Boolean => vec!["false".to_owned(), "true".to_owned()],
        _ => Vec::new(),
    }
}

/// Likewise for a column of the key, in the one spelling that an integer, a double or a UUID has: a rule is about the URI of a row,
/// and another URI of the same row would get past it.
fn is_key(column: &Column, segment: &str) -> Option<(String, Value)> {
    let text = decode(segment)?;
    let is_spelt = match column.kind.base {
        Base::Integer(_) => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
        // Zero has one sign. What is not finite has its own words.
        Base::Float => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => number.to_string() == text && text != "-0",
            _ => true,
        },
        Base::Uuid => !text.bytes().any(|byte| byte.is_ascii_uppercase()),
        _ => true,
    };
    is_spelt.then(|| equals(column, segment))?
}

/// A condition of the select tool's `where`. URIs hold text; what the column wants as a number or a boolean is made one, if it is
/// one, and the select tool has words for what is none.
fn equals(column: &Column, segment: &str) -> Option<(String, Value)> {
    let text = decode(segment)?;
    let value = match column.kind.base {
        Base::Integer(_) => text.parse::<i64>().ok().map(Value::from),
        Base::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        Base::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    Some((column.name.clone(), json!({ "eq": value.unwrap_or_else(|| json!(text)) })))
}

fn filter(conditions: Vec<(String, Value)>, limit: u32) -> Map<String, Value> {
    let conditions = Value::Object(json::members(conditions));
    json::members([("where".to_owned(), conditions), ("limit".to_owned(), json!(limit))])
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}
