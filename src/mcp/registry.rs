//! What a server offers. Capabilities follow from the content: nothing is advertised that is not there.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{CallResult, Context};
use crate::host::LocalFuture;

/// Something the model can call.
pub trait Tool: Send + Sync {
    /// How it is listed.
    fn spec(&self) -> &ToolSpec;

    /// Runs it as the caller.
    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, CallResult>;
}

/// How a tool is listed (MCP `Tool`).
#[derive(Debug, Clone, Serialize)]
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

/// The tools of a server; resources and prompts will stand beside them.
#[derive(Default)]
pub struct Registry {
    /// By name, so that lists have one order whatever the order of registration.
    tools: BTreeMap<String, Box<dyn Tool>>,
}

impl Registry {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool. One of the same name is replaced.
    #[must_use]
    pub fn with_tool(mut self, tool: impl Tool + 'static) -> Self {
        self.tools.insert(tool.spec().name.clone(), Box::new(tool));
        self
    }

    pub(super) fn tool(&self, name: &str) -> Option<&dyn Tool> {
        self.tools.get(name).map(AsRef::as_ref)
    }

    pub(super) fn list_tools(&self) -> Value {
        self.tools.values().map(|tool| serde_json::to_value(tool.spec()).unwrap_or_default()).collect()
    }

    pub(super) fn capabilities(&self) -> Value {
        let mut capabilities = Map::new();
        if !self.tools.is_empty() {
            capabilities.insert("tools".into(), json!({}));
        }
        Value::Object(capabilities)
    }
}
