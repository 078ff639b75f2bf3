//! A caller's value against a declared type: what PostgreSQL would refuse, or quietly take for something else, is refused here
//! with a sentence that says what would do.

mod shape;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{
    declaration::{Base, Type, Width},
    text::{got, short},
};

/// An operand of a filter, as PostgreSQL's text of that type. `at` says where it stands in the arguments.
pub(super) fn literal(kind: &Type, value: &Value, at: &str) -> Result<String, String> {
    if value.is_null() {
        return Err(format!("{at} must not be null; use is_null to find rows without a value"));
    }
    if !kind.array {
        return scalar(&kind.base, value, at).map(|value| text_of(&kind.base, &value));
    }
    let elements = elements(&kind.base, value, at)?;
    let elements = elements.iter().map(|element| match element {
        Value::Null => "NULL".to_owned(),
        element => super::request::quoted(&text_of(&kind.base, element)),
    });
    Ok(format!("{{{}}}", elements.collect::<Vec<_>>().join(",")))
}

/// A value to be written, as JSON that PostgreSQL reads without loss.
pub(super) fn body(kind: &Type, nullable: bool, max_length: Option<u32>, value: &Value, at: &str) -> Result<Value, String> {
    if value.is_null() {
        return if nullable { Ok(Value::Null) } else { Err(format!("{at} must not be null")) };
    }
    let value = if kind.array { Value::Array(elements(&kind.base, value, at)?) } else { scalar(&kind.base, value, at)? };
    match max_length {
        Some(most) => within(&value, most, at).map(|()| value),
        None => Ok(value),
    }
}

/// One element of a list of operands, such as `in` takes.
pub(super) fn items<'a>(value: &'a Value, at: &str, most: usize) -> Result<&'a [Value], String> {
    match value {
        Value::Array(items) if (1..=most).contains(&items.len()) => Ok(items),
        Value::Array(items) => Err(format!("{at} must have 1 to {most} elements; got {}", items.len())),
        other => Err(format!("{at} must be an array; got {}", got(other))),
    }
}

fn elements(base: &Base, value: &Value, at: &str) -> Result<Vec<Value>, String> {
    let Value::Array(items) = value else {
        return Err(format!("{at} must be an array; got {}", got(value)));
    };
    let element = |(index, item): (usize, &Value)| match item {
        Value::Null => Ok(Value::Null),
        item => scalar(base, item, &format!("{at}[{index}]")),
    };
    items.iter().enumerate().map(element).collect()
}

fn scalar(base: &Base, value: &Value, at: &str) -> Result<Value, String> {
    let shaped = |fits: fn(&str) -> bool, example: &str| match value {
        Value::String(text) if fits(text) => Ok(value.clone()),
        other => Err(format!("{at} must be {example}; got {}", got(other))),
    };
    match base {
        Base::Boolean if value.is_boolean() => Ok(value.clone()),
        Base::Boolean => Err(format!("{at} must be true or false; got {}", got(value))),
        Base::Integer(width) => integer(*width, value, at),
        Base::Numeric => match value {
            Value::Number(number) => Ok(Value::String(number.to_string())),
            _ => shaped(shape::decimal, "a number or a decimal string such as \"12.50\""),
        },
        Base::Float if value.is_number() => Ok(value.clone()),
        Base::Float => shaped(shape::decimal, "a number"),
        Base::Text => match value {
            Value::String(_) => no_nul(value, at).map(|()| value.clone()),
            other => Err(format!("{at} must be a string; got {}", got(other))),
        },
        Base::Uuid => shaped(shape::uuid, "a UUID such as \"123e4567-e89b-12d3-a456-426614174000\""),
        Base::Date => shaped(shape::date, "a date such as \"2026-11-21\""),
        Base::Time => shaped(shape::time, "a time such as \"13:45:00\""),
        Base::Timestamp => shaped(shape::timestamp, "a date and time without an offset such as \"2026-11-21T13:45:00\""),
        Base::TimestampTz => shaped(shape::timestamp_tz, "a date and time such as \"2026-11-21T13:45:00Z\""),
        Base::Interval => shaped(shape::interval, "an interval such as \"1 day 02:30:00\""),
        Base::Bytea => shaped(shape::bytea, "\\x and pairs of hexadecimal digits such as \"\\x00ff\""),
        Base::Json => no_nul(value, at).map(|()| value.clone()),
        Base::Enum(labels) => label(labels, value, at),
    }
}

fn integer(width: Width, value: &Value, at: &str) -> Result<Value, String> {
    let (least, most) = range(width);
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(exact)),
        Value::String(text) if width == Width::W64 && shape::digits(text) => text.parse().ok(),
        _ => None,
    };
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Value::from(number)),
        None => Err(format!("{at} must be an integer from {least} to {most}; got {}", got(value))),
    }
}

/// The least and the greatest integer of a width.
pub(super) fn range(width: Width) -> (i64, i64) {
    match width {
        Width::W16 => (i16::MIN.into(), i16::MAX.into()),
        Width::W32 => (i32::MIN.into(), i32::MAX.into()),
        Width::W64 => (i64::MIN, i64::MAX),
    }
}

/// `1.0` is an integer in JSON Schema.
fn exact(number: f64) -> Option<i64> {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    #[allow(clippy::cast_possible_truncation, reason = "within 2^53 every whole number is exact")]
    (number.fract() == 0.0 && number.abs() <= SAFE).then_some(number as i64)
}

fn label(labels: &[String], value: &Value, at: &str) -> Result<Value, String> {
    match value {
        Value::String(text) if labels.contains(text) => Ok(value.clone()),
        Value::String(text) => Err(super::text::unknown(&format!("{at}:"), text, labels.iter().map(String::as_str))),
        other => Err(format!("{at} must be one of {}; got {}", short(&labels.join(", ")), got(other))),
    }
}

/// PostgreSQL stores no U+0000, neither in text nor anywhere in JSON.
fn no_nul(value: &Value, at: &str) -> Result<(), String> {
    let clean = match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => return items.iter().try_for_each(|item| no_nul(item, at)),
        Value::Object(members) => {
            members.values().try_for_each(|item| no_nul(item, at))?;
            !members.keys().any(|name| name.contains('\0'))
        }
        _ => true,
    };
    if clean { Ok(()) } else { Err(format!("{at} contains the character U+0000, which PostgreSQL cannot store; remove it")) }
}

fn within(value: &Value, most: u32, at: &str) -> Result<(), String> {
    match value {
        Value::String(text) => match text.chars().count() {
            length if length > most as usize => Err(format!("{at} is too long: {length} characters, at most {most} are allowed")),
            _ => Ok(()),
        },
        Value::Array(items) => items.iter().try_for_each(|item| within(item, most, at)),
        _ => Ok(()),
    }
}

/// The text of a value that `scalar` let through.
fn text_of(base: &Base, value: &Value) -> String {
    match value {
        Value::String(text) if *base != Base::Json => text.clone(),
        other => other.to_string(),
    }
}
