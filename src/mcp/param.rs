//! `Mcp-Param-*`: arguments that a client repeats in headers, for gateways that do not read bodies (2026-07-28).
//!
//! A tool marks a property of its input schema with `"x-mcp-header": "Region"`, and `Mcp-Param-Region` must then say what the
//! argument says. The mark counts on texts, numbers and booleans that are reached through `properties` alone.

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use super::{
    header::{self, mismatch},
    jsonrpc::Fault,
};

/// The mark.
const MARK: &str = "x-mcp-header";
/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 16;

/// Checks the headers of a call against its arguments.
pub(super) fn check(schema: &Value, arguments: &Map<String, Value>, headers: &HeaderMap) -> Result<(), Fault> {
    level(schema, Some(arguments), headers, 0)
}

fn level(schema: &Value, arguments: Option<&Map<String, Value>>, headers: &HeaderMap, depth: usize) -> Result<(), Fault> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| depth < MAX_DEPTH) else {
        return Ok(());
    };
    for (name, property) in properties {
        let argument = arguments.and_then(|arguments| arguments.get(name));
        match marked(property) {
            Some(header) => agrees(&header, argument, headers)?,
            None => level(property, argument.and_then(Value::as_object), headers, depth + 1)?,
        }
    }
    Ok(())
}

/// The header of a property with a lawful mark.
fn marked(property: &Value) -> Option<HeaderName> {
    let mark = property.get(MARK)?.as_str()?;
    let plain = match property.get("type")? {
        Value::String(kind) => is_plain(kind),
        // As `Option<String>` is written.
        Value::Array(kinds) => {
            match &kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect::<Vec<_>>()[..] {
                [kind] => is_plain(kind),
                _ => false,
            }
        }
        _ => false,
    };
    HeaderName::try_from(format!("mcp-param-{}", mark.to_ascii_lowercase())).ok().filter(|_| plain && !mark.is_empty())
}

fn is_plain(kind: &str) -> bool {
    ["string", "integer", "number", "boolean"].contains(&kind)
}

fn agrees(name: &HeaderName, argument: Option<&Value>, headers: &HeaderMap) -> Result<(), Fault> {
    let found = header::value(headers, name.as_str())?.map(header::decoded).transpose()?;
    let same = match (argument, found.as_deref()) {
        (None | Some(Value::Null), None) => true,
        (Some(Value::String(text)), Some(found)) => text == found,
        (Some(Value::Bool(value)), Some(found)) => found == if *value { "true" } else { "false" },
        (Some(Value::Number(number)), Some(found)) => same_number(number, found),
        // An argument of a wrong type is for the tool to refuse, and no client can say it in a header.
        (Some(Value::Array(_) | Value::Object(_)), None) => true,
        _ => false,
    };
    let text = || mismatch(format!("the header {name} is missing or differs from its argument"));
    if same { Ok(()) } else { Err(text()) }
}

/// `42` and `42.0` are one number.
fn same_number(number: &serde_json::Number, found: &str) -> bool {
    if number.to_string() == found {
        return true;
    }
    let grammar = found.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    // Beyond 2^53 two integers can be one float; there the digits decide.
    let exact = |value: f64| value.abs() < 9_007_199_254_740_992.0;
    let (Some(left), Ok(right)) = (number.as_f64(), found.parse::<f64>()) else { return false };
    // Equal numbers, not near ones.
    #[allow(clippy::float_cmp)]
    let equal = left == right;
    grammar && equal && exact(left)
}
