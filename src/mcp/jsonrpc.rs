//! JSON-RPC 2.0 messages, as MCP restricts them: no batches, `id` a string or an integer.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::code;
use crate::json::{self, JsonError};

/// One message from a client.
#[derive(Debug)]
pub(super) struct Message {
    /// `None` for a notification.
    pub(super) id: Option<Value>,
    /// `None` for a response.
    pub(super) method: Option<String>,
    pub(super) params: Map<String, Value>,
}

/// A JSON-RPC error on its way out.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    id: Option<Value>,
    code: i64,
    text: String,
    data: Option<Value>,
}

impl Fault {
    /// An error about the request itself: HTTP 400.
    pub(super) fn bad_request(code: i64, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, text)
    }

    /// An error of a method that was understood: HTTP 200, as for every answer of a method.
    pub(super) fn of_method(code: i64, text: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, code, text)
    }

    pub(super) fn new(status: StatusCode, code: i64, text: impl Into<String>) -> Self {
        Self { status, id: None, code, text: text.into(), data: None }
    }

    pub(super) fn with_data(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    /// Answers this request.
    pub(super) fn for_request(self, id: Option<Value>) -> Self {
        Self { id, ..self }
    }

    /// The message. Without an `id` when the request's could not be read: MCP allows no `null` there.
    pub(super) fn message(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.text });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        let mut message = json!({ "jsonrpc": "2.0", "error": error });
        if let Some(id) = &self.id {
            message["id"] = id.clone();
        }
        message
    }
}

/// A successful answer.
pub(super) fn result(id: &Value, result: Map<String, Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

impl Message {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let value = json::value(body).map_err(|error| match error {
            JsonError::TooMany => Fault::new(StatusCode::PAYLOAD_TOO_LARGE, code::INVALID_REQUEST, error.to_string()),
            JsonError::Duplicate => Fault::bad_request(code::INVALID_REQUEST, error.to_string()),
            _ => Fault::bad_request(code::PARSE_ERROR, "the body is not JSON"),
        })?;
        let mut members = match value {
            Value::Object(members) => members,
            Value::Array(_) => return Err(Fault::bad_request(code::INVALID_REQUEST, "batches are not part of the protocol")),
            _ => return Err(Fault::bad_request(code::INVALID_REQUEST, "the body is not a JSON-RPC message")),
        };
        let id = match members.remove("id") {
            None => None,
            Some(id) if id.is_string() || id.is_i64() || id.is_u64() => Some(id),
            Some(_) => return Err(Fault::bad_request(code::INVALID_REQUEST, "the id is neither a string nor an integer")),
        };
        let invalid = |text: &str| Fault::bad_request(code::INVALID_REQUEST, text).for_request(id.clone());
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid("the member jsonrpc is not \"2.0\""));
        }
        let method = match members.remove("method") {
            Some(Value::String(method)) => Some(method),
            None if members.contains_key("result") || members.contains_key("error") => None,
            _ => return Err(invalid("the message has no method")),
        };
        let params = match members.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Fault::bad_request(code::INVALID_PARAMS, "params is not an object").for_request(id.clone())),
        };
        Ok(Self { id, method, params })
    }

    /// `params._meta`.
    pub(super) fn meta(&self) -> Option<&Map<String, Value>> {
        self.params.get("_meta")?.as_object()
    }
}
