//! JSON from the operator's own database.
//!
//! PostgreSQL's `json` and `jsonb` hold what [`crate::json`] refuses from strangers and `serde_json` from anybody: a member
//! twice, `1e400`, half a surrogate pair, a thousand levels. One such value must not make a whole page unreadable. The last of
//! equal members wins, as in PostgreSQL. What this program has no form for becomes the JSON text of itself, as a string.
//! Bounds stay: the size of the answer, which is the caller's matter; the number of values; the depth, for the stack's sake.

use serde_json::Value;

use crate::json::{JsonError, Rules, read};

/// Levels that stay lists and objects. Our answer adds some more; many parsers stop at 128.
const MAX_DEPTH: usize = 100;

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    NotJson,
    /// More than 50,000 values.
    TooMany,
}

/// Parses JSON; what cannot be held as a value is held as its text.
pub(super) fn value(bytes: &[u8]) -> Result<Value, Unreadable> {
    match parse(bytes) {
        Err(Unreadable::NotJson) => parse(&tame(bytes)),
        other => other,
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Unreadable> {
    read(bytes, Rules { last_wins: true, depth: MAX_DEPTH }).map_err(|error| match error {
        JsonError::TooMany => Unreadable::TooMany,
        _ => Unreadable::NotJson,
    })
}

/// The same JSON with strings in the place of what is too deep or no double, and without halves of surrogate pairs. One pass
/// over the bytes without recursion; at most six times as long.
fn tame(text: &[u8]) -> Vec<u8> {
    let mut tamed = Vec::with_capacity(text.len());
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = text.get(at) {
        let end = match byte {
            b'"' => string_end(text, at),
            b'-' | b'0'..=b'9' => number_end(text, at),
            b'[' | b'{' if depth == MAX_DEPTH => container_end(text, at),
            _ => at + 1,
        };
        let piece = text.get(at..end).unwrap_or_default();
        match byte {
            b'"' => mend(piece, &mut tamed),
            b'-' | b'0'..=b'9' if is_out_of_range(piece) => quote(piece, &mut tamed),
            b'[' | b'{' if depth == MAX_DEPTH => quote(piece, &mut tamed),
            _ => {
                match byte {
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tamed.extend_from_slice(piece);
            }
        }
        at = end;
    }
    tamed
}

fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn number_end(text: &[u8], start: usize) -> usize {
    let rest = text.iter().skip(start);
    start + rest.take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count()
}

fn container_end(text: &[u8], start: usize) -> usize {
    let (mut at, mut open) = (start, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// A number, but none that `serde_json` can hold.
fn is_out_of_range(number: &[u8]) -> bool {
    let is_number = str::from_utf8(number).is_ok_and(|text| text.parse::<f64>().is_ok());
    is_number && serde_json::from_slice::<f64>(number).is_err()
}

fn quote(piece: &[u8], tamed: &mut Vec<u8>) {
    tamed.extend_from_slice(Value::from(String::from_utf8_lossy(piece)).to_string().as_bytes());
}

/// A string literal, with U+FFFD for every escaped surrogate that is not half of a pair.
fn mend(literal: &[u8], tamed: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(byte) = literal.get(at) {
        let length = match (byte, unit(literal, at)) {
            (_, Some(0xD800..0xDC00)) if matches!(unit(literal, at + 6), Some(0xDC00..0xE000)) => 12,
            (_, Some(0xD800..0xE000)) => {
                tamed.extend_from_slice(b"\\ufffd");
                at += 6;
                continue;
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        tamed.extend_from_slice(literal.get(at..at + length).unwrap_or_default());
        at += length;
    }
}

/// The UTF-16 unit that is escaped here (`\u00e9`).
fn unit(literal: &[u8], at: usize) -> Option<u16> {
    let digits = literal.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
