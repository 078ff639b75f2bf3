//! 2026-07-28: every request explains itself, in `_meta` and once more in headers that must agree.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Answer, Caller, Registry, Server, Stop, code,
    era::{self, Era, META_CAPABILITIES, META_VERSION, MODERN},
    header::{self, PROTOCOL_VERSION},
    jsonrpc::{self, Fault, Message},
    methods::{self, Call, LIST_TTL_MS, Outcome},
};

pub(super) async fn answer(server: &Server, caller: Caller<'_>, headers: &HeaderMap, message: &Message) -> Result<Answer, Stop> {
    let Some(method) = message.method.as_deref() else {
        let text = "this revision has no requests from server to client to answer";
        return Err(Fault::bad_request(code::INVALID_REQUEST, text).into());
    };
    let Some(id) = &message.id else {
        return Ok(Answer { status: StatusCode::ACCEPTED, body: None });
    };
    let (registry, params) = (&server.registry, &message.params);
    envelope(message, headers)?;
    header::routing(headers, method, params, true)?;
    let result = match method {
        "server/discover" => complete(registry, discover(registry)),
        _ => match (Call { server, caller, headers, era: Era::Modern, method, params }).answer().await? {
            Outcome::Done { result, ttl_ms: Some(ttl_ms) } => complete(registry, cacheable(result, ttl_ms)),
            Outcome::Done { result, ttl_ms: None } => complete(registry, result),
            Outcome::InputRequired(result) => dressed(registry, "input_required", result),
            Outcome::NoSuchMethod => {
                let text = format!("there is no method {method:.80}");
                return Err(Fault::new(StatusCode::NOT_FOUND, code::METHOD_NOT_FOUND, text).into());
            }
            Outcome::NoSuchResource(uri) => {
                let fault = Fault::of_method(code::INVALID_PARAMS, methods::NO_SUCH_RESOURCE);
                return Err(fault.with_data(json!({ "uri": uri })).into());
            }
        },
    };
    Ok(Answer { status: StatusCode::OK, body: Some(jsonrpc::result(id, result)) })
}

/// The version, in body and header, and the client's capabilities.
fn envelope(message: &Message, headers: &HeaderMap) -> Result<(), Fault> {
    let none = Map::new();
    let meta = message.meta().unwrap_or(&none);
    let version = meta.get(META_VERSION).and_then(Value::as_str);
    let version = version.ok_or_else(|| Fault::bad_request(code::INVALID_PARAMS, format!("{META_VERSION} is not a string")))?;
    if header::value(headers, PROTOCOL_VERSION)? != Some(version) {
        return Err(header::mismatch(format!("the header MCP-Protocol-Version differs from {META_VERSION}")));
    }
    if version != MODERN {
        let data = json!({ "supported": era::supported(), "requested": version });
        return Err(Fault::bad_request(code::UNSUPPORTED_VERSION, "unsupported protocol version").with_data(data));
    }
    if !meta.get(META_CAPABILITIES).is_some_and(Value::is_object) {
        return Err(Fault::bad_request(code::INVALID_PARAMS, format!("{META_CAPABILITIES} is missing or not an object")));
    }
    Ok(())
}

fn discover(registry: &Registry) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("supportedVersions".into(), json!(era::supported()));
    result.insert("capabilities".into(), Value::Object(registry.capabilities()));
    if let Some(instructions) = registry.instructions() {
        result.insert("instructions".into(), json!(instructions));
    }
    cacheable(result, LIST_TTL_MS)
}

/// Only for the one user it was made for.
fn cacheable(mut result: Map<String, Value>, ttl_ms: u64) -> Map<String, Value> {
    result.insert("ttlMs".into(), json!(ttl_ms));
    result.insert("cacheScope".into(), json!("private"));
    result
}

pub(super) fn complete(registry: &Registry, result: Map<String, Value>) -> Map<String, Value> {
    dressed(registry, "complete", result)
}

fn dressed(registry: &Registry, result_type: &str, mut result: Map<String, Value>) -> Map<String, Value> {
    result.insert("resultType".into(), json!(result_type));
    result.insert("_meta".into(), json!({ "io.modelcontextprotocol/serverInfo": registry.info() }));
    result
}
