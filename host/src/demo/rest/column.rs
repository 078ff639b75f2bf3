//! The table's columns, and values of their types.

use http::StatusCode;
use serde_json::{Value, json};

use super::fault::Fault;
use super::time;

/// Characters of a title.
pub(super) const MAX_TITLE: usize = 200;
/// Characters of a body.
pub(super) const MAX_BODY: usize = 4000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    UserId,
    Title,
    Body,
    State,
    CreatedAt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bigint,
    Uuid,
    Text,
    State,
    Timestamptz,
}

/// `note_state`, in the order the type was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Open,
    Done,
}

/// A value in a row. Values of one column are of one variant, or null.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Uuid(String),
    Text(String),
    State(State),
    Time(i64),
}

impl Column {
    pub(super) const ALL: [Self; 6] = [Self::Id, Self::UserId, Self::Title, Self::Body, Self::State, Self::CreatedAt];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::UserId => "user_id",
            Self::Title => "title",
            Self::Body => "body",
            Self::State => "state",
            Self::CreatedAt => "created_at",
        }
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Id => Kind::Bigint,
            Self::UserId => Kind::Uuid,
            Self::Title | Self::Body => Kind::Text,
            Self::State => Kind::State,
            Self::CreatedAt => Kind::Timestamptz,
        }
    }

    /// What the table's constraints say of a value.
    pub(super) fn check(self, cell: &Cell) -> Result<(), Fault> {
        let length = if let Cell::Text(text) = cell { text.chars().count() } else { 0 };
        let violated = match self {
            Self::Body => length > MAX_BODY,
            _ if *cell == Cell::Null => {
                let name = self.name();
                let message = format!("null value in column \"{name}\" of relation \"notes\" violates not-null constraint");
                return Err(Fault::bad("23502", message));
            }
            Self::Title => length == 0 || length > MAX_TITLE,
            _ => false,
        };
        if violated {
            let message = format!("new row for relation \"notes\" violates check constraint \"notes_{}_check\"", self.name());
            return Err(Fault::bad("23514", message));
        }
        Ok(())
    }
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bigint => "bigint",
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::State => "note_state",
            Self::Timestamptz => "timestamp with time zone",
        }
    }

    /// A value from its text.
    pub(super) fn read(self, text: &str) -> Result<Cell, Fault> {
        let cell = match self {
            Self::Bigint => text.trim().parse().ok().map(Cell::Int),
            Self::Uuid => uuid(text).map(Cell::Uuid),
            Self::Text => (!text.contains('\0')).then(|| Cell::Text(text.to_owned())),
            Self::State => match text {
                "open" => Some(Cell::State(State::Open)),
                "done" => Some(Cell::State(State::Done)),
                _ => return Err(Fault::bad("22P02", format!("invalid input value for enum note_state: \"{text}\""))),
            },
            Self::Timestamptz => time::read(text).map(Cell::Time),
        };
        let code = match self {
            Self::Text => "22P05",
            Self::Timestamptz => "22007",
            _ => "22P02",
        };
        cell.ok_or_else(|| {
            Fault::bad(code, format!("invalid input syntax for type {}: \"{}\"", self.name(), text.replace('\0', "\\0")))
        })
    }

    /// A value from JSON: PostgreSQL reads the text of whatever stands there.
    pub(super) fn read_json(self, value: &Value) -> Result<Cell, Fault> {
        match value {
            Value::Null => Ok(Cell::Null),
            Value::String(text) => self.read(text),
            other => self.read(&other.to_string()),
        }
    }

    /// An operator that the type does not have.
    pub(super) fn no_operator(self, operator: &str) -> Fault {
        let message = format!("operator does not exist: {} {operator} unknown", self.name());
        Fault::new(StatusCode::NOT_FOUND, "42883", message)
    }
}

impl Cell {
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => json!(number),
            Self::Uuid(text) | Self::Text(text) => json!(text),
            Self::State(State::Open) => json!("open"),
            Self::State(State::Done) => json!("done"),
            Self::Time(micros) => json!(time::show(*micros)),
        }
    }

    /// As `::text` shows it.
    pub(super) fn text(&self) -> Value {
        match self {
            Self::Int(number) => json!(number.to_string()),
            Self::Time(micros) => json!(time::show(*micros).replace('T', " ").trim_end_matches(":00")),
            other => other.json(),
        }
    }
}

/// `8-4-4-4-12` hexadecimal digits, in lower case.
fn uuid(text: &str) -> Option<String> {
    let shape = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    (text.len() == 36 && text.bytes().enumerate().all(shape)).then(|| text.to_ascii_lowercase())
}
