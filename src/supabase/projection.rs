//! Which columns of a row come back.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    declaration::{Base, Column, Table},
    request::quoted,
    text::{got, unknown},
};

/// A select list: what the caller sees, and what only we look at.
#[derive(Debug, Clone)]
pub(super) struct Projection {
    pub(super) shown: Vec<Arc<Column>>,
    /// Under names that no declared column can have.
    hidden: Vec<(String, Arc<Column>)>,
}

impl Projection {
    /// The columns named by the argument `name`, or all readable ones.
    pub(super) fn of_call(table: &Table, arguments: &Map<String, Value>, name: &str) -> Result<Self, String> {
        let readable = || table.columns.iter().filter(|column| column.read);
        let Some(names) = arguments.get(name) else {
            return Ok(Self { shown: readable().cloned().collect(), hidden: vec![] });
        };
        let Value::Array(names) = names else {
            return Err(format!("{name} must be an array of column names; got {}", got(names)));
        };
        let mut shown: Vec<Arc<Column>> = vec![];
        for wanted in names {
            let Value::String(wanted) = wanted else {
                return Err(format!("{name} must be an array of column names; got {}", got(wanted)));
            };
            let Some(column) = readable().find(|column| column.name == *wanted) else {
                return Err(unknown(&format!("{name}: column"), wanted, readable().map(|column| column.name.as_str())));
            };
            if !shown.iter().any(|earlier| earlier.name == column.name) {
                shown.push(column.clone());
            }
        }
        Ok(Self { shown, hidden: vec![] })
    }

    /// These columns.
    pub(super) fn of(columns: &[Arc<Column>]) -> Self {
        Self { shown: columns.to_vec(), hidden: vec![] }
    }

    /// Adds what is needed of these columns to compare them with a row, unless it is there anyway. A `Float` is needed as
    /// PostgreSQL's text: read as a double from JSON it may be off by its last digit.
    #[must_use]
    pub(super) fn with_hidden<'a>(mut self, columns: impl IntoIterator<Item = &'a Arc<Column>>) -> Self {
        for column in columns {
            let there = self.shown.iter().any(|shown| shown.name == column.name);
            let hidden = self.hidden.iter().any(|(_, hidden)| hidden.name == column.name);
            if !hidden && (!there || column.kind.base == Base::Float) {
                self.hidden.push((format!("~{}", self.hidden.len()), column.clone()));
            }
        }
        self
    }

    /// The value of the `select` parameter.
    pub(super) fn to_parameter(&self) -> String {
        let shown = self.shown.iter().map(|column| item(&column.name, column, false));
        let hidden = self.hidden.iter().map(|(name, column)| item(name, column, true));
        shown.chain(hidden).collect::<Vec<_>>().join(",")
    }

    /// The value of a column in a row that was selected by this list.
    pub(super) fn value<'a>(&self, row: &'a Map<String, Value>, column: &Column) -> Option<&'a Value> {
        let hidden = self.hidden.iter().find(|(_, hidden)| hidden.name == column.name);
        row.get(hidden.map_or(column.name.as_str(), |(name, _)| name.as_str()))
    }
}

fn item(name: &str, column: &Column, exact: bool) -> String {
    // An array's cast is written with its type's own name: the grammar has no brackets.
    let cast = match (&column.kind.base, column.kind.array) {
        (Base::Numeric, false) => "::text",
        (Base::Numeric, true) => "::_text",
        (Base::Float, false) if exact => "::text",
        _ => "",
    };
    if name == column.source && plain(name) {
        format!("{name}{cast}")
    } else {
        format!("{}:{}{cast}", quoted(name), quoted(&column.source))
    }
}

/// A name that needs no quotes anywhere.
fn plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::fixtures::*, *};

    #[test]
    fn all_readable_columns_by_default() {
        let all = Projection::of_call(&notes(), &arguments(json!({})), "columns").unwrap();
        assert_eq!(all.to_parameter(), r#"id,title,"state":"State \"x\"",locked,price::text,score,tags,meta,created_at"#);
    }

    #[test]
    fn only_readable_columns() {
        let select = |names| {
            Projection::of_call(&notes(), &arguments(json!({ "columns": names })), "columns").map(|list| list.to_parameter())
        };
        assert_eq!(select(json!(["title", "id", "title"])).as_deref(), Ok("title,id"));
        assert_eq!(select(json!([])).as_deref(), Ok(""));
        assert!(select(json!(["secret"])).unwrap_err().contains("`secret` is not allowed"));
        for names in [json!("id"), json!([1]), json!(["*"]), json!(["id,secret"]), json!(["id::text"]), json!(["State \"x\""])] {
            assert!(select(names).is_err());
        }
    }

    #[test]
    fn names_are_quoted_unless_plain() {
        for (name, source, text) in [
            ("id", "id", "id"),
            ("Id", "Id", r#""Id":"Id""#),
            ("a.b", "a.b", r#""a.b":"a.b""#),
            ("1a", "1a", r#""1a":"1a""#),
            ("a", "b\",secret:\"c", r#""a":"b\",secret:\"c""#),
        ] {
            let column = Column { source: source.to_owned(), ..column(name, of(Base::Text)) };
            assert_eq!(item(name, &column, false), text);
        }
        assert_eq!(item("n", &column("n", array_of(Base::Numeric)), false), "n::_text");
    }

    #[test]
    fn hidden_columns_are_found_again() {
        let table = notes();
        let list = Projection::of_call(&table, &arguments(json!({ "columns": ["title", "score"] })), "columns").unwrap();
        let list = list.with_hidden([&table.columns[0], &table.columns[1], &table.columns[6]]);
        assert_eq!(list.to_parameter(), r#"title,score,"~0":"id","~1":"score"::text"#);
        let row = arguments(json!({ "title": "t", "score": 0.1, "~0": 1, "~1": "0.1" }));
        assert_eq!(list.value(&row, &table.columns[0]), Some(&json!(1)));
        assert_eq!(list.value(&row, &table.columns[1]), Some(&json!("t")));
        assert_eq!(list.value(&row, &table.columns[6]), Some(&json!("0.1")));
    }
}
