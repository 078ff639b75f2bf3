//! The operator's log: one JSON object a line, no secret in it.

use serde_json::{Map, Value, json};

use crate::host::Host;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

/// Writes `{"level":…,"event":…,…fields}`. Absent fields are left out.
pub(crate) fn event(host: &dyn Host, level: Level, event: &str, fields: &[(&str, Value)]) {
    let level = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let mut line = Map::new();
    line.insert("level".into(), json!(level));
    line.insert("event".into(), json!(event));
    for (name, value) in fields {
        if !value.is_null() {
            line.insert((*name).to_owned(), value.clone());
        }
    }
    host.log(&Value::Object(line).to_string());
}
