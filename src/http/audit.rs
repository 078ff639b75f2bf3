//! One line a decision: who was let in to do what, or refused and why. Never a token.

use std::time::Duration;

use http::{Method, StatusCode, request::Parts};
use serde_json::{Value, json};

use super::trace::Trace;
use crate::{
    config::Audit,
    host::Host,
    identity::{Identity, Refusal},
    log::{self, Level},
    mcp::Asked,
};

/// A request that is to be decided.
pub(super) struct Pending<'a> {
    host: &'a dyn Host,
    wanted: Audit,
    begun: Option<Duration>,
    http: String,
    trace: Option<String>,
    caller: Option<Caller>,
}

/// Whom a token was of.
struct Caller {
    issuer: String,
    subject: String,
    client: Option<String>,
}

impl<'a> Pending<'a> {
    pub(super) fn new(host: &'a dyn Host, wanted: Audit, request: &Parts, trace: Option<&Trace>) -> Self {
        Self {
            host,
            wanted,
            begun: host.elapsed(),
            http: known(&request.method).to_owned(),
            trace: trace.map(|trace| trace.parent().to_owned()),
            caller: None,
        }
    }

    /// The same, of somebody. Without a token it stays nobody.
    pub(super) fn of(self, identity: &Identity) -> Self {
        if identity.issuer().is_empty() {
            return self;
        }
        let caller = Caller {
            issuer: identity.issuer().to_owned(),
            subject: identity.pseudonym(),
            client: identity.client_id().map(|client| client.chars().take(200).collect()),
        };
        Self { caller: Some(caller), ..self }
    }

    /// The request was answered.
    pub(super) fn allowed(&self, asked: &Asked, status: StatusCode) {
        if asked.was_hidden() {
            let detail = "what was asked for is not for this caller, who was told that it does not exist";
            return self.write(Level::Info, "refused", "hidden", status, Some(detail.to_owned()), Some(asked));
        }
        if self.wanted == Audit::All {
            self.write(Level::Info, "allowed", "ok", status, None, Some(asked));
        }
    }

    /// The request was refused: one line, so that "authorized, then 401" can be told from "wrong audience".
    pub(super) fn refused(&self, refusal: &Refusal, asked: Option<&Asked>) {
        let status = refusal.outcome().status();
        let level = if status == StatusCode::SERVICE_UNAVAILABLE { Level::Error } else { Level::Info };
        self.write(level, "refused", refusal.code(), status, Some(refusal.to_string()), asked);
    }

    fn write(&self, level: Level, event: &str, reason: &str, status: StatusCode, detail: Option<String>, asked: Option<&Asked>) {
        let what = asked.map(Asked::what).unwrap_or_default();
        let took = self.begun.zip(self.host.elapsed()).map(|(begun, now)| now.saturating_sub(begun));
        let caller = self.caller.as_ref();
        let fields = [
            ("reason", json!(reason)),
            ("status", json!(status.as_u16())),
            ("http", json!(self.http)),
            ("method", json!(what.method)),
            ("tool", json!(what.tool)),
            ("prompt", json!(what.prompt)),
            ("resource", json!(what.resource)),
            ("issuer", json!(caller.map(|caller| &caller.issuer))),
            ("subject", json!(caller.map(|caller| &caller.subject))),
            ("client", json!(caller.and_then(|caller| caller.client.as_ref()))),
            ("ms", took.map_or(Value::Null, |took| json!(took.as_millis()))),
            ("trace", json!(self.trace)),
            ("detail", json!(detail)),
        ];
        log::event(self.host, level, event, &fields);
    }
}

/// A method's name; a stranger's invention could fill the line.
pub(super) fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    if known.contains(method) { method.as_str() } else { "other" }
}
