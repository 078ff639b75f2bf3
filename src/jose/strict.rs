//! JSON objects as security needs them: every member once, at every depth.
//!
//! A parser that takes the last of two `aud` members and a gateway that takes the first disagree about who a token is for.
//! `serde_json` already refuses invalid UTF-8, lone surrogates, a byte-order mark, trailing bytes, numbers out of range and
//! nesting deeper than 128; this adds the duplicates.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why bytes are not a strict JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StrictError {
    /// Not JSON, or not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A member name occurs twice in one object.
    #[error("a JSON member occurs twice")]
    Duplicate,
}

/// Parses one JSON object in which no member name repeats.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, StrictError> {
    let duplicate = Cell::new(false);
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(&duplicate).deserialize(&mut input).and_then(|value| input.end().map(|()| value));
    match value {
        Ok(Value::Object(map)) => Ok(map),
        Err(_) if duplicate.get() => Err(StrictError::Duplicate),
        _ => Err(StrictError::NotAnObject),
    }
}

/// Builds a [`Value`] and notes a duplicate member, which ends the parse.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate members")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(self)?;
            if map.insert(name, value).is_some() {
                self.0.set(true);
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_serde_json_accepts() {
        let text = r#" {"a":[1,-2,0.5,"x",null,true,{"b":{}}],"é":"\u00e9"} "#;
        assert_eq!(Value::Object(object(text.as_bytes()).unwrap()), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn refuses_duplicates_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#, r#"{"x":{"y":{"a":null,"a":null}}}"#] {
            assert_eq!(object(text.as_bytes()), Err(StrictError::Duplicate), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_object() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let cases: [&[u8]; 9] = [
            b"",
            b"[]",
            b"1",
            b"{} {}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\xff\"}",
            br#"{"a":"\ud800"}"#,
            br#"{"a":1e400}"#,
            deep.as_bytes(),
        ];
        for bytes in cases {
            assert_eq!(object(bytes), Err(StrictError::NotAnObject));
        }
    }
}
