//! A change in steps: which rows are meant, then the write, bound to those rows and to the whole filter, so that a row which
//! somebody changes in between is left alone.
//!
//! A delete answers its rows. Those are the rows as they were, so it does no harm that an old PostgREST applies the
//! alternatives to them once more; it only has to find their columns, which are asked for under names of our own.
//!
//! An update answers rows as they are now. The alternatives may no longer fit them: by `set`, by a trigger, by a generated
//! column. The same goes for the keys of rows that differ in several columns. So an update by a tree answers nothing but how many rows it changed, which every PostgREST counts right, and
//! a third step reads them.

use std::{collections::BTreeSet, sync::Arc};

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    super::{
        declaration::{Column, Operator},
        filter::{Filter, Operand},
        projection::Projection,
        request::{Query, Request},
        returning::Returning,
        rows::of_answer,
        text::NOT_KNOWN,
        value::literal,
    },
    NOTHING, Plan, bound, sets,
};

/// The keys of the rows a change is bound to, as PostgreSQL's texts.
#[derive(Debug)]
pub(in super::super) struct Keys(Vec<Vec<String>>);

impl Plan {
    /// The first step: which rows would be written?
    pub(in super::super) fn keys_request(&self) -> Result<Request, String> {
        let query = Query::default()
            .with("select", &self.key_columns().to_parameter())
            .with("and", &self.filter.to_parameter())
            .with_number("limit", self.most.saturating_add(1));
        // The answer shows whether preferences are handled strictly.
        self.target.request(Method::GET, query, "handling=strict", None)
    }

    /// What the first step found.
    pub(in super::super) fn keys(&self, answer: Value) -> Result<Keys, String> {
        let rows = of_answer(answer)?;
        if rows.is_empty() {
            return Err(NOTHING.to_owned());
        }
        if rows.len() > self.most as usize {
            return Err(self.too_many());
        }
        let keys = rows.iter().map(|row| self.key_of(row)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = BTreeSet::new();
        if !keys.iter().all(|key| seen.insert(key)) {
            let names: Vec<&str> = self.key.iter().map(|column| column.name.as_str()).collect();
            return Err(format!(
                "two rows have the same key ({}), so rows cannot be told apart; nothing was changed; the operator must correct LATCH_DATA",
                names.join(", ")
            ));
        }
        Ok(Keys(keys))
    }

    /// The second step: the write. `bounded` for a server that knows `max-affected`.
    pub(in super::super) fn write(&self, keys: &Keys, bounded: bool) -> Result<Request, String> {
        let (these, conjunction) = self.these(keys);
        let (_, alternatives) = self.filter.conjuncts();
        let mut tree: Vec<Filter> = alternatives.into_iter().cloned().collect();
        if !conjunction {
            if self.key.iter().any(|column| sets(self.set.as_ref(), column)) {
                return Err("rows whose key is to be changed must be updated one at a time; nothing was changed".to_owned());
            }
            tree.push(these.clone());
        }
        let tree = Filter::All(tree);
        let select = match (self.is_counted(keys), tree.columns()) {
            (true, _) => String::new(),
            (false, columns) if columns.is_empty() => self.select.clone(),
            (false, columns) => self.returning.with(columns),
        };
        let query = Query::default().with("select", &select).with("and", &tree.to_parameter());
        let query = bound(query, &self.filter);
        let query = if conjunction { bound(query, &these) } else { query };
        let what = if self.is_counted(keys) { "return=minimal,count=exact" } else { "return=representation" };
        let most = if bounded { format!(",max-affected={}", self.most) } else { String::new() };
        self.target.request(self.method.clone(), query, &format!("{what},handling=strict{most}"), self.set.clone())
    }

    /// Whether the write answers how many rows it changed, and not the rows.
    pub(in super::super) fn is_counted(&self, keys: &Keys) -> bool {
        self.method == Method::PATCH && (!self.filter.conjuncts().1.is_empty() || !self.these(keys).1)
    }

    /// How many rows such a write changed.
    pub(in super::super) fn count(&self, total: Option<u64>) -> Result<usize, String> {
        match total.map(usize::try_from) {
            Some(Ok(0)) => Err(NOTHING.to_owned()),
            Some(Ok(count)) => Ok(count),
            _ => Err(format!("The data API did not say how many rows it changed.{NOT_KNOWN}")),
        }
    }

    /// The third step: the rows that were changed, as they are now. The result itself if there is nothing to read.
    pub(in super::super) fn read_back(&self, keys: &Keys, count: usize) -> Result<Request, Value> {
        if self.returning.is_empty() {
            return Err(Returning::written(vec![], count, None));
        }
        if count > keys.0.len() {
            let cut = format!(
                "{count} rows were written, more than the {} that matched before: their key is not unique. Which ones is not known; select \
                 to see, and tell the operator",
                keys.0.len()
            );
            return Err(Returning::written(vec![], count, Some(cut)));
        }
        if count < keys.0.len() {
            let cut = format!(
                "{} rows matched, but not all of them still did when they were written: {count} were, and which ones is not known; \
                 select to see",
                keys.0.len()
            );
            return Err(Returning::written(vec![], count, Some(cut)));
        }
        let query = Query::default()
            .with("select", &self.returning.to_parameter())
            .with("and", &self.these(keys).0.to_parameter())
            .with_number("limit", self.most.saturating_add(1));
        self.target.request(Method::GET, query, "", None).map_err(|why| self.unread(count, &why))
    }

    /// The result of a write whose rows could not be read.
    pub(in super::super) fn unread(&self, count: usize, why: &str) -> Value {
        Returning::written(vec![], count, Some(format!("the rows were written, but could not be read afterwards: {why}")))
    }

    /// The result, from the rows as they are now.
    pub(in super::super) fn reread(&self, answer: Value, count: usize) -> Value {
        let found = match of_answer(answer) {
            Ok(found) => found,
            Err(why) => return self.unread(count, &why),
        };
        let there = found.len();
        let mut result = self.returning.of_rows(found);
        if let Value::Object(members) = &mut result
            && there != count
        {
            members.insert("count".into(), json!(count));
            members.insert("cut".into(), format!("{count} rows were written, but {there} were found afterwards").into());
        }
        result
    }

    /// The key, exactly.
    fn key_columns(&self) -> Projection {
        Projection::of(&self.key).with_hidden(&self.key)
    }

    fn key_of(&self, row: &Map<String, Value>) -> Result<Vec<String>, String> {
        let columns = self.key_columns();
        let text = |column: &Arc<Column>| {
            let value = columns.value(row, column).unwrap_or(&Value::Null);
            literal(&column.kind, value, "key").map_err(|_| {
                format!(
                    "key column {} is not as declared; nothing was changed; the operator must correct LATCH_DATA",
                    column.name
                )
            })
        };
        self.key.iter().map(text).collect()
    }

    /// A filter by keys, and whether it is a conjunction: all keys differ in one column at most.
    fn these(&self, Keys(keys): &Keys) -> (Filter, bool) {
        let mut differing = 0;
        let mut conjunction = vec![];
        for (index, column) in self.key.iter().enumerate() {
            let mut values = BTreeSet::new();
            values.extend(keys.iter().filter_map(|key| key.get(index)));
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
}
