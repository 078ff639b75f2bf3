//! What a server offers. Capabilities follow from the content: nothing is advertised that is not there.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{CallResult, Context, Resources};
use crate::{
    host::LocalFuture,
    identity::{Identity, Refusal},
};

/// Something the model can call.
pub trait Tool: Send + Sync {
    /// How it is listed.
    fn spec(&self) -> &ToolSpec;

    /// Whether this caller may call it. By default everybody who is signed in may.
    fn access(&self, _: &Identity) -> Access {
        Access::Granted
    }

    /// Runs it as the caller. What the model can act on is a [`CallResult::error`]; a [`Refusal`] sends the client back to the
    /// authorization server, so it is for credentials only.
    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called>;
}

/// What became of a tool call.
pub type Called = Result<CallResult, Refusal>;

/// Whether a caller may use something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// After a sign-in with these scopes. It is listed: a client that calls it learns what to ask for.
    NeedsScopes(Vec<String>),
    /// No, and for this caller it does not exist.
    Hidden,
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

/// The tools and resources of a server; prompts will stand beside them.
#[derive(Default)]
pub struct Registry {
    /// By name, so that lists have one order whatever the order of registration.
    tools: BTreeMap<String, Box<dyn Tool>>,
    resources: Vec<Box<dyn Resources>>,
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

    /// Adds a family of resources.
    #[must_use]
    pub fn with_resources(mut self, resources: impl Resources + 'static) -> Self {
        self.resources.push(Box::new(resources));
        self
    }

    pub(super) fn tool(&self, name: &str) -> Option<&dyn Tool> {
        self.tools.get(name).map(AsRef::as_ref)
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &dyn Resources> {
        self.resources.iter().map(AsRef::as_ref)
    }

    /// The tools that exist for this caller.
    pub(super) fn list_tools(&self, identity: &Identity) -> Value {
        let visible = self.tools.values().filter(|tool| tool.access(identity) != Access::Hidden);
        visible.map(|tool| serde_json::to_value(tool.spec()).unwrap_or_default()).collect()
    }

    pub(super) fn capabilities(&self) -> Value {
        let mut capabilities = Map::new();
        if !self.tools.is_empty() {
            capabilities.insert("tools".into(), json!({}));
        }
        if !self.resources.is_empty() {
            capabilities.insert("resources".into(), json!({}));
            capabilities.insert("completions".into(), json!({}));
        }
        Value::Object(capabilities)
    }
}
