//! Questions to the client's user, model or file system.

use serde_json::{Value, json};

use crate::identity::Refusal;

/// A question, and the key its answer comes back under.
///
/// ```
/// use mcp_latch::mcp::Ask;
/// use serde_json::json;
///
/// let ask = Ask::form("name", "What is your name?", json!({
///     "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"]
/// }));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub(super) key: String,
    pub(super) request: Value,
    pub(super) capability: &'static str,
    pub(super) part: Option<&'static str>,
}

impl Ask {
    /// Asks the user to fill in a form (MCP `elicitation/create`, mode `form`). `schema` is a flat object schema: texts, numbers,
    /// booleans and choices. Never ask for a password or a key this way: use [`Self::url`].
    pub fn form(key: impl Into<String>, message: impl Into<String>, schema: Value) -> Self {
        let params = json!({ "mode": "form", "message": message.into(), "requestedSchema": schema });
        Self::new(key, "elicitation/create", params, "elicitation", Some("form"))
    }

    /// Asks the user to open a page (mode `url`): for secrets and payments, which the client must not see.
    pub fn url(key: impl Into<String>, message: impl Into<String>, url: impl Into<String>) -> Self {
        let params = json!({ "mode": "url", "message": message.into(), "url": url.into() });
        Self::new(key, "elicitation/create", params, "elicitation", Some("url"))
    }

    /// Asks the client's model (MCP `sampling/createMessage`). Deprecated in 2026-07-28.
    pub fn sample(key: impl Into<String>, params: Value) -> Self {
        let part = params.get("tools").map(|_| "tools");
        Self::new(key, "sampling/createMessage", params, "sampling", part)
    }

    /// Asks for the client's working directories (MCP `roots/list`). Deprecated in 2026-07-28.
    pub fn roots(key: impl Into<String>) -> Self {
        Self::new(key, "roots/list", json!({}), "roots", None)
    }

    fn new(key: impl Into<String>, method: &str, params: Value, capability: &'static str, part: Option<&'static str>) -> Self {
        Self { key: key.into(), request: json!({ "method": method, "params": params }), capability, part }
    }

    /// The client capability it takes, as the error says it (MCP `ClientCapabilities`).
    pub(super) fn required(&self) -> Value {
        match self.part {
            None => json!({ self.capability: {} }),
            Some(part) => json!({ self.capability: { part: {} } }),
        }
    }
}

/// Why a call stops before it has a result. Made by [`Context`](super::Context); a tool passes it on with `?`.
#[derive(Debug)]
#[must_use = "the call stops only if it returns this"]
pub struct Interrupt(pub(super) Cause);

#[derive(Debug)]
pub(super) enum Cause {
    /// The client must ask first, and call again.
    Ask(Vec<Ask>),
    /// The client lacks a capability; what it would have to declare.
    Lacks(Value),
    /// The client speaks a revision in which we cannot ask.
    TooOld,
    /// The caller must sign in again, or for more.
    Refused(Refusal),
}

impl From<Refusal> for Interrupt {
    fn from(refusal: Refusal) -> Self {
        Self(Cause::Refused(refusal))
    }
}
