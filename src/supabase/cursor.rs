//! Where the next page starts. A cursor comes back from the caller, so it is input like any other: it names its query, and its
//! values are checked as if somebody had typed them.
//!
//! Nothing seals it, because a forged one wins little: it starts the page behind other values of the columns that the call sorts
//! by. So it compares columns that can be read and sorted by, also those that the declaration does not let anybody filter by;
//! what it compares is in the rows anyway. It adds to the filter and replaces nothing of it, it cannot name another column, and
//! columns that cannot be read cannot be sorted by.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longest cursor that is looked at.
const MAX_TEXT: usize = 8_000;
/// Furthest offset: PostgreSQL reads and drops all rows before it.
const MAX_OFFSET: u32 = 1_000_000;
/// Of what is inside; another version is another query.
const VERSION: u64 = 1;

/// What identifies a query: the rows and the order, not how many of them are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    /// Of the parts that define a list.
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        Self(u64::from_be_bytes(first))
    }
}

/// Where a page starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Position {
    /// Behind the row with these sort values.
    After(Vec<Value>),
    /// Behind so many rows.
    Offset(u32),
}

impl Position {
    /// Behind so many rows, if that is not too far.
    pub(super) fn offset(rows: u32) -> Option<Self> {
        (rows <= MAX_OFFSET).then_some(Self::Offset(rows))
    }

    /// As a cursor.
    pub(super) fn to_cursor(&self, query: Fingerprint) -> String {
        let query = format!("{:016x}", query.0);
        let content = match self {
            Self::After(values) => json!({ "v": VERSION, "q": query, "k": values }),
            Self::Offset(rows) => json!({ "v": VERSION, "q": query, "o": rows }),
        };
        URL_SAFE_NO_PAD.encode(content.to_string())
    }

    /// From a cursor of the same query.
    pub(super) fn of_cursor(cursor: &str, query: Fingerprint) -> Result<Self, String> {
        Self::read(cursor, query).ok_or_else(foreign)
    }

    fn read(cursor: &str, query: Fingerprint) -> Option<Self> {
        if cursor.len() > MAX_TEXT {
            return None;
        }
        let mut content = crate::json::object(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        if content.remove("v")? != json!(VERSION) || content.remove("q")? != json!(format!("{:016x}", query.0)) {
            return None;
        }
        let position = match (content.remove("k"), content.remove("o")) {
            (Some(Value::Array(values)), None) => Self::After(values),
            (None, Some(rows)) => Self::offset(u32::try_from(rows.as_u64()?).ok()?)?,
            _ => return None,
        };
        content.is_empty().then_some(position)
    }
}

/// The refusal of a cursor that is not of this query.
pub(super) fn foreign() -> String {
    "this cursor belongs to another query; repeat the call without cursor".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> Fingerprint {
        Fingerprint::of(&["notes_select", "a", "b"])
    }

    #[test]
    fn cursors_return() {
        for position in [Position::After(vec![json!("ä"), json!(null), json!(7)]), Position::Offset(1_000_000)] {
            let cursor = position.to_cursor(query());
            assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
            assert_eq!(Position::of_cursor(&cursor, query()), Ok(position));
        }
    }

    #[test]
    fn other_cursors_are_refused() {
        let cursor = Position::Offset(1).to_cursor(query());
        for other in [&["notes_select", "ab", ""][..], &["notes_select", "a", "bb"], &["other_select", "a", "b"]] {
            assert_eq!(Position::of_cursor(&cursor, Fingerprint::of(other)), Err(foreign()));
        }
        let q = format!("{:016x}", query().0);
        for content in [
            json!({ "v": 2, "q": q, "o": 1 }),
            json!({ "v": 1, "q": q }),
            json!({ "v": 1, "q": q, "o": 1_000_001 }),
            json!({ "v": 1, "q": q, "o": -1 }),
            json!({ "v": 1, "q": q, "o": 1, "k": [] }),
            json!({ "v": 1, "q": q, "k": "x" }),
            json!({ "v": 1, "q": q, "o": 1, "x": 1 }),
            json!([1]),
        ] {
            let cursor = URL_SAFE_NO_PAD.encode(content.to_string());
            assert!(Position::of_cursor(&cursor, query()).is_err(), "{content}");
        }
        for cursor in ["", "!", "e30=", &"A".repeat(8_001)] {
            assert!(Position::of_cursor(cursor, query()).is_err());
        }
        assert_eq!(Position::offset(1_000_001), None);
    }
}
