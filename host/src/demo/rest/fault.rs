//! Errors in PostgREST's shape and with its codes (13 and later).

use http::StatusCode;
use serde_json::{Value, json};

/// A request that is not done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    /// PostgREST's (`PGRST…`) or PostgreSQL's.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) details: Option<String>,
    pub(super) hint: Option<String>,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None, hint: None }
    }

    /// 400.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A parameter outside the grammar.
    pub(super) fn syntax(parameter: &str, details: impl Into<String>) -> Self {
        Self::bad("PGRST100", format!("failed to parse the parameter {parameter}")).details(details)
    }

    /// A column that is read and does not exist.
    pub(super) fn no_such_column(name: &str) -> Self {
        Self::bad("42703", format!("column notes.{name} does not exist"))
    }

    /// A column that is written and does not exist.
    pub(super) fn not_in_cache(name: &str) -> Self {
        Self::bad("PGRST204", format!("Could not find the '{name}' column of 'notes' in the schema cache"))
    }

    /// A row that the caller may not have.
    pub(super) fn policy() -> Self {
        Self::new(StatusCode::FORBIDDEN, "42501", "new row violates row-level security policy for table \"notes\"")
    }

    pub(super) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn body(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "details": self.details, "hint": self.hint })
    }
}
