//! Tables and views.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    super::declaration::{Action, Column, Operator, Order, Table},
    access, column,
    kind::{self, ACTIONS},
    limits::{self, Defaults},
    names,
};
use crate::document::{Place, Value, names::suggestion};

const MEMBERS: [&str; 13] = [
    "schema",
    "description",
    "actions",
    "key",
    "order",
    "rows",
    "max_rows",
    "max_affected",
    "require",
    "scopes",
    "claims",
    "columns",
    "table",
];

/// Most columns of a key, of an order or of the required filters.
const MAX_TERMS: usize = 32;

/// One table or view.
pub(super) fn read(name: &str, place: &Place<'_>, view: bool, defaults: &Defaults) -> Option<Table> {
    let member = if view { "view" } else { "table" };
    let mut members = MEMBERS;
    members[MEMBERS.len() - 1] = member;
    names::check_tool(name, place);
    if !place.only(&members) {
        return None;
    }
    let key_names = place.member("key").map(|key| one_or_more(&key)).unwrap_or_default();
    let key_texts: Vec<&str> = key_names.iter().map(|(_, name)| *name).collect();
    let columns = columns(place, &key_texts);
    let scope = Columns { columns: &columns, declared: place.member("columns") };
    let key: Vec<_> = key_names.iter().filter_map(|(item, name)| key_column(item, name, &scope)).collect();
    let actions = actions(place);
    let table = Table {
        name: name.to_owned(),
        schema: names::database(place, "schema"),
        relation: names::source(place, member, name),
        view,
        description: names::description(place),
        order: order(place, &key, &scope),
        rows: limits::rows(place, defaults),
        max_affected: limits::max_affected(place, defaults),
        required: required(place, &scope),
        access: access::read(place),
        columns: columns.clone(),
        key,
        actions,
    };
    // A part with a mistake of its own makes the rules between the parts meaningless.
    if scope.is_whole() {
        check_actions(&table, place);
    }
    Some(table)
}

/// The columns that could be read, and where they are declared.
struct Columns<'a> {
    columns: &'a [Arc<Column>],
    declared: Option<Place<'a>>,
}

impl Columns<'_> {
    /// Whether every declared column could be read.
    fn is_whole(&self) -> bool {
        self.declared.as_ref().is_some_and(|declared| declared.is_table() && declared.entries().count() == self.columns.len())
    }

    fn find(&self, item: &Place<'_>, name: &str) -> Option<Arc<Column>> {
        if let Some(column) = self.columns.iter().find(|column| column.name == name) {
            return Some(column.clone());
        }
        // A column that is declared, but wrongly, has been noted where it is declared.
        let declared: Vec<&str> = match &self.declared {
            Some(columns) if columns.is_table() => columns.entries().map(|(name, _)| name).collect(),
            _ => return None,
        };
        if !declared.contains(&name) {
            item.mistake("is no column of this table", &suggestion(name, &declared));
        }
        None
    }
}

fn columns(place: &Place<'_>, key: &[&str]) -> Vec<Arc<Column>> {
    let Some(columns) = place.needed("columns", "declare the columns that callers may use, such as id = \"bigint\"") else {
        return Vec::new();
    };
    if columns.is_empty() {
        columns.mistake_here("there are no columns", "declare the columns that callers may use, such as id = \"bigint\"");
    }
    column::of_table(&columns, key)
}

fn key_column(item: &Place<'_>, name: &str, scope: &Columns<'_>) -> Option<Arc<Column>> {
    let column = scope.find(item, name)?;
    if !column.read {
        item.mistake("is in the key but cannot be read", "remove read = false from the column");
    } else if column.nullable {
        item.mistake("is in the key but may be null", "remove nullable = true from the column, or take another key");
    } else if !kind::is_ordered(&column.kind) {
        item.mistake(
            "is in the key but has no order",
            "take a column that rows can be sorted by, such as a number, a text or a uuid",
        );
    }
    Some(column)
}

fn actions(place: &Place<'_>) -> BTreeSet<Action> {
    let Some(list) = place.member("actions") else { return BTreeSet::from([Action::Select]) };
    let texts = list.texts(ACTIONS.len() * 2);
    if list.is_empty_list() {
        list.mistake_here("lists no action", "list some, or remove the table");
    }
    let known = ACTIONS.map(|(name, _)| name);
    let mut actions = BTreeSet::new();
    for (item, text) in texts {
        match ACTIONS.iter().find(|(name, _)| *name == text) {
            Some((_, action)) => drop(actions.insert(*action)),
            None => item.mistake("is no action", &suggestion(text, &known)),
        }
    }
    actions
}

/// The member `order`, else the key.
fn order(place: &Place<'_>, key: &[Arc<Column>], scope: &Columns<'_>) -> Vec<Order> {
    let Some(member) = place.member("order") else {
        return key.iter().map(|column| Order { column: column.clone(), descending: false }).collect();
    };
    let mut order: Vec<Order> = Vec::new();
    for (item, text) in one_or_more(&member) {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let Some(column) = scope.find(&item, name) else { continue };
        if !column.read || !kind::is_ordered(&column.kind) {
            item.mistake("cannot be sorted by", "take a column that can be read and whose type has an order");
        } else if order.iter().any(|term| term.column.name == column.name) {
            item.mistake("is in the order twice", "remove one of the two");
        }
        order.push(Order { column, descending });
    }
    order
}

/// Whether a condition with this operator says which values a column has, as `require` wants it.
const fn pins(operator: &Operator) -> bool {
    matches!(operator, Operator::Eq | Operator::In)
}

fn required(place: &Place<'_>, scope: &Columns<'_>) -> Vec<Arc<Column>> {
    let Some(member) = place.member("require") else { return Vec::new() };
    let columns = member.texts(MAX_TERMS).into_iter().filter_map(|(item, name)| {
        let column = scope.find(&item, name)?;
        if column.operators.is_empty() {
            item.mistake(
                "is required as a filter but cannot be filtered by",
                "allow it with `filter`, or require another column",
            );
        } else if !column.operators.iter().any(pins) {
            let (lacks, fix) = if kind::operators(&column.kind).iter().any(pins) {
                ("allows", "allow one of them with `filter`, or require another column")
            } else {
                ("its type has", "require another column")
            };
            item.mistake(&format!("is required as a filter but {lacks} neither eq nor in, so no call could meet it"), fix);
        }
        Some(column)
    });
    columns.collect()
}

/// One text, or a list of at least one.
fn one_or_more<'a>(place: &Place<'a>) -> Vec<(Place<'a>, &'a str)> {
    if let Value::Text(text) = place.value() {
        return vec![(place.clone(), text)];
    }
    let texts = place.texts(MAX_TERMS);
    if place.is_empty_list() {
        place.mistake_here("lists no column", "name a column, or remove it");
    }
    texts
}

/// What an action needs that the table does not have.
fn check_actions(table: &Table, place: &Place<'_>) {
    let actions = place.member("actions").unwrap_or_else(|| place.clone());
    let any = |has: fn(&Column) -> bool| table.columns.iter().any(|column| has(column));
    let no_key = place.member("key").is_none();
    for action in &table.actions {
        let name = kind::action_name(*action);
        let lacks = |what: &str, fix: &str| actions.mistake_here(&format!("{name} needs {what}"), fix);
        if no_key && matches!(action, Action::Update | Action::Upsert | Action::Delete) {
            lacks("a key", "name the columns that identify a row, such as key = \"id\"");
        }
        match action {
            Action::Select if !any(|column| column.read) => {
                lacks("a column that can be read", "allow read for one, or remove the action")
            }
            Action::Insert if !any(|column| column.insert) => {
                lacks("a column that can be inserted", "allow write for one, or remove the action")
            }
            Action::Update if !any(|column| column.update) => {
                lacks("a column that can be updated", "allow write for one, or remove the action")
            }
            Action::Upsert if table.key.iter().any(|column| !column.insert) => {
                lacks("every column of the key to be inserted", "allow write = \"insert\" for the key, or remove the action");
            }
            Action::Update | Action::Delete if !any(|column| !column.operators.is_empty()) => {
                lacks("a column to filter by", "allow filter for one, or remove the action");
            }
            _ => {}
        }
    }
}
