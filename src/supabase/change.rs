//! `{table}_update` and `{table}_delete`: rows that are there, never more than the caller meant.
//!
//! PostgREST 12.2 and newer undo a write that touches too many rows (`max-affected`). Older servers refuse the preference; there
//! the keys are read first, and the write is bound to them as well as to the filter.
//!
//! Before its pull request 4619 PostgREST applied `and` and `or` a second time, to the rows as they are after the write: of
//! `state = open` set to `done` it answered no rows, `max-affected` counted none, and columns that do not come back failed. So
//! a write has one parameter per condition, which was always right, and alternatives take the two steps on every server.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc};

use http::Method;
use serde_json::{Map, Value};

use super::{
    declaration::{Column, Limits, Operator, Table},
    filter::{Filter, Operand},
    projection::Projection,
    request::{Query, Request, Target},
    returning::Returning,
    rows::of_answer,
    text::{got, only, unknown, whole},
    value::{body, literal},
};

/// What a write says that touched nothing.
pub(super) const NOTHING: &str = "0 rows matched the filter, or row-level security does not let this user change them; nothing was changed. \
     Select with the same filter to see which.";

/// A checked call.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// With `max-affected`; `None` if the write takes two steps on every server.
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
    let (_, alternatives) = filter.conjuncts();
    let target = Target::relation(&table.relation, table.schema.as_deref());
    let prefer = format!("return=representation,handling=strict,max-affected={most}");
    let query = bound(Query::default().with("select", &select), &filter);
    let request = target.request(method.clone(), query, &prefer, set.clone())?;
    let request = (!alternatives).then_some(request);
    Ok(Plan { request, method, set, target, filter, key: table.key.clone(), select, returning, most })
}

/// Adds the conditions that must all hold, each as a parameter of its own.
fn bound(query: Query, filter: &Filter) -> Query {
    let (conditions, _) = filter.conjuncts();
    conditions.iter().fold(query, |query, condition| query.with_column(&condition.column.source, &condition.test(false)))
}

impl Plan {
    /// The first step without `max-affected`: which rows would be written?
    pub(super) fn keys_request(&self) -> Result<Request, String> {
        let query = Query::default()
            .with("select", &Projection::of(&self.key).to_parameter())
            .with("and", &self.filter.to_parameter())
            .with_number("limit", self.most.saturating_add(1));
        self.target.request(Method::GET, query, "", None)
    }

    /// The second step: the write, bound to these rows.
    pub(super) fn with_keys(&self, answer: Value) -> Result<Request, String> {
        let rows = of_answer(answer)?;
        if rows.is_empty() {
            return Err(NOTHING.to_owned());
        }
        if rows.len() > self.most as usize {
            return Err(self.too_many());
        }
        let keys = rows.iter().map(|row| self.key_of(row)).collect::<Result<Vec<_>, _>>()?;
        let query = bound(Query::default().with("select", &self.select), &self.filter);
        let (these, single) = self.these(&keys);
        let query = if single { bound(query, &these) } else { self.tree(&these)? };
        self.target.request(self.method.clone(), query, "return=representation,handling=strict", self.set.clone())
    }

    /// A filter by keys, and whether it is a conjunction: all keys differ in one column at most.
    fn these(&self, keys: &[Vec<String>]) -> (Filter, bool) {
        let mut differing = 0;
        let mut conjunction = vec![];
        for (index, column) in self.key.iter().enumerate() {
            let values: BTreeSet<&String> = keys.iter().filter_map(|key| key.get(index)).collect();
            differing += usize::from(values.len() > 1);
            let values = Operand::List(values.into_iter().cloned().collect());
            conjunction.push(Filter::test(column, Operator::In, values));
        }
        if differing <= 1 {
            return (Filter::All(conjunction), true);
        }
        let row = |key: &Vec<String>| {
            Filter::All(self.key.iter().zip(key).map(|(column, text)| Filter::equal(column, Some(text.clone()))).collect())
        };
        (Filter::Any(keys.iter().map(row).collect()), false)
    }

    /// The write by a tree of keys, which is right if the keys come back as they were.
    fn tree(&self, these: &Filter) -> Result<Query, String> {
        let changed = |column: &Arc<Column>| self.set.as_ref().is_some_and(|set| set.get(&column.source).is_some());
        if self.key.iter().any(changed) {
            return Err("rows whose key is to be changed must be updated one at a time; nothing was changed".to_owned());
        }
        let select = self.returning.with_key(&self.key);
        Ok(bound(Query::default().with("select", &select).with("and", &these.to_parameter()), &self.filter))
    }

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
        self.returning.result(answer)
    }

    fn key_of(&self, row: &Map<String, Value>) -> Result<Vec<String>, String> {
        let text = |column: &Arc<Column>| {
            let value = row.get(&column.name).unwrap_or(&Value::Null);
            literal(&column.kind, value, "key").map_err(|_| {
                format!(
                    "key column {} is not as declared; nothing was changed; the operator must correct LATCH_DATA",
                    column.name
                )
            })
        };
        self.key.iter().map(text).collect()
    }
}
