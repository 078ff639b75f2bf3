//! 2025-03-26 to 2025-11-25, without sessions: `initialize` is answered and forgotten.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Answer, Context, Server, Stop, code,
    era::LEGACY,
    header::{self, PROTOCOL_VERSION},
    jsonrpc::{self, Fault, Message},
    methods::{self, Outcome},
};

pub(super) async fn answer(
    server: &Server,
    context: Context<'_>,
    headers: &HeaderMap,
    message: &Message,
) -> Result<Answer, Stop> {
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
    header::routing(headers, method, &message.params, false)?;
    let result = match method {
        "initialize" => initialize(server, &message.params)?,
        "ping" => Map::new(),
        _ => match methods::call(server, context, method, &message.params).await? {
            Outcome::Done { result, .. } => result,
            Outcome::NoSuchMethod => {
                return Err(Fault::of_method(code::METHOD_NOT_FOUND, format!("there is no method {method:.80}")).into());
            }
            Outcome::NoSuchResource(uri) => {
                let fault = Fault::of_method(code::RESOURCE_NOT_FOUND, methods::NO_SUCH_RESOURCE);
                return Err(fault.with_data(json!({ "uri": uri })).into());
            }
        },
    };
    Ok(Answer { status: StatusCode::OK, body: Some(jsonrpc::result(id, result)) })
}

/// Agrees on the client's version if we speak it, else offers our newest one with a handshake.
fn initialize(server: &Server, params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let requested = params.get("protocolVersion").and_then(Value::as_str);
    let requested = requested.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, "protocolVersion is missing"))?;
    let version = LEGACY.into_iter().find(|version| *version == requested).unwrap_or(LEGACY[0]);
    let mut result = Map::new();
    result.insert("protocolVersion".into(), json!(version));
    result.insert("capabilities".into(), server.registry.capabilities());
    result.insert("serverInfo".into(), methods::server_info());
    Ok(result)
}
