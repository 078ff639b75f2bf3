//! Breaks a case somewhere: its head, a header, the bytes or the JSON of its body.

use rand::{RngExt as _, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use super::{
    Source,
    words::{HEADERS, MEMBERS, VALUES, WORDS},
};
use crate::case::Case;

impl Source {
    pub(super) fn bend_head(&mut self, case: &mut Case) {
        if self.one_in(2) {
            case.method = self.word(&["POST", "GET", "HEAD", "OPTIONS", "DELETE", "PUT", "post", "X"]);
        } else {
            case.target = self.word(&[
                "/mcp",
                "/mcp/",
                "/mcp//",
                "/mcp?access_token=x",
                "/mcp?%ff=%",
                "/healthz",
                "/",
                "/.well-known/oauth-protected-resource",
                "/.well-known/oauth-protected-resource/mcp",
                "/.well-known/oauth-authorization-server",
                "https://x.example/mcp",
                "*",
            ]);
        }
    }

    pub(super) fn bend_headers(&mut self, case: &mut Case) {
        let count = case.headers.len();
        let place = self.random.random_range(0..count.max(1));
        match self.random.random_range(0..5) {
            0 if count > 0 => drop(case.headers.remove(place)),
            1 if count > 0 => case.headers.push(case.headers[place].clone()),
            2 if count > 0 => {
                let value = &mut case.headers[place].1;
                let at = self.random.random_range(0..=value.len());
                value.insert(at, self.random.random());
            }
            3 if count > 0 => case.headers[place].1 = self.word(VALUES).into_bytes(),
            _ => {
                let (name, value) = (self.word(HEADERS), self.word(VALUES));
                case.headers.push((name, value.into_bytes()));
            }
        }
    }

    pub(super) fn bend_bytes(&mut self, body: &mut Vec<u8>) {
        let at = self.random.random_range(0..=body.len());
        match self.random.random_range(0..5) {
            0 => body.truncate(at),
            1 => body.insert(at, self.random.random()),
            2 if at < body.len() => body[at] ^= 1 << self.random.random_range(0..8),
            3 => {
                let end = self.random.random_range(at..=body.len());
                let piece = body[at..end].to_vec();
                body.splice(at..at, piece);
            }
            _ => {
                let depth = self.random.random_range(1..200);
                body.splice(at..at, "[".repeat(depth).into_bytes());
            }
        }
    }

    pub(super) fn bend_json(&mut self, body: &mut Vec<u8>) {
        let Ok(mut message) = serde_json::from_slice::<Value>(body) else { return };
        let mut count = 0;
        walk(&mut message, &mut |_| count += 1);
        let chosen = self.random.random_range(0..count);
        let mut index = 0;
        walk(&mut message, &mut |value| {
            if index == chosen {
                self.bend_value(value);
            }
            index += 1;
        });
        *body = message.to_string().into_bytes();
    }

    fn bend_value(&mut self, value: &mut Value) {
        let kind = self.random.random_range(0..8);
        match value {
            Value::Object(members) if kind < 6 => {
                let name = match members.keys().nth(self.random.random_range(0..members.len().max(1))) {
                    Some(name) if kind < 3 => name.clone(),
                    _ => self.word(MEMBERS),
                };
                if kind == 0 {
                    members.remove(&name);
                } else {
                    members.insert(name, self.value(3));
                }
            }
            Value::Array(items) if kind < 4 => items.push(self.value(2)),
            Value::Array(items) if kind < 6 => drop(items.pop()),
            _ => *value = self.value(3),
        }
    }

    pub(super) fn value(&mut self, depth: u32) -> Value {
        match self.random.random_range(0..if depth == 0 { 9 } else { 12 }) {
            0 => Value::Null,
            1 => json!(self.random.random::<bool>()),
            2 => json!(self.random.random_range(-3..30)),
            3 => json!(self.random.random::<i64>()),
            4 => json!(self.random.random::<f64>() * 1e3),
            5 if !self.found.is_empty() => json!(self.found.choose(&mut self.random)),
            6 => json!("x".repeat(self.random.random_range(0..300))),
            5 | 7 | 8 => json!(self.word(WORDS)),
            9 => (0..self.random.random_range(0..4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let mut members = Map::new();
                for _ in 0..self.random.random_range(0..4) {
                    members.insert(self.word(MEMBERS), self.value(depth - 1));
                }
                Value::Object(members)
            }
        }
    }
}

/// Calls `visit` with every value, children before their parent.
fn walk(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        Value::Object(members) => members.values_mut().for_each(|member| walk(member, visit)),
        _ => {}
    }
    visit(value);
}
