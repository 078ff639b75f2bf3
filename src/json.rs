//! JSON from strangers: every member once, at every depth, and only so many values.
//!
//! A parser that takes the last of two `aud` or `method` members and a gateway that takes the first disagree about what was
//! said. And a value in memory is up to fifty times as large as `{"":0}` on the wire, so the size of the text bounds nothing.
//! `serde_json` already refuses invalid UTF-8, lone surrogates, a byte-order mark, trailing bytes, numbers out of range and
//! nesting deeper than 128; this adds the two. The reader is also that of the operator's own database, by laxer rules.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Most values, at all depths together. Real requests have some hundreds; a full answer to a model some thousands.
pub(crate) const MAX_VALUES: usize = 50_000;

/// Why bytes are not acceptable JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("not JSON")]
    Syntax,
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A member name occurs twice in one object.
    #[error("a JSON member occurs twice")]
    Duplicate,
    /// More than 50,000 values.
    #[error("too many JSON values")]
    TooMany,
}

/// Parses JSON in which no object repeats a member name.
pub fn value(bytes: &[u8]) -> Result<Value, JsonError> {
    read(bytes, Rules { last_wins: false, depth: usize::MAX })
}

/// Parses one JSON object, by the rules of [`value`].
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match value(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// An object of these members, one inserted after the other. `collect` sorts them first, and every place that collects brings
/// its own copy of the sort into the component, some 3 kB each.
pub(crate) fn members(members: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut map = Map::new();
    map.extend(members);
    map
}

/// What a reader admits.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Of equal members the last one counts; else they are a fault.
    pub(crate) last_wins: bool,
    /// Most levels of lists and objects, if less than the 127 of `serde_json`.
    pub(crate) depth: usize,
}

/// Parses JSON by other rules. The bound on the number of values stays.
pub(crate) fn read(bytes: &[u8], rules: Rules) -> Result<Value, JsonError> {
    let state = State { last_wins: rules.last_wins, left: Cell::new(MAX_VALUES), fault: Cell::new(None) };
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let value = Reader { state: &state, depth: rules.depth }.deserialize(&mut input);
    let value = value.and_then(|value| input.end().map(|()| value));
    value.map_err(|_| state.fault.get().unwrap_or(JsonError::Syntax))
}

/// What is left of the budget, and why the parse was ended.
struct State {
    last_wins: bool,
    left: Cell<usize>,
    fault: Cell<Option<JsonError>>,
}

impl State {
    fn end<E: Error>(&self, fault: JsonError) -> E {
        self.fault.set(Some(fault));
        E::custom(fault)
    }
}

/// Builds a [`Value`] within the rules.
#[derive(Clone, Copy)]
struct Reader<'a> {
    state: &'a State,
    /// How many levels more.
    depth: usize,
}

impl Reader<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.state.end(JsonError::Syntax)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.state.left.get().checked_sub(1) {
            Some(left) => self.state.left.set(left),
            None => return Err(self.state.end(JsonError::TooMany)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
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
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.insert(name, value).is_some() && !self.state.last_wins {
                return Err(self.state.end(JsonError::Duplicate));
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
            assert_eq!(object(text.as_bytes()), Err(JsonError::Duplicate), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_json() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let cases: [&[u8]; 7] =
            [b"", b"{} {}", b"\xef\xbb\xbf{}", b"{\"a\":\"\xff\"}", br#"{"a":"\ud800"}"#, br#"{"a":1e400}"#, deep.as_bytes()];
        for bytes in cases {
            assert_eq!(object(bytes), Err(JsonError::Syntax));
        }
        assert_eq!(object(b"[]"), Err(JsonError::NotAnObject));
        assert_eq!(object(b"1"), Err(JsonError::NotAnObject));
    }

    #[test]
    fn refuses_more_values_than_memory_should_hold() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(value(list(MAX_VALUES - 1).as_bytes()).is_ok());
        assert_eq!(value(list(MAX_VALUES).as_bytes()), Err(JsonError::TooMany));
    }
}
