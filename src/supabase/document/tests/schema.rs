//! The JSON Schema that editors use and the reader agree.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::{
    corpus::{BAD, By, GOOD},
    examples,
};
use crate::supabase::Declaration;

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn new() -> Self {
        let url = "https://schema.test/data.schema.json";
        let schema = serde_json::from_str(include_str!("../../../../docs/data.schema.json")).unwrap();
        let mut compiler = Compiler::new();
        compiler.add_resource(url, schema).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(url, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
        Self { schemas, index }
    }

    fn refusal(&self, document: &Value) -> Option<String> {
        self.schemas.validate(document, self.index).err().map(|error| error.to_string())
    }
}

/// What the schema has against a document.
pub(super) fn refusal(document: &Value) -> Option<String> {
    thread_local!(static SCHEMA: Schema = Schema::new());
    SCHEMA.with(|schema| schema.refusal(document))
}

pub(super) fn value(text: &str) -> Option<Value> {
    if text.trim_start().starts_with('{') { serde_json::from_str(text).ok() } else { toml::from_str(text).ok() }
}

#[test]
fn what_the_reader_accepts_the_schema_accepts() {
    for text in GOOD.iter().chain(&examples("toml")).chain(&examples("json")) {
        assert_eq!(refusal(&value(text).unwrap()), None, "{text}");
    }
}

#[test]
fn what_the_schema_can_tell_it_tells() {
    for (by, text, _) in BAD {
        let refused = value(text).map(|value| refusal(&value).is_some());
        assert_eq!(refused, by.refused(), "{text}");
    }
}

/// The same document in JSON has the same meaning.
#[test]
fn toml_and_json_are_read_alike() {
    for text in GOOD.iter().chain(&examples("toml")) {
        let json = serde_json::to_string_pretty(&value(text).unwrap()).unwrap();
        let (one, other) = (Declaration::parse(text).unwrap(), Declaration::parse(&json).unwrap());
        assert_eq!(one.tables.len(), other.tables.len());
        // Members are in another order, for `serde_json` sorts them.
        let sorted = |declaration: &Declaration| {
            let mut tables: Vec<String> = declaration
                .tables
                .iter()
                .map(|table| format!("{:?}{:?}{:?}", table.name, table.rows, table.access.scopes))
                .collect();
            tables.sort();
            tables
        };
        assert_eq!(sorted(&one), sorted(&other));
    }
}

impl By {
    /// What the schema says of the document; `None` if a parser refuses it before.
    const fn refused(self) -> Option<bool> {
        match self {
            Self::Syntax => None,
            Self::Both => Some(true),
            Self::Reader => Some(false),
        }
    }
}
