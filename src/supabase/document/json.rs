//! JSON → [`Node`].
//!
//! `serde_json` tells no positions, but a [`RawValue`] borrows its text from the document, and where in the document it lies
//! is its position. Every level is parsed again for the next one, so the depth is bounded.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    mistake::{Mistake, excerpt},
    node::{Lines, MAX_DEPTH, Node, Value},
};

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<Node, Mistake> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        // The position that the message ends with is the line we tell ourselves.
        let problem = error.to_string();
        let problem = problem.split(" at line ").next().unwrap_or_default();
        Mistake::of_document(error.line(), &format!("not JSON: {problem}"), "correct the syntax")
    })?;
    Source { text, lines: Lines::of(text) }.node(raw, MAX_DEPTH)
}

struct Source<'a> {
    text: &'a str,
    lines: Lines,
}

impl<'a> Source<'a> {
    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node, Mistake> {
        let json = raw.get();
        let line = self.lines.line((json.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize));
        let Some(depth) = depth.checked_sub(1) else { return Err(Mistake::too_deep(line)) };
        let failed = |error: serde_json::Error| {
            Mistake::of_document(line, &format!("not JSON: {error}"), "correct the value that starts here")
        };
        let value = match json.as_bytes().first() {
            Some(b'{') => {
                let Members(raw) = serde_json::from_str(json).map_err(failed)?;
                Value::Table(self.members(raw, depth)?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json).map_err(failed)?;
                Value::List(items.into_iter().map(|item| self.node(item, depth)).collect::<Result<_, _>>()?)
            }
            _ => scalar(serde_json::from_str(json).map_err(failed)?),
        };
        Ok(Node { line, value })
    }

    fn members(&self, raw: Vec<(String, &'a RawValue)>, depth: usize) -> Result<Vec<(String, Node)>, Mistake> {
        let mut names = std::collections::BTreeMap::new();
        let mut members = Vec::with_capacity(raw.len());
        for (name, raw) in raw {
            let node = self.node(raw, depth)?;
            if let Some(first) = names.insert(name.clone(), node.line) {
                let problem = format!("the member {} occurs twice; the first is in line {first}", excerpt(&name));
                return Err(Mistake::of_document(node.line, &problem, "join the two, or rename one"));
            }
            members.push((name, node));
        }
        Ok(members)
    }
}

fn scalar(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(switch) => Value::Switch(switch),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Whole(whole),
            None => number.as_f64().map_or(Value::Null, Value::Number),
        },
        _ => Value::Null,
    }
}

/// The members of an object as they stand there, twice if they stand there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}
