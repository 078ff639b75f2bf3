//! What tools and prompts answer.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ResourceSpec;

/// One block of content (MCP `ContentBlock`).
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    block: Block,
    audience: Vec<Role>,
    priority: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Block {
    Text(String),
    Image { bytes: Vec<u8>, mime_type: String },
    Audio { bytes: Vec<u8>, mime_type: String },
    Link(Box<ResourceSpec>),
    Embedded { uri: String, mime_type: String, body: Payload },
}

/// The content of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// As it is.
    Text(String),
    /// In base64 on the wire.
    Bytes(Vec<u8>),
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Payload {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// Who speaks, or is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl From<Block> for Content {
    fn from(block: Block) -> Self {
        Self { block, audience: Vec::new(), priority: None }
    }
}

impl Content {
    /// Text for the model.
    pub fn text(text: impl Into<String>) -> Self {
        Block::Text(text.into()).into()
    }

    /// A picture.
    pub fn image(bytes: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Block::Image { bytes: bytes.into(), mime_type: mime_type.into() }.into()
    }

    /// Sound.
    pub fn audio(bytes: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Block::Audio { bytes: bytes.into(), mime_type: mime_type.into() }.into()
    }

    /// A resource the client may read if it likes. Since 2025-06-18.
    pub fn link(resource: ResourceSpec) -> Self {
        Block::Link(Box::new(resource)).into()
    }

    /// A resource with its content.
    pub fn embedded(uri: impl Into<String>, mime_type: impl Into<String>, body: Payload) -> Self {
        Block::Embedded { uri: uri.into(), mime_type: mime_type.into(), body }.into()
    }

    /// Says for whom it is: the model, the person or both.
    #[must_use]
    pub fn for_audience(mut self, audience: impl IntoIterator<Item = Role>) -> Self {
        self.audience = audience.into_iter().collect();
        self
    }

    /// Says how much it matters, from 0 (optional) to 1 (required). Other values are brought into that range.
    #[must_use]
    pub fn with_priority(mut self, priority: f64) -> Self {
        self.priority = Some(if priority.is_nan() { 0.0 } else { priority.clamp(0.0, 1.0) });
        self
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.block {
            Block::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub(crate) fn text_mut(&mut self) -> Option<&mut String> {
        match &mut self.block {
            Block::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The block as it is sent.
    pub(super) fn into_value(self) -> Value {
        let mut value = match self.block {
            Block::Text(text) => json!({ "type": "text", "text": text }),
            Block::Image { bytes, mime_type } => {
                json!({ "type": "image", "data": STANDARD.encode(bytes), "mimeType": mime_type })
            }
            Block::Audio { bytes, mime_type } => {
                json!({ "type": "audio", "data": STANDARD.encode(bytes), "mimeType": mime_type })
            }
            Block::Link(resource) => {
                let mut value = serde_json::to_value(resource).unwrap_or_default();
                value["type"] = json!("resource_link");
                value
            }
            Block::Embedded { uri, mime_type, body } => {
                json!({ "type": "resource", "resource": body.contents(&uri, &mime_type) })
            }
        };
        let mut annotations = Map::new();
        if !self.audience.is_empty() {
            annotations.insert("audience".into(), json!(self.audience));
        }
        if let Some(priority) = self.priority {
            annotations.insert("priority".into(), json!(priority));
        }
        if !annotations.is_empty() {
            value["annotations"] = Value::Object(annotations);
        }
        value
    }
}

impl Payload {
    /// MCP `TextResourceContents` or `BlobResourceContents`.
    pub(super) fn contents(&self, uri: &str, mime_type: &str) -> Value {
        match self {
            Self::Text(text) => json!({ "uri": uri, "mimeType": mime_type, "text": text }),
            Self::Bytes(bytes) => json!({ "uri": uri, "mimeType": mime_type, "blob": STANDARD.encode(bytes) }),
        }
    }
}

/// The result of a tool call.
#[derive(Debug, Clone, Default, PartialEq)]
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
        Self { content: vec![Content::text(value.to_string())], structured: Some(value), is_error: false }
    }

    /// Content without structure.
    pub fn content(content: impl IntoIterator<Item = Content>) -> Self {
        Self { content: content.into_iter().collect(), ..Self::default() }
    }

    /// A failure, told to the model in a sentence it can act on.
    pub fn error(text: impl Into<String>) -> Self {
        Self { content: vec![Content::text(text)], structured: None, is_error: true }
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("content".into(), self.content.into_iter().map(Content::into_value).collect());
        if let Some(structured) = self.structured {
            members.insert("structuredContent".into(), structured);
        }
        if self.is_error {
            members.insert("isError".into(), json!(true));
        }
        members
    }
}
