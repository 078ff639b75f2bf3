//! The test's client: the host crate's, and every answer of the endpoint is judged by the protocol's schemas.

use anyhow::Result;
use http::Method;
pub(crate) use mcp_latch_host::client::Reply;
use mcp_latch_host::client::{self as plain};
use serde_json::Value;

use crate::wire::{self, Exchange};

/// A request to be sent.
#[must_use]
pub(crate) struct Call {
    call: plain::Call,
    is_post: bool,
    url: String,
    version: Option<String>,
    sent: Vec<u8>,
}

pub(crate) fn get(url: impl Into<String>) -> Call {
    call(Method::GET, url)
}

pub(crate) fn post(url: impl Into<String>) -> Call {
    call(Method::POST, url)
}

pub(crate) fn call(method: Method, url: impl Into<String>) -> Call {
    let url = url.into();
    Call { is_post: method == Method::POST, call: plain::call(method, url.clone()), url, version: None, sent: vec![] }
}

impl Call {
    pub(crate) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if name.eq_ignore_ascii_case("mcp-protocol-version") {
            self.version = Some(value.clone());
        }
        Self { call: self.call.header(name, value), ..self }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        Self { call: self.call.bearer(token), ..self }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let sent = body.into();
        Self { call: self.call.body(sent.clone()), sent, ..self }
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        Self { call: self.call.json(value), sent: value.to_string().into_bytes(), ..self }
    }

    /// Sends it, and judges what comes back.
    pub(crate) async fn send(self) -> Result<Reply> {
        let path = self.url.split("://").nth(1).and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
        let is_endpoint = self.is_post && path.split('?').next().is_some_and(|path| path.trim_end_matches('/') == "mcp");
        let reply = self.call.send().await?;
        if is_endpoint {
            let exchange = Exchange {
                sent: &self.sent,
                version: self.version.as_deref(),
                status: reply.status.as_u16(),
                content_type: reply.header("content-type"),
                body: &reply.body,
            };
            wire::check(&exchange).unwrap_or_else(|fault| panic!("an unlawful answer: {fault}"));
        }
        Ok(reply)
    }
}
