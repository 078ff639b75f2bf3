//! What a write answers: the rows it touched.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declaration::{Column, Table},
    projection::Projection,
    rows::{NOTICE, fitting, of_answer, shown},
    text::NOT_KNOWN,
};

/// The columns of written rows that come back.
#[derive(Debug, Clone)]
pub(super) struct Returning {
    projection: Projection,
    bytes: usize,
}

impl Returning {
    /// Those the caller names, or all readable ones; an empty list is none.
    pub(super) fn of_call(table: &Table, bytes: usize, arguments: &Map<String, Value>) -> Result<Self, String> {
        Ok(Self { projection: Projection::of_call(table, arguments, "returning")?, bytes })
    }

    /// Whether no column comes back. Then PostgreSQL need not let the user read what was written.
    pub(super) fn is_empty(&self) -> bool {
        self.projection.shown.is_empty()
    }

    /// The value of the `select` parameter; if no column comes back, the key, so that rows can be counted.
    pub(super) fn counted(&self, table: &Table) -> String {
        if self.is_empty() { Projection::of(&table.key).to_parameter() } else { self.projection.to_parameter() }
    }

    /// The value of the `select` parameter with these columns in it, seen or not.
    pub(super) fn with<'a>(&self, columns: impl IntoIterator<Item = &'a Arc<Column>>) -> String {
        self.projection.clone().with_hidden(columns).to_parameter()
    }

    /// The value of the `select` parameter.
    pub(super) fn to_parameter(&self) -> String {
        self.projection.to_parameter()
    }

    /// The result of a write that answered its rows.
    pub(super) fn result(&self, answer: Value) -> Result<Value, String> {
        let found = of_answer(answer).map_err(|why| format!("{why}.{NOT_KNOWN}"))?;
        Ok(self.of_rows(found))
    }

    /// The result of a write of these rows.
    pub(super) fn of_rows(&self, found: Vec<Map<String, Value>>) -> Value {
        let count = found.len();
        if self.is_empty() {
            return Self::written(vec![], count, None);
        }
        let columns = &self.projection.shown;
        let rows = found.into_iter().map(|row| shown(row, columns)).collect::<Result<Vec<_>, _>>();
        // Refusing here would look as if nothing had been written.
        let mut rows = match rows {
            Ok(rows) => rows,
            Err(why) => return Self::written(vec![], count, Some(format!("the rows were written, but cannot be shown: {why}"))),
        };
        let fits = fitting(&rows, self.bytes);
        let cut = (fits < count)
            .then(|| format!("all {count} rows were written, but only {fits} fit in the {}-byte limit of a result", self.bytes));
        rows.truncate(fits);
        Self::written(rows, count, cut)
    }

    /// The result of a write of so many rows.
    pub(super) fn written(rows: Vec<Map<String, Value>>, count: usize, cut: Option<String>) -> Value {
        let rows: Value = rows.into_iter().map(Value::Object).collect();
        let mut result = json!({ "rows": rows, "count": count, "notice": NOTICE });
        if let (Some(cut), Value::Object(members)) = (cut, &mut result) {
            members.insert("cut".into(), cut.into());
        }
        result
    }
}
