//! Tools: what the model can call.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Access, CallResult, Context, Icon, Interrupt};
use crate::{host::LocalFuture, identity::Identity};

/// Something the model can call.
pub trait Tool: Send + Sync {
    /// How it is listed.
    fn spec(&self) -> &ToolSpec;

    /// Whether this caller may call it. By default everybody who is signed in may.
    fn access(&self, _: &Identity) -> Access {
        Access::Granted
    }

    /// Runs it as the caller. What the model can act on is a [`CallResult::error`]; an [`Interrupt`] says that something is
    /// needed first: an answer from the user, or other credentials.
    ///
    /// A client that goes away cancels the call: its future is dropped where it waits.
    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called>;
}

/// What became of a tool call.
pub type Called = Result<CallResult, Interrupt>;

/// How a tool is listed (MCP `Tool`).
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolSpec {
    /// Unique name: 1 to 64 of `A-Z a-z 0-9 _ - .`.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For the model: what it does and when to use it.
    pub description: String,
    /// JSON Schema (2020-12) of the arguments; always of type `object`.
    pub input_schema: Value,
    /// JSON Schema of the structured result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Hints for the client's consent dialogue.
    pub annotations: Annotations,
    /// Pictures for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

/// What a client may assume about a tool (MCP `ToolAnnotations`).
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// Changes nothing.
    pub read_only_hint: bool,
    /// May destroy something.
    pub destructive_hint: bool,
    /// Calling it twice is the same as calling it once.
    pub idempotent_hint: bool,
    /// Talks to systems we do not know.
    pub open_world_hint: bool,
}
