//! The server, one message at a time.

mod lists;
mod notifications;
mod params;
mod prompts;
mod resources;
mod rounds;

use std::{cell::Cell, time::Duration};

use futures::executor::block_on;
use http::HeaderValue;
use serde_json::{Map, json};

use super::*;
use crate::host::{FetchError, Fetched, LocalFuture, Outgoing, UnixTime};

/// A clock that stands, and randomness that counts.
#[derive(Default)]
struct Still {
    now: Cell<UnixTime>,
    drawn: Cell<u8>,
}

impl Host for Still {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Timeout) })
    }

    fn now(&self) -> UnixTime {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.drawn.set(self.drawn.get().wrapping_add(1));
        bytes.fill(self.drawn.get());
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, _: &str) {}
}

/// A client of a server.
struct Client {
    server: Server,
    host: Still,
    identity: Identity,
    reads_events: bool,
}

/// What came back.
struct Reply {
    status: u16,
    body: Value,
    notifications: Vec<Value>,
}

impl Client {
    fn of(registry: Registry) -> Self {
        let ring = Ring::parse("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE").unwrap();
        let identity = Identity::of_test("ada", "claude");
        Self { server: Server::new(registry, Some(ring)), host: Still::default(), identity, reads_events: true }
    }

    /// Sends a message as it is.
    fn send(&self, headers: &[(&'static str, &str)], message: &Value) -> Reply {
        let outbox = Rc::new(Outbox::new(self.reads_events));
        let caller =
            Caller { host: &self.host, identity: &self.identity, token: "token", outbox: &outbox, asked: &Asked::default() };
        let headers = headers.iter().map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_str(value).unwrap()));
        let answer = block_on(self.server.answer(caller, &headers.collect(), message.to_string().as_bytes()));
        let notifications = std::iter::from_fn(|| outbox.take()).collect();
        match answer {
            Ok(Answer { status, body }) => Reply { status: status.as_u16(), body: body.unwrap_or_default(), notifications },
            Err(refused) => Reply { status: 401, body: json!(refused.refusal.code()), notifications },
        }
    }

    /// Sends a request of 2026-07-28, with the headers it needs and some more.
    fn modern_with(&self, more: &[(&'static str, &str)], method: &str, mut params: Value, capabilities: Value) -> Reply {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities,
            "io.modelcontextprotocol/logLevel": "info",
            "progressToken": "p1",
        });
        let name = params.get("name").or_else(|| params.get("uri")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method), ("mcp-name", name.as_str())];
        headers.extend_from_slice(more);
        self.send(&headers, &json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    fn modern(&self, method: &str, params: Value) -> Reply {
        let capabilities = json!({ "elicitation": {}, "sampling": {}, "roots": {} });
        self.modern_with(&[], method, params, capabilities)
    }

    fn legacy(&self, method: &str, params: Value) -> Reply {
        let headers = [("mcp-protocol-version", "2025-11-25")];
        self.send(&headers, &json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }
}

impl Reply {
    fn result(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body.get("result").unwrap_or_else(|| panic!("{}", self.body))
    }

    /// Status and code.
    fn error(&self) -> (u16, i64) {
        (self.status, self.body["error"]["code"].as_i64().unwrap_or_else(|| panic!("{}", self.body)))
    }

    fn text(&self) -> &str {
        self.result()["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{}", self.body))
    }
}

type Work = for<'a> fn(Context<'a>, &'a Map<String, Value>) -> LocalFuture<'a, Called>;

/// A tool out of a function.
struct Job(ToolSpec, Access, Work);

impl Job {
    fn new(name: &str, work: Work) -> Self {
        let spec = ToolSpec { name: name.to_owned(), input_schema: json!({ "type": "object" }), ..ToolSpec::default() };
        Self(spec, Access::Granted, work)
    }
}

impl Tool for Job {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn access(&self, _: &Identity) -> Access {
        self.1.clone()
    }

    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        (self.2)(context, arguments)
    }
}

fn said(text: impl Into<String>) -> Called {
    Ok(CallResult::content([Content::text(text)]))
}
