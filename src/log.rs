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
    host.log(&escaped(&Value::Object(line).to_string()));
}

/// JSON with what could steer a terminal, or turn the direction of a line, as escapes. JSON itself demands that of U+0000 to U+001F alone.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        if c.is_control() || turns {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_line_steers_a_terminal() {
        let line = serde_json::json!({ "tool": "a\u{9b}31m\u{202e}b\u{2028}é\u{1b}" }).to_string();
        let safe = escaped(&line);
        assert_eq!(safe, r#"{"tool":"a\u009b31m\u202eb\u2028é\u001b"}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            serde_json::from_str::<serde_json::Value>(&line).unwrap()
        );
    }
}
