//! The Model Context Protocol: one endpoint, two eras.
//!
//! | era | revisions | how a request says so |
//! |---|---|---|
//! | modern | 2026-07-28 | `params._meta` names the protocol version in every request; no handshake |
//! | legacy | 2025-11-25, 2025-06-18, 2025-03-26 | `initialize` first; later requests carry `MCP-Protocol-Version` |
//!
//! `era` decides, `modern` and `legacy` check what their era demands of a request and dress the result; the methods
//! themselves are in `methods` and know no era. Nothing is kept between requests, so any instance can answer any of them.

pub mod code;
mod content;
mod era;
mod header;
mod jsonrpc;
mod legacy;
mod methods;
mod modern;
mod registry;
mod resource;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

pub use self::{
    content::{CallResult, Content},
    registry::{Access, Annotations, Called, Registry, Tool, ToolSpec},
    resource::{ReadError, Reading, ResourceSpec, ResourceTemplate, Resources},
};
use self::{
    era::Era,
    jsonrpc::{Fault, Message},
};
use crate::{
    host::Host,
    identity::{Identity, Refusal},
};

/// Who calls, and the door out.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The outside.
    pub host: &'a dyn Host,
    /// The caller. Never the caller's token.
    pub identity: &'a Identity,
    /// The caller's token, for this crate's data tools alone: they pass it on to the database's gateway.
    pub(crate) token: &'a str,
}

/// An MCP server: what it offers, to both eras.
pub struct Server {
    registry: Registry,
}

/// A status and a JSON-RPC message; `None` for notifications, which get no answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Value>,
}

/// Why a message has no result.
#[derive(Debug)]
enum Stop {
    /// A JSON-RPC error.
    Fault(Fault),
    /// A matter of credentials, which HTTP answers.
    Refused(Refusal),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Server {
    /// A server that offers what the registry holds.
    pub const fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// Answers one POST.
    ///
    /// # Errors
    /// What the message asks for needs other credentials.
    pub(crate) async fn answer(&self, context: Context<'_>, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
        let fault = match Message::parse(body) {
            Err(fault) => fault,
            Ok(message) => match self.process(context, headers, &message).await {
                Ok(answer) => return Ok(answer),
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::Fault(fault)) => fault.for_request(message.id),
            },
        };
        Ok(Answer { status: fault.status, body: Some(fault.message()) })
    }

    async fn process(&self, context: Context<'_>, headers: &HeaderMap, message: &Message) -> Result<Answer, Stop> {
        match era::of(message, headers)? {
            Era::Modern => modern::answer(self, context, headers, message).await,
            Era::Legacy => legacy::answer(self, context, headers, message).await,
        }
    }
}
