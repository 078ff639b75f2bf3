//! JSON → [`Node`].
//!
//! `serde_json` checks the syntax and decodes texts and numbers, but tells no positions. So the way through the text, which is
//! known to be JSON then, is ours.

use serde::de::IgnoredAny;

use super::{
    mistake::{Mistake, excerpt},
    node::{Lines, MAX_DEPTH, Node, Value},
};

/// Most members of one object; the document has 200 at most.
const MAX_MEMBERS: usize = 1_000;

/// Parses a document.
pub(crate) fn parse(text: &str) -> Result<Node, Mistake> {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(text.as_bytes()) {
        // The position that the message ends with is the line we tell ourselves.
        let problem = error.to_string();
        let problem = problem.split(" at line ").next().unwrap_or_default();
        return Err(Mistake::of_document(error.line().max(1), &format!("not JSON: {problem}"), "correct the syntax"));
    }
    Walker { text, at: 0, lines: Lines::of(text) }.node(MAX_DEPTH)
}

/// The text, which is JSON, and how far it has been read.
struct Walker<'a> {
    text: &'a str,
    at: usize,
    lines: Lines,
}

impl Walker<'_> {
    /// The next byte that is no white space; 0 at the end.
    fn peek(&mut self) -> u8 {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blanks;
        rest.get(blanks).copied().unwrap_or_default()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == byte;
        self.at += usize::from(there);
        there
    }

    fn node(&mut self, depth: usize) -> Result<Node, Mistake> {
        let first = self.peek();
        let line = self.lines.line(self.at);
        let Some(depth) = depth.checked_sub(1) else { return Err(Mistake::too_deep(line)) };
        let value = match first {
            b'{' => Value::Table(self.members(depth)?),
            b'[' => Value::List(self.items(depth)?),
            _ => self.scalar(line)?,
        };
        Ok(Node { line, value })
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Mistake> {
        let mut items = Vec::new();
        self.take(b'[');
        while self.peek() != b']' && self.at < self.text.len() {
            items.push(self.node(depth)?);
            self.take(b',');
        }
        self.take(b']');
        Ok(items)
    }

    fn members(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Mistake> {
        let mut members: Vec<(String, Node)> = Vec::new();
        self.take(b'{');
        while self.peek() != b'}' && self.at < self.text.len() {
            let line = self.lines.line(self.at);
            let Value::Text(name) = self.scalar(line)? else { break };
            if let Some((_, first)) = members.iter().find(|(member, _)| *member == name) {
                let problem = format!("the member {} occurs twice; the first is in line {}", excerpt(&name), first.line);
                return Err(Mistake::of_document(line, &problem, "join the two, or rename one"));
            }
            if members.len() >= MAX_MEMBERS {
                return Err(Mistake::of_document(line, "an object has more than 1000 members", "declare less"));
            }
            self.take(b':');
            let value = self.node(depth)?.value;
            members.push((name, Node { line, value }));
            self.take(b',');
        }
        self.take(b'}');
        Ok(members)
    }

    /// A text, or a word without quotes.
    fn scalar(&mut self, line: usize) -> Result<Value, Mistake> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = if rest.first() == Some(&b'"') {
            let mut escaped = true;
            let end = rest.iter().position(|byte| {
                let closes = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                closes
            });
            end.map_or(rest.len(), |end| end + 1)
        } else {
            rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte))).unwrap_or(rest.len())
        };
        self.at += end;
        match crate::json::value(rest.get(..end).unwrap_or_default()) {
            Ok(serde_json::Value::Bool(switch)) => Ok(Value::Switch(switch)),
            Ok(serde_json::Value::String(text)) => Ok(Value::Text(text)),
            Ok(serde_json::Value::Number(number)) => {
                Ok(number.as_i64().map_or_else(|| Value::Number(number.as_f64().unwrap_or(f64::NAN)), Value::Whole))
            }
            Ok(serde_json::Value::Null) => Ok(Value::Null),
            _ => Err(Mistake::of_document(line, "not JSON: a text with a wrong escape, or a number out of range", "correct it")),
        }
    }
}
