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

use http::{HeaderMap, StatusCode};
use serde_json::Value;

pub use self::{
    content::{CallResult, Content},
    registry::{Annotations, Registry, Tool, ToolSpec},
};
use self::{
    era::Era,
    jsonrpc::{Fault, Message},
};
use crate::{host::Host, identity::Identity};

/// Who calls, and the door out.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The outside.
    pub host: &'a dyn Host,
    /// The caller. Never the caller's token.
    pub identity: &'a Identity,
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

impl Server {
    /// A server that offers what the registry holds.
    pub const fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// Answers one POST.
    pub(crate) async fn answer(&self, context: Context<'_>, headers: &HeaderMap, body: &[u8]) -> Answer {
        match self.process(context, headers, body).await {
            Ok(answer) => answer,
            Err(fault) => Answer { status: fault.status, body: Some(fault.message()) },
        }
    }

    async fn process(&self, context: Context<'_>, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Fault> {
        let message = Message::parse(body)?;
        let answer = match era::of(&message, headers) {
            Ok(Era::Modern) => modern::answer(self, context, headers, &message).await,
            Ok(Era::Legacy) => legacy::answer(self, context, headers, &message).await,
            Err(fault) => Err(fault),
        };
        answer.map_err(|fault| fault.for_request(message.id))
    }
}
