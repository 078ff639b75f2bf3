//! Columns of a table, of a view, or of the rows that a function returns.

use std::sync::Arc;

use super::{
    super::declaration::{Base, Column, Type},
    kind, names,
};
use crate::document::{Place, Value, excerpt};

/// Most columns of a table, and most arguments of a function.
pub(super) const MAX_COLUMNS: usize = 200;
/// More characters than a request may have bytes are no bound.
const MAX_LENGTH: u32 = 1_000_000;

const MEMBERS: [&str; 11] =
    ["type", "enum", "array", "column", "description", "read", "write", "required", "nullable", "max_length", "filter"];

/// The columns of a table or view. A column of its key is not null, and set only when a row is inserted, unless it says so.
pub(super) fn of_table(place: &Place<'_>, key: &[&str]) -> Vec<Arc<Column>> {
    read_all(place, "column", |name, column| of_table_one(name, column, key.contains(&name)))
}

/// The columns of rows that a function returns: they are read and nothing else.
pub(super) fn of_rows(place: &Place<'_>) -> Vec<Arc<Column>> {
    read_all(place, "column", |name, column| {
        let kind = kind_of(column, &["type", "enum", "array", "column", "description"])?;
        let column = Column {
            name: name.to_owned(),
            source: names::source(column, "column", name),
            kind,
            description: names::description(column),
            read: true,
            operators: Vec::new(),
            insert: false,
            update: false,
            required: false,
            nullable: true,
            max_length: None,
        };
        Some(Arc::new(column))
    })
}

/// Reads each entry. Names and names in the database are unique; `member` is where the latter is written.
pub(super) fn read_all<T>(place: &Place<'_>, member: &str, read: impl Fn(&str, &Place<'_>) -> Option<T>) -> Vec<T> {
    let entries: Vec<(&str, Place<'_>)> = place.entries().collect();
    if entries.len() > MAX_COLUMNS {
        place.mistake_here(&format!("has {} entries", entries.len()), &format!("declare {MAX_COLUMNS} at most"));
        return Vec::new();
    }
    let mut sources: Vec<(&str, &str)> = Vec::new();
    let mut all = Vec::with_capacity(entries.len());
    for (name, entry) in &entries {
        names::check_exposed(name, entry, member);
        let source = written_source(entry, member).unwrap_or(name);
        if let Some((_, other)) = sources.iter().find(|(other, _)| *other == source) {
            let fix = format!("remove one of the two, or correct its `{member}`");
            entry.mistake_here(&format!("is in the database what {} is", excerpt(other)), &fix);
        }
        sources.push((source, name));
        all.extend(read(name, entry));
    }
    all
}

/// The name in the database where one is written; what else stands there is noted elsewhere.
fn written_source<'a>(entry: &Place<'a>, member: &str) -> Option<&'a str> {
    match entry.member(member)?.value() {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The type of an entry: the text of a shorthand, or what its members tell.
pub(super) fn kind_of(entry: &Place<'_>, members: &[&str]) -> Option<Type> {
    if matches!(entry.value(), Value::Text(_)) {
        return kind::named(entry);
    }
    if !entry.is_table() {
        entry.mistake("is not a type", "write a type, such as \"text\", or a table with `type`");
        return None;
    }
    entry.only(members);
    kind::declared(entry)
}

/// The member `max_length`, for text only.
pub(super) fn max_length(entry: &Place<'_>, kind: &Type) -> Option<u32> {
    let member = entry.member("max_length")?;
    if kind.array || kind.base != Base::Text {
        member.mistake_here("is for text only", "remove it");
    }
    member.number(1, MAX_LENGTH)
}

fn of_table_one(name: &str, place: &Place<'_>, in_key: bool) -> Option<Arc<Column>> {
    let kind = kind_of(place, &MEMBERS)?;
    let switch = |member: &str, default: bool| place.member(member).map_or(Some(default), |member| member.switch());
    let read = switch("read", true).unwrap_or(true);
    let nullable = switch("nullable", !in_key).unwrap_or(!in_key);
    let required = switch("required", false).unwrap_or(false);
    let (insert, update) = write(place, in_key);
    // What cannot be read cannot be guessed by filtering either, unless the operator says so.
    let operators = match place.member("filter") {
        None if read => kind::operators(&kind),
        None => Vec::new(),
        Some(filter) => match filter.value() {
            Value::Switch(true) => kind::operators(&kind),
            Value::Switch(false) => Vec::new(),
            Value::List(_) => kind::chosen(&filter, &kind),
            _ => {
                filter.mistake("is no filter", "write true, false or a list of operators");
                Vec::new()
            }
        },
    };
    if required && !insert {
        let fix = "remove it, or allow write = \"insert\"";
        place
            .needed("required", "")
            .unwrap_or_else(|| place.clone())
            .mistake_here("a column that is not inserted is required", fix);
    }
    if !read && operators.is_empty() && !insert && !update && place.member("filter").is_none_or(|filter| !filter.is_list()) {
        place.mistake_here("can neither be read, nor filtered by, nor written", "remove the column, or allow one of the three");
    }
    let column = Column {
        name: name.to_owned(),
        source: names::source(place, "column", name),
        description: names::description(place),
        read,
        operators,
        insert,
        update,
        required,
        nullable,
        max_length: max_length(place, &kind),
        kind,
    };
    Some(Arc::new(column))
}

/// Whether a column may be inserted and updated.
fn write(place: &Place<'_>, in_key: bool) -> (bool, bool) {
    let Some(member) = place.member("write") else { return (true, !in_key) };
    match member.value() {
        Value::Switch(write) => (*write, *write),
        Value::Text(text) if text == "insert" => (true, false),
        Value::Text(text) if text == "update" => (false, true),
        _ => {
            member.mistake("is no way to write", "use true, false, \"insert\" or \"update\"");
            (true, true)
        }
    }
}
