//! In what order rows come, and which come after a given one: every order ends in the key, so that it is total and a page can
//! start right behind the last row of the page before, whatever was inserted or deleted meanwhile.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    declaration::{Base, Column, Operator, Order, Table, Type},
    filter::{Filter, Operand},
    request::quoted,
    text::{got, unknown},
    value::{items, literal},
};

/// Most terms of a caller's order.
const MAX_TERMS: usize = 5;

/// The order of a call.
#[derive(Debug, Clone)]
pub(super) struct Ordering {
    pub(super) terms: Vec<Order>,
    /// Never null; empty if rows cannot be told apart.
    key: Vec<Arc<Column>>,
}

impl Ordering {
    /// The caller's order or the declared one, then the key.
    pub(super) fn of_call(table: &Table, arguments: &Map<String, Value>) -> Result<Self, String> {
        let mut terms: Vec<Order> = vec![];
        match arguments.get("order") {
            Some(order) => {
                for name in items(order, "order", MAX_TERMS)? {
                    let term = term(table, name)?;
                    if terms.iter().any(|earlier| earlier.column.name == term.column.name) {
                        return Err(format!("order names `{}` twice", term.column.name));
                    }
                    terms.push(term);
                }
            }
            None => terms.clone_from(&table.order),
        }
        // JSON has no order that PostgREST could compare by.
        let total = table.key.iter().all(|column| column.kind.base != Base::Json);
        let key = if total { table.key.clone() } else { vec![] };
        for column in &key {
            if !terms.iter().any(|term| term.column.source == column.source) {
                terms.push(Order { column: column.clone(), descending: false });
            }
        }
        // Behind the last key column nothing is left to be decided.
        let decided = key.iter().filter_map(|column| terms.iter().position(|term| term.column.source == column.source)).max();
        if let Some(decided) = decided {
            terms.truncate(decided + 1);
        }
        Ok(Self { terms, key })
    }

    /// The columns it sorts by.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Arc<Column>> {
        self.terms.iter().map(|term| &term.column)
    }

    /// Whether a page can start behind a row.
    pub(super) fn is_total(&self) -> bool {
        !self.key.is_empty()
    }

    /// The value of the `order` parameter.
    pub(super) fn to_parameter(&self) -> String {
        let term = |term: &Order| {
            let direction = if term.descending { "desc" } else { "asc" };
            format!("{}.{direction}.nullslast", quoted(&term.column.source))
        };
        self.terms.iter().map(term).collect::<Vec<_>>().join(",")
    }

    /// Rows that come after the one with these values; `None` if no row can have them.
    pub(super) fn after(&self, values: &[Value]) -> Option<Filter> {
        if values.len() != self.terms.len() || !self.is_total() {
            return None;
        }
        let texts: Vec<Option<String>> =
            self.terms.iter().zip(values).map(|(term, value)| self.text(&term.column, value)).collect::<Option<_>>()?;
        let mut alternatives = vec![];
        for (index, (term, text)) in self.terms.iter().zip(&texts).enumerate() {
            // Nulls come last: nothing of this term is after them.
            let Some(text) = text else { continue };
            let beyond = if term.descending { Operator::Lt } else { Operator::Gt };
            let beyond = Filter::test(&term.column, beyond, Operand::Literal(text.clone()));
            let later =
                if self.is_key(&term.column) { beyond } else { Filter::Any(vec![beyond, Filter::equal(&term.column, None)]) };
            let mut all: Vec<Filter> =
                self.terms[..index].iter().zip(&texts).map(|(term, text)| Filter::equal(&term.column, text.clone())).collect();
            all.push(later);
            alternatives.push(Filter::All(all));
        }
        (!alternatives.is_empty()).then_some(Filter::Any(alternatives))
    }

    pub(super) fn is_key(&self, column: &Column) -> bool {
        self.key.iter().any(|key| key.source == column.source)
    }

    /// A sort value as PostgreSQL's text; the outer `None` is a value the column cannot have.
    fn text(&self, column: &Column, value: &Value) -> Option<Option<String>> {
        if value.is_null() {
            return (!self.is_key(column)).then_some(None);
        }
        // A label that was added to the database only is a text like any other.
        let text = Type { base: Base::Text, array: column.kind.array };
        let kind = if matches!(column.kind.base, Base::Enum(_)) { &text } else { &column.kind };
        literal(kind, value, "cursor").ok().map(Some)
    }
}

/// Whether rows can be sorted by a column.
pub(super) fn sortable(column: &Column) -> bool {
    column.read && !column.kind.array && !matches!(column.kind.base, Base::Boolean | Base::Json | Base::Bytea)
}

fn term(table: &Table, name: &Value) -> Result<Order, String> {
    let Value::String(name) = name else {
        return Err(format!("order must be an array of column names such as \"-created_at\"; got {}", got(name)));
    };
    let sortable = || table.columns.iter().filter(|column| sortable(column));
    let find = |name: &str| sortable().find(|column| column.name == name).cloned();
    // A column's own name may begin with a hyphen.
    let found = find(name).map(|column| Order { column, descending: false });
    let found = found.or_else(|| Some(Order { column: find(name.strip_prefix('-')?)?, descending: true }));
    found.ok_or_else(|| {
        let name = name.strip_prefix('-').unwrap_or(name);
        unknown("order: column", name, sortable().map(|column| column.name.as_str()))
    })
}
