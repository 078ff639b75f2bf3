//! `{table}_update` and `{table}_delete`: rows that are there, never more than the caller meant.
//!
//! PostgREST 12.2 and newer undo a write that touches too many rows (`max-affected`). 12.0 and 12.1 refuse the preference
//! (`handling=strict`), still older ones ignore both, and so does any behind a proxy that drops `Prefer`. So a change takes
//! [`steps`] until an answer has shown (`Preference-Applied`) that preferences are handled strictly.
//!
//! Before its pull request 4619 PostgREST applied `and` and `or` a second time, to the rows as they are after the write: of
//! `state = open` set to `done` it answered no rows, `max-affected` counted none, and columns that do not come back failed. So
//! a write has one parameter per condition, which was always right. Alternatives have no such form and take the steps on every
//! server.

mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value};

pub(super) use self::steps::Keys;
use super::{
    declaration::{Column, Limits, Table},
    filter::Filter,
    request::{Query, Request, Target},
    returning::Returning,
    text::{got, only, unknown, whole},
    value::body,
};

/// What a write says that touched nothing.
pub(super) const NOTHING: &str = "0 rows matched the filter, or row-level security does not let this user change them; nothing was changed. \
     Select with the same filter to see which.";

/// A checked call.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// With `max-affected`, for a server that has shown to handle preferences strictly; `None` if the write takes steps on every server.
    pub(super) request: Option<Request>,
    method: Method,
    set: Option<Value>,
    target: Target,
    filter: Filter,
    key: Vec<Arc<Column>>,
    /// The `select` parameter of the write.
    select: String,
    returning: Returning,
    most: u32,
}

/// Checks the arguments of an update.
pub(super) fn update(table: &Table, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    only(arguments, &["where", "any_of", "set", "max_affected", "returning"])?;
    let set = match arguments.get("set") {
        Some(Value::Object(set)) if !set.is_empty() => changes(table, set)?,
        Some(Value::Object(_)) | None => return Err("`set` must name at least one column and its new value".to_owned()),
        Some(other) => return Err(format!("`set` must be an object of columns; got {}", got(other))),
    };
    plan(table, limits, arguments, Method::PATCH, Some(set))
}

/// Checks the arguments of a delete.
pub(super) fn delete(table: &Table, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    only(arguments, &["where", "any_of", "max_affected", "returning"])?;
    plan(table, limits, arguments, Method::DELETE, None)
}

fn changes(table: &Table, set: &Map<String, Value>) -> Result<Value, String> {
    let updatable = || table.columns.iter().filter(|column| column.update);
    let mut changes = Map::new();
    for (name, value) in set {
        let Some(column) = updatable().find(|column| column.name == *name) else {
            return Err(unknown("set: column", name, updatable().map(|column| column.name.as_str())));
        };
        let value = body(&column.kind, column.nullable, column.max_length, value, &format!("set.{name}"))?;
        if changes.insert(column.source.clone(), value).is_some() {
            return Err(format!("set.{name} is the same database column as another one of `set`"));
        }
    }
    Ok(Value::Object(changes))
}

fn plan(
    table: &Table,
    limits: Limits,
    arguments: &Map<String, Value>,
    method: Method,
    set: Option<Value>,
) -> Result<Plan, String> {
    if arguments.get("where").and_then(Value::as_object).is_none_or(Map::is_empty) {
        return Err("`where` must say which rows, such as {\"id\": {\"eq\": 1}}".to_owned());
    }
    if table.key.is_empty() {
        return Err("this table has no key to find rows by; the operator must correct LATCH_DATA".to_owned());
    }
    let filter = Filter::of_call(table, arguments)?;
    let most = whole(arguments, "max_affected", table.max_affected)?.unwrap_or(table.max_affected);
    let returning = Returning::of_call(table, limits.bytes, arguments)?;
    let select = returning.counted(table);
    let has_alternatives = !filter.conjuncts().1.is_empty();
    if has_alternatives && table.key.iter().any(|column| sets(set.as_ref(), column)) {
        return Err("rows whose key is to be changed cannot be chosen with any_of; say which in `where`".to_owned());
    }
    let target = Target::relation(&table.relation, table.schema.as_deref());
    let prefer = format!("return=representation,handling=strict,max-affected={most}");
    let query = bound(Query::default().with("select", &select), &filter);
    let request = target.request(method.clone(), query, &prefer, set.clone())?;
    let request = (!has_alternatives).then_some(request);
    Ok(Plan { request, method, set, target, filter, key: table.key.clone(), select, returning, most })
}

/// Adds the conditions that must all hold, each as a parameter of its own.
fn bound(query: Query, filter: &Filter) -> Query {
    let (conditions, _) = filter.conjuncts();
    conditions.iter().fold(query, |query, condition| query.with_column(&condition.column.source, &condition.test(false)))
}

/// Whether the new values have one for this column.
fn sets(set: Option<&Value>, column: &Column) -> bool {
    set.is_some_and(|set| set.get(&column.source).is_some())
}

impl Plan {
    /// The refusal of a write that would touch too many rows; also for PostgREST's own (`PGRST124`).
    pub(super) fn too_many(&self) -> String {
        format!(
            "the filter matches more than {} rows (max_affected); nothing was changed. Narrow the filter or split the call.",
            self.most
        )
    }

    /// The result, from the rows that PostgREST answered.
    pub(super) fn result(&self, answer: Value) -> Result<Value, String> {
        if answer.as_array().is_some_and(Vec::is_empty) {
            return Err(NOTHING.to_owned());
        }
        let beyond = self.beyond(answer.as_array().map_or(0, Vec::len));
        let mut result = self.returning.result(answer)?;
        if let (Some(cut), Value::Object(members)) = (beyond, &mut result) {
            members.insert("cut".into(), cut.into());
        }
        Ok(result)
    }

    /// What to say of more rows than the caller allowed.
    pub(super) fn beyond(&self, count: usize) -> Option<String> {
        (count > self.most as usize).then(|| {
            format!(
                "{count} rows were written, more than max_affected ({}) allows: the data API did not keep to it. Tell the user.",
                self.most
            )
        })
    }
}
