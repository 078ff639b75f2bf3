//! `{table}_insert` and `{table}_upsert`: rows to be written.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value};

use super::{
    declaration::{Column, Limits, Table},
    request::{Query, Request, Target, quoted_list},
    returning::Returning,
    text::{got, only, unknown},
    value::{body, items},
};
use crate::json;

/// A checked call.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) request: Request,
    returning: Returning,
    sent: usize,
}

/// Checks the arguments of an insert.
pub(super) fn insert(table: &Table, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    plan(table, limits, arguments, false)
}

/// Checks the arguments of an upsert.
pub(super) fn upsert(table: &Table, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    plan(table, limits, arguments, true)
}

/// Whether a column may be given for an insert or an upsert. An upsert may change a row that is there, so what must not be
/// updated must not be upserted either; the key only finds the row.
pub(super) fn writable(table: &Table, column: &Column, upsert: bool) -> bool {
    column.insert && (!upsert || column.update || is_key(table, column))
}

fn is_key(table: &Table, column: &Column) -> bool {
    table.key.iter().any(|key| key.name == column.name)
}

fn plan(table: &Table, limits: Limits, arguments: &Map<String, Value>, upsert: bool) -> Result<Plan, String> {
    only(arguments, &["rows", "returning"])?;
    let given = arguments.get("rows").ok_or("`rows` is missing: an array of rows, each an object of columns")?;
    let given = items(given, "rows", table.max_affected as usize)?;
    let row = |(index, given): (usize, &Value)| row(table, given, upsert, &format!("rows[{index}]"));
    let rows: Vec<BTreeMap<&str, Value>> = given.iter().enumerate().map(row).collect::<Result<_, _>>()?;
    if upsert && let Some(odd) = rows.iter().position(|row| !row.keys().eq(rows[0].keys())) {
        return Err(format!("rows[{odd}] has other columns than rows[0]; in one upsert all rows must have the same columns"));
    }
    let mut columns = BTreeSet::new();
    rows.iter().for_each(|row| columns.extend(row.keys().copied()));
    let returning = Returning::of_call(table, limits.bytes, arguments)?;
    let mut query = Query::default().with("select", &returning.to_parameter()).with("columns", &quoted_list(columns));
    let what = if returning.is_empty() { "return=minimal,count=exact" } else { "return=representation" };
    let prefer = if upsert {
        if table.key.is_empty() {
            return Err("this table has no key to find rows by; the operator must correct LATCH_DATA".to_owned());
        }
        query = query.with("on_conflict", &quoted_list(table.key.iter().map(|column| column.source.as_str())));
        format!("{what},resolution=merge-duplicates,handling=strict")
    } else {
        format!("{what},missing=default,handling=strict")
    };
    let sent = rows.len();
    let named = |row: BTreeMap<&str, Value>| json::members(row.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let rows = rows.into_iter().map(|row| Value::Object(named(row)));
    let target = Target::relation(&table.relation, table.schema.as_deref());
    let request = target.request(Method::POST, query, &prefer, Some(rows.collect()))?;
    Ok(Plan { request, returning, sent })
}

/// A row by its columns' names in the database.
fn row<'t>(table: &'t Table, given: &Value, upsert: bool, at: &str) -> Result<BTreeMap<&'t str, Value>, String> {
    let Value::Object(given) = given else {
        return Err(format!("{at} must be an object of columns; got {}", got(given)));
    };
    let writable = || table.columns.iter().filter(|column| writable(table, column, upsert));
    let mut row = BTreeMap::new();
    for (name, value) in given {
        let Some(column) = writable().find(|column| column.name == *name) else {
            return Err(unknown(&format!("{at}: column"), name, writable().map(|column| column.name.as_str())));
        };
        let value = body(&column.kind, column.nullable, column.max_length, value, &format!("{at}.{name}"))?;
        if row.insert(column.source.as_str(), value).is_some() {
            return Err(format!("{at}.{name} is the same database column as another one of the row"));
        }
    }
    let needed = |column: &Column| column.required || (upsert && is_key(table, column));
    if let Some(missing) = writable().find(|column| needed(column) && !given.contains_key(&column.name)) {
        return Err(format!("{at} lacks `{}`, which every row must have", missing.name));
    }
    if row.is_empty() {
        return Err(format!("{at} is empty; give at least one column"));
    }
    Ok(row)
}

impl Plan {
    /// The result, from the rows that PostgREST answered, or from their number if no column was to come back. How many were sent
    /// is no such number: a trigger may drop rows.
    pub(super) fn result(&self, answer: Value, total: Option<u64>) -> Result<Value, String> {
        if !self.returning.is_empty() {
            return self.returning.result(answer);
        }
        let Some(count) = total.and_then(|total| usize::try_from(total).ok()) else {
            return Err("The data API took the rows, but did not say how many it wrote: look before you call again.".to_owned());
        };
        let cut = (count < self.sent).then(|| format!("{} rows were sent, but only {count} were written", self.sent));
        Ok(Returning::written(vec![], count, cut))
    }
}
