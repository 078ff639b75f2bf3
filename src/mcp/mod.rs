//! The Model Context Protocol: one endpoint, two eras.
//!
//! | era | revisions | how a request says so |
//! |---|---|---|
//! | modern | 2026-07-28 | `params._meta` names the protocol version in every request; no handshake |
//! | legacy | 2025-11-25, 2025-06-18, 2025-03-26 | `initialize` first; later requests carry `MCP-Protocol-Version` |
//!
//! `era` decides, `modern` and `legacy` check what their era demands of a request and dress the result; the methods
//! themselves are in `methods` and know no era. Nothing is kept between requests, so any instance can answer any of them.

mod ask;
mod asked;
pub mod code;
mod completion;
mod content;
mod context;
mod era;
mod exchange;
mod guest;
mod header;
mod icon;
mod info;
mod jsonrpc;
mod legacy;
mod listing;
mod log_level;
mod methods;
mod modern;
mod outbox;
mod page;
mod param;
mod prompt;
mod registry;
mod resource;
mod rounds;
mod tool;

use std::{rc::Rc, sync::LazyLock};

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

pub use self::{
    ask::{Ask, Interrupt},
    content::{CallResult, Content, Payload, Role},
    context::Context,
    guest::Guest,
    icon::Icon,
    info::ServerInfo,
    listing::Listing,
    log_level::LogLevel,
    prompt::{Filled, Prompt, PromptArgument, PromptError, PromptSpec},
    registry::Registry,
    resource::{ReadError, Reading, ResourceSpec, ResourceTemplate, Resources},
    tool::{Annotations, Called, Tool, ToolSpec},
};
pub(crate) use self::{asked::Asked, outbox::Outbox};
use self::{
    era::Era,
    jsonrpc::{Fault, Message},
};
pub use crate::identity::Access;
use crate::{
    host::Host,
    identity::{Identity, Outcome, Refusal},
    seal::Ring,
};

/// Who sent a message, the door out, and the way back while the message is worked on.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) identity: &'a Identity,
    pub(crate) token: &'a str,
    pub(crate) outbox: &'a Rc<Outbox>,
    pub(crate) asked: &'a Asked,
}

/// An MCP server: what it offers, to both eras.
pub struct Server {
    registry: Registry,
    ring: Option<Ring>,
    data: Option<DataTools>,
    token_to_tools: Vec<String>,
}

/// The tools of `LATCH_DATA`, made when a tool first asks for them.
pub(crate) type DataTools = LazyLock<Registry, Box<dyn FnOnce() -> Registry + Send>>;

/// A status and a JSON-RPC message; `None` for notifications, which get no answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Value>,
}

/// A matter of credentials, which HTTP answers, and the request it came up with.
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    id: Option<Value>,
}

impl Refused {
    /// The answer where HTTP's has begun already: it comes too late to be a challenge.
    pub(crate) fn message(self) -> Value {
        let (text, data) = match self.refusal.outcome() {
            Outcome::StepUp { needed } => {
                ("the call needs a sign-in with more scopes", Some(json!({ "requiredScopes": needed })))
            }
            Outcome::Unavailable => ("the sign-in cannot be checked now; call again in a moment", None),
            Outcome::NotAllowed => ("the signed-in user may not do this", None),
            Outcome::SignIn { .. } => ("the sign-in was refused while the call ran; sign in again and call again", None),
        };
        let fault = Fault::of_method(code::INTERNAL_ERROR, text);
        let fault = if let Some(data) = data { fault.with_data(data) } else { fault };
        fault.for_request(self.id).message()
    }
}

/// Why a message has no result.
#[derive(Debug)]
enum Stop {
    /// A JSON-RPC error.
    Fault(Fault),
    /// A matter of credentials, which HTTP answers.
    Refused(Refusal),
    /// Something the work needs first; where that is known, it becomes one of the others or a result.
    Interrupt(Interrupt),
}

impl From<Interrupt> for Stop {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
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

/// Whether a request says, in its headers, that it is of 2026-07-28. Its body decides; this is for what comes before the body.
pub(crate) fn says_modern(headers: &HeaderMap) -> bool {
    header::value(headers, header::PROTOCOL_VERSION).is_ok_and(|version| version == Some(era::MODERN))
}

impl Server {
    /// A server that offers what the registry holds. The ring seals what a call remembers between two requests.
    pub(crate) const fn new(registry: Registry, ring: Option<Ring>) -> Self {
        Self { registry, ring, data: None, token_to_tools: Vec::new() }
    }

    /// Lets tools call the data tools, as the user who called them.
    pub(crate) fn with_data(self, data: Option<DataTools>) -> Self {
        Self { data, ..self }
    }

    /// Lets these tools read the caller's token.
    pub(crate) fn with_token_to(self, token_to_tools: Vec<String>) -> Self {
        Self { token_to_tools, ..self }
    }

    /// Entries of the policy that are about nothing this server offers.
    pub(crate) fn unmatched(&self) -> Vec<String> {
        self.registry.unmatched()
    }

    /// Answers one POST.
    ///
    /// # Errors
    /// What the message asks for needs other credentials.
    pub(crate) async fn answer(&self, caller: Caller<'_>, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refused> {
        let fault = match Message::parse(body) {
            Err(fault) => fault,
            Ok(message) => {
                caller.asked.note(&message);
                let refused = |refusal| Err(Refused { refusal, id: message.id.clone() });
                let guest = self.registry.guest.filter(|_| caller.identity.is_guest());
                if guest.is_some_and(|guest| !guest.may_send(message.method.as_deref())) {
                    return refused(Refusal::NoToken);
                }
                match self.process(caller, headers, &message).await {
                    Ok(answer) => return Ok(answer),
                    // Whatever it is that a guest lacks, there is one way to it.
                    Err(Stop::Refused(refusal)) if guest.is_none() => return refused(refusal),
                    Err(Stop::Refused(_)) => return refused(Refusal::NoToken),
                    Err(Stop::Fault(fault)) => fault.for_request(message.id),
                    // Only methods that may be interrupted are, and they say what it means.
                    Err(Stop::Interrupt(_)) => Fault::of_method(code::INTERNAL_ERROR, "the call stopped").for_request(message.id),
                }
            }
        };
        Ok(Answer { status: fault.status, body: Some(fault.message()) })
    }

    /// A refusal of a tool call as the call's result: some clients start a sign-in from that and from nothing else.
    pub(crate) fn as_result(&self, refused: &Refused, headers: &HeaderMap, challenge: &str) -> Value {
        let text = "This needs a sign-in. Ask the user to connect their account, and call again.";
        let mut result = CallResult::error(text).into_members();
        if says_modern(headers) {
            result = modern::complete(&self.registry, result);
        }
        if let Value::Object(meta) = result.entry("_meta").or_insert_with(|| json!({})) {
            meta.insert("mcp/www_authenticate".into(), json!([challenge]));
        }
        jsonrpc::result(refused.id.as_ref().unwrap_or(&Value::Null), result)
    }

    async fn process(&self, caller: Caller<'_>, headers: &HeaderMap, message: &Message) -> Result<Answer, Stop> {
        match era::of(message, headers)? {
            Era::Modern => modern::answer(self, caller, headers, message).await,
            Era::Legacy => legacy::answer(self, caller, headers, message).await,
        }
    }
}

#[cfg(test)]
mod tests;
