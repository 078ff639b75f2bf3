//! What a tool answers.

use serde_json::{Map, Value, json};

/// One block of content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Text for the model.
    Text(String),
}

/// The result of a tool call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallResult {
    /// What the model reads.
    pub content: Vec<Content>,
    /// The same for programs, as the tool's output schema says.
    pub structured: Option<Value>,
    /// Whether the call failed in a way the model can act on.
    pub is_error: bool,
}

impl CallResult {
    /// A structured result, and its JSON as text for clients that only show text.
    pub fn structured(value: Value) -> Self {
        Self { content: vec![Content::Text(value.to_string())], structured: Some(value), is_error: false }
    }

    /// A failure, told to the model in a sentence it can act on.
    pub fn error(text: impl Into<String>) -> Self {
        Self { content: vec![Content::Text(text.into())], structured: None, is_error: true }
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        let content = self.content.into_iter().map(|Content::Text(text)| json!({ "type": "text", "text": text }));
        let mut members = Map::new();
        members.insert("content".into(), content.collect());
        if let Some(structured) = self.structured {
            members.insert("structuredContent".into(), structured);
        }
        if self.is_error {
            members.insert("isError".into(), json!(true));
        }
        members
    }
}
