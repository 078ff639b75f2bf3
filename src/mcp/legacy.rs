//! 2025-03-26 to 2025-11-25, without sessions: `initialize` is answered and forgotten.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Access, Answer, Caller, Server, Stop, code,
    era::{Era, LEGACY},
    header::{self, PROTOCOL_VERSION},
    jsonrpc::{self, Fault, Message},
    log_level::LogLevel,
    methods::{self, Call, Outcome},
};
use crate::identity::Refusal;

pub(super) async fn answer(server: &Server, caller: Caller<'_>, headers: &HeaderMap, message: &Message) -> Result<Answer, Stop> {
    // A message without a header is of 2025-03-26, which had none; `initialize` is sent before a version is agreed on.
    let version = header::value(headers, PROTOCOL_VERSION)?.unwrap_or(LEGACY[2]);
    if message.method.as_deref() != Some("initialize") && !LEGACY.contains(&version) {
        let text = format!("unsupported protocol version; supported: {}", LEGACY.join(", "));
        return Err(Fault::bad_request(code::INVALID_REQUEST, text).into());
    }
    // Notifications, and responses to requests that we never send.
    let (Some(id), Some(method)) = (&message.id, message.method.as_deref()) else {
        return Ok(Answer { status: StatusCode::ACCEPTED, body: None });
    };
    let params = &message.params;
    header::routing(headers, method, params, false)?;
    let result = match method {
        "initialize" => initialize(server, params)?,
        "ping" => Map::new(),
        "logging/setLevel" if server.registry.has_logging() => set_level(params)?,
        "resources/subscribe" | "resources/unsubscribe" if server.registry.has_subscriptions() => {
            subscribe(server, caller, params)?
        }
        _ => match (Call { server, caller, headers, era: Era::Legacy, method, params }).answer().await? {
            Outcome::Done { result, .. } => dressed(method, version, result),
            Outcome::NoSuchResource(uri) => {
                let fault = Fault::of_method(code::RESOURCE_NOT_FOUND, methods::NO_SUCH_RESOURCE);
                return Err(fault.with_data(json!({ "uri": uri })).into());
            }
            // Nothing in this era asks for input.
            Outcome::NoSuchMethod | Outcome::InputRequired(_) => {
                return Err(Fault::of_method(code::METHOD_NOT_FOUND, format!("there is no method {method:.80}")).into());
            }
        },
    };
    Ok(Answer { status: StatusCode::OK, body: Some(jsonrpc::result(id, result)) })
}

/// Agrees on the client's version if we speak it, else offers our newest one with a handshake.
fn initialize(server: &Server, params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let requested = methods::text(params, "protocolVersion")?;
    let version = LEGACY.into_iter().find(|version| *version == requested).unwrap_or(LEGACY[0]);
    let registry = &server.registry;
    let mut capabilities = registry.capabilities();
    if registry.has_subscriptions() {
        capabilities.insert("resources".into(), json!({ "subscribe": true }));
    }
    let mut result = Map::new();
    result.insert("protocolVersion".into(), json!(version));
    result.insert("capabilities".into(), Value::Object(capabilities));
    result.insert("serverInfo".into(), json!(registry.info()));
    if let Some(instructions) = registry.instructions() {
        result.insert("instructions".into(), json!(instructions));
    }
    Ok(result)
}

/// The level is checked and forgotten: every call sends what is `info` or more severe, and clients leave out what they do not
/// want.
fn set_level(params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let level = methods::text(params, "level")?;
    let unknown = || Fault::of_method(code::INVALID_PARAMS, format!("there is no level {level:.40}"));
    LogLevel::parse(level).map(|_| Map::new()).ok_or_else(unknown)
}

/// A subscription to what never changes is kept by doing nothing. To anything else it would be a promise we cannot keep.
fn subscribe(server: &Server, caller: Caller<'_>, params: &Map<String, Value>) -> Result<Map<String, Value>, Stop> {
    let uri = methods::text(params, "uri")?;
    let fault = || {
        let fault = Fault::of_method(code::RESOURCE_NOT_FOUND, "there is no such resource, or it cannot be subscribed to");
        Stop::from(fault.with_data(json!({ "uri": methods::excerpt(uri) })))
    };
    match server.registry.resource_access(uri, caller.identity) {
        Access::NeedsScopes(scopes) => {
            return Err(Refusal::InsufficientScope { needed: server.registry.policy.full(&scopes) }.into());
        }
        access => access.admit(fault)?,
    }
    if server.registry.resources().any(|family| family.is_fixed(caller.identity, uri)) {
        return Ok(Map::new());
    }
    Err(fault())
}

/// Structured results had to be objects before 2026-07-28, and links were no content before 2025-06-18.
fn dressed(method: &str, version: &str, mut result: Map<String, Value>) -> Map<String, Value> {
    if version == LEGACY[2] {
        let blocks = result.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten();
        blocks.for_each(unlink);
        let messages = result.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten();
        messages.filter_map(|message| message.get_mut("content")).for_each(unlink);
    }
    match method {
        "tools/call" if !result.get("structuredContent").is_none_or(Value::is_object) => {
            result.remove("structuredContent");
        }
        "tools/list" => {
            let tools = result.get_mut("tools").and_then(Value::as_array_mut);
            for tool in tools.into_iter().flatten().filter_map(Value::as_object_mut) {
                if tool.get("outputSchema").is_some_and(|schema| schema.get("type") != Some(&json!("object"))) {
                    tool.remove("outputSchema");
                }
            }
        }
        _ => {}
    }
    result
}

/// A link as text: its name and address.
fn unlink(block: &mut Value) {
    if block.get("type").and_then(Value::as_str) == Some("resource_link") {
        let member = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
        let text = format!("{}: {}", member("name"), member("uri"));
        *block = json!({ "type": "text", "text": text });
    }
}
