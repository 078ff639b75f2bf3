//! Resources: what a client can read by URI, and what it can be helped to fill into one.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Access, Context, Icon, Interrupt, Payload};
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

    /// What reading one that was [listed](Self::list) takes, beside what the policy says; [`Access::Granted`] for any other.
    fn access(&self, _: &Identity, _uri: &str) -> Access {
        Access::Granted
    }

    /// Likewise what a template takes that exists for the caller, with some variables `filled` in. Nothing is completed without it.
    fn template_access(&self, _: &Identity, _template: &str, _filled: &Map<String, Value>) -> Access {
        Access::Granted
    }

    /// Whether a resource never changes while this server runs, for this caller. Only such a one can be subscribed to: a server
    /// that keeps nothing between requests has nobody to tell of a change.
    fn is_fixed(&self, _: &Identity, _uri: &str) -> bool {
        false
    }

    /// Whether there is any such resource, for any caller.
    fn has_fixed(&self) -> bool {
        false
    }
}

/// How a resource is listed (MCP `Resource`).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    pub mime_type: Cow<'static, str>,
    /// Its length in bytes, before base64, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Pictures for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

/// How a family of URIs is listed (MCP `ResourceTemplate`).
#[derive(Debug, Clone, Default, Serialize)]
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
    pub mime_type: Cow<'static, str>,
    /// Pictures for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Of the content.
    pub mime_type: Cow<'static, str>,
    /// The content.
    pub body: Payload,
    /// How long a client may use it again, in milliseconds.
    pub ttl_ms: u64,
}

impl Reading {
    /// The member `contents` of the result.
    pub(super) fn contents(&self, uri: &str) -> Value {
        json!([self.body.contents(uri, &self.mime_type)])
    }
}

/// Why nothing was read.
#[derive(Debug)]
pub enum ReadError {
    /// There is no such resource, or not for this caller.
    NotFound,
    /// The URI asks for something that it cannot ask for. The text goes to the client.
    Invalid(String),
    /// It cannot be read now. The text goes to the client.
    Failed(String),
    /// Something is needed first.
    Interrupt(Interrupt),
}

impl From<Interrupt> for ReadError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

impl From<Refusal> for ReadError {
    fn from(refusal: Refusal) -> Self {
        Self::Interrupt(refusal.into())
    }
}
