//! Prompts: messages a person picks and fills in.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Access, Content, Context, Icon, Interrupt, Role};
use crate::{host::LocalFuture, identity::Identity};

/// Something a person can pick.
pub trait Prompt: Send + Sync {
    /// How it is listed.
    fn spec(&self) -> &PromptSpec;

    /// Whether this caller may use it. By default everybody who is signed in may.
    fn access(&self, _: &Identity) -> Access {
        Access::Granted
    }

    /// Fills it in. Required arguments are there; others may be missing, and there may be more.
    fn get<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>)
    -> LocalFuture<'a, Result<Filled, PromptError>>;

    /// Values for an argument that begin with what was typed; `filled` are those the person has filled in already.
    fn complete(&self, _: &Identity, _argument: &str, _typed: &str, _filled: &Map<String, Value>) -> Vec<String> {
        Vec::new()
    }
}

/// How a prompt is listed (MCP `Prompt`).
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptSpec {
    /// Unique name.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For people: when to pick it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What to fill in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<PromptArgument>,
    /// Pictures for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

/// A blank of a prompt (MCP `PromptArgument`). Its value is always text.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PromptArgument {
    /// Unique name.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it cannot be left empty.
    pub required: bool,
}

/// A prompt, filled in (MCP `GetPromptResult`).
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// What it is about.
    pub description: Option<String>,
    /// In their order.
    pub messages: Vec<(Role, Content)>,
}

/// Why a prompt was not filled in.
#[derive(Debug)]
pub enum PromptError {
    /// An argument is wrong. The text goes to the client.
    Invalid(String),
    /// It cannot be filled in now. The text goes to the client.
    Failed(String),
    /// Something is needed first.
    Interrupt(Interrupt),
}

impl From<Interrupt> for PromptError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

impl Filled {
    pub(super) fn into_members(self) -> Map<String, Value> {
        let messages = self.messages.into_iter();
        let messages = messages.map(|(role, content)| json!({ "role": role, "content": content.into_value() })).collect();
        let mut members = Map::new();
        members.insert("messages".into(), messages);
        if let Some(description) = self.description {
            members.insert("description".into(), json!(description));
        }
        members
    }
}
