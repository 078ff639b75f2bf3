//! Rows in a request's body.

use bytes::Bytes;
use mcp_latch::json;
use serde_json::{Map, Value};

use super::column::{Cell, Column};
use super::fault::Fault;
use super::table::Values;

/// The rows of a POST. With `columns`, other members are ignored and absent ones are null, or the default if `defaults`.
pub(super) fn rows(body: &Bytes, columns: Option<&[Column]>, defaults: bool) -> Result<Vec<Values>, Fault> {
    let objects: Vec<Map<String, Value>> = match parse(body)? {
        Value::Object(object) => vec![object],
        Value::Array(items) => items.into_iter().map(object).collect::<Result<_, _>>()?,
        _ => return Err(not_rows()),
    };
    let Some(first) = objects.first() else { return Ok(Vec::new()) };
    let columns = match columns {
        Some(columns) => columns.to_vec(),
        None => {
            if objects.iter().any(|object| !object.keys().eq(first.keys())) {
                return Err(Fault::bad("PGRST102", "All object keys must match"));
            }
            written(first)?
        }
    };
    let row = |object: &Map<String, Value>| {
        let cells = columns.iter().filter_map(|column| match object.get(column.name()) {
            Some(value) => Some(column.kind().read_json(value).map(|cell| (*column, cell))),
            None if defaults => None,
            None => Some(Ok((*column, Cell::Null))),
        });
        cells.collect::<Result<Values, Fault>>()
    };
    objects.iter().map(row).collect()
}

/// The values of a PATCH.
pub(super) fn values(body: &Bytes) -> Result<Values, Fault> {
    let object = object(parse(body)?)?;
    let columns = written(&object)?;
    columns.into_iter().zip(object.values()).map(|(column, value)| Ok((column, column.kind().read_json(value)?))).collect()
}

fn written(object: &Map<String, Value>) -> Result<Vec<Column>, Fault> {
    object.keys().map(|name| Column::of(name).ok_or_else(|| Fault::not_in_cache(name))).collect()
}

fn parse(body: &Bytes) -> Result<Value, Fault> {
    json::value(body).map_err(|error| Fault::bad("PGRST102", format!("Empty or invalid json: {error}")))
}

fn object(value: Value) -> Result<Map<String, Value>, Fault> {
    if let Value::Object(object) = value { Ok(object) } else { Err(not_rows()) }
}

fn not_rows() -> Fault {
    Fault::bad("PGRST102", "Empty or invalid json: neither an object nor a list of objects")
}
