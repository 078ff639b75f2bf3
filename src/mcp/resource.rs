//! Resources: what a client can read by URI, and what it can be helped to fill into one.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Context;
use crate::{
    host::LocalFuture,
    identity::{Identity, Refusal},
};

/// A family of resources, usually one URI scheme.
pub trait Resources: Send + Sync {
    /// What this caller may read, one by one; in a fixed order.
    fn list(&self, identity: &Identity) -> Vec<ResourceSpec>;

    /// What this caller may read by filling in a URI.
    fn templates(&self, identity: &Identity) -> Vec<ResourceTemplate>;

    /// Reads one. [`ReadError::NotFound`] for what is not of this family.
    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>>;

    /// Values for a variable of a template that begin with what was typed; `None` if there is no such template or variable.
    /// `filled` are the variables the user has filled in already.
    fn complete(
        &self,
        identity: &Identity,
        template: &str,
        variable: &str,
        typed: &str,
        filled: &Map<String, Value>,
    ) -> Option<Vec<String>>;
}

/// How a resource is listed (MCP `Resource`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceSpec {
    /// What to read it by.
    pub uri: String,
    /// For programs.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of its content.
    pub mime_type: &'static str,
}

/// How a family of URIs is listed (MCP `ResourceTemplate`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTemplate {
    /// RFC 6570, with simple variables only.
    pub uri_template: String,
    /// For programs.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of the content.
    pub mime_type: &'static str,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Of the content.
    pub mime_type: &'static str,
    /// The content.
    pub text: String,
    /// How long a client may use it again, in milliseconds.
    pub ttl_ms: u64,
}

impl Reading {
    /// The member `contents` of the result.
    pub(super) fn contents(&self, uri: &str) -> Value {
        json!([{ "uri": uri, "mimeType": self.mime_type, "text": self.text }])
    }
}

/// Why nothing was read.
#[derive(Debug, Clone)]
pub enum ReadError {
    /// There is no such resource, or not for this caller.
    NotFound,
    /// The URI asks for something that it cannot ask for. The text goes to the client.
    Invalid(String),
    /// It cannot be read now. The text goes to the client.
    Failed(String),
    /// The caller must sign in again, or for more.
    Refused(Refusal),
}
