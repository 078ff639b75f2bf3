//! Judges an answer by the schema of the revision its request spoke: every JSON-RPC message in it, also each event of a stream.
//!
//! The schemas leave most open, so rules of the text are judged too: the answer has the request's id, comes last and once, and a
//! modern error has the HTTP status of its code.

// A test's helper in one place, a part of a program in the other.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::{collections::HashMap, sync::LazyLock};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

const MODERN: &str = "2026-07-28";
/// Each revision with its schema and the name of the schema's folder of definitions.
const REVISIONS: [(&str, &str, &str); 4] = [
    ("2025-03-26", include_str!("../data/mcp-schema/2025-03-26.json"), "definitions"),
    ("2025-06-18", include_str!("../data/mcp-schema/2025-06-18.json"), "definitions"),
    ("2025-11-25", include_str!("../data/mcp-schema/2025-11-25.json"), "$defs"),
    (MODERN, include_str!("../data/mcp-schema/2026-07-28.json"), "$defs"),
];
/// Statuses with which HTTP, not JSON-RPC, speaks: routes, methods, sign-in, `Origin`, an issuer that is down.
const OF_HTTP: [u16; 7] = [204, 401, 403, 404, 405, 500, 503];

/// A request to the endpoint, and its answer.
pub(crate) struct Exchange<'a> {
    /// The request's body.
    pub(crate) sent: &'a [u8],
    /// The request's `MCP-Protocol-Version`.
    pub(crate) version: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// What of a request matters for its answer.
struct Asked<'a> {
    revision: &'static str,
    /// The answer is a stream.
    streamed: bool,
    id: Option<&'a Value>,
    method: &'a str,
}

/// How many messages there were, all of them lawful; or what is wrong with one.
pub(crate) fn check(exchange: &Exchange<'_>) -> Result<usize, String> {
    let sent = serde_json::from_slice(exchange.sent).unwrap_or_default();
    let messages = messages(exchange)?;
    let streamed = exchange.content_type == Some("text/event-stream");
    let asked = Asked { streamed, ..asked(&sent, exchange.version, messages.last()) };
    for (index, message) in messages.iter().enumerate() {
        let last = index + 1 == messages.len();
        judge(&asked, message, last, exchange.status)
            .map_err(|fault| format!("{} {}: {fault}\n{message}", asked.revision, asked.method))?;
    }
    Ok(messages.len())
}

fn messages(exchange: &Exchange<'_>) -> Result<Vec<Value>, String> {
    let parse = |text: &[u8]| serde_json::from_slice::<Value>(text).map_err(|error| format!("no JSON: {error}"));
    match exchange.content_type {
        Some("text/event-stream") => {
            let text = str::from_utf8(exchange.body).map_err(|error| error.to_string())?;
            let events: Vec<&str> = text.split_terminator("\n\n").filter(|event| !event.starts_with(':')).collect();
            if !text.ends_with("\n\n") || events.is_empty() || exchange.status != 200 {
                return Err(format!("a broken stream with status {}", exchange.status));
            }
            let data = |event: &str| {
                let data = event.strip_prefix("event: message\ndata: ").filter(|data| !data.contains('\n'));
                data.ok_or_else(|| format!("an unknown event {event}")).and_then(|data| parse(data.as_bytes()))
            };
            events.into_iter().map(data).collect()
        }
        Some("application/json") => {
            let message = parse(exchange.body)?;
            match message.get("jsonrpc") {
                None if OF_HTTP.contains(&exchange.status) => Ok(vec![]),
                None => Err(format!("status {} without a JSON-RPC message: {message}", exchange.status)),
                Some(_) => Ok(vec![message]),
            }
        }
        None if exchange.body.is_empty() && exchange.status != 200 => Ok(vec![]),
        other => Err(format!("{} bytes of {other:?} with status {}", exchange.body.len(), exchange.status)),
    }
}

fn asked<'a>(sent: &'a Value, header: Option<&str>, answer: Option<&Value>) -> Asked<'a> {
    let known = |version: &str| REVISIONS.iter().map(|(revision, ..)| *revision).find(|revision| *revision == version);
    let method = sent["method"].as_str().unwrap_or_default();
    let claims_modern = sent["params"]["_meta"].get("io.modelcontextprotocol/protocolVersion").is_some();
    let agreed = answer.and_then(|answer| answer["result"]["protocolVersion"].as_str());
    let revision = match (header.map(str::trim), agreed) {
        _ if claims_modern => MODERN,
        (_, Some(agreed)) if method == "initialize" => known(agreed).unwrap_or(MODERN),
        (Some(version), _) => known(version).unwrap_or("2025-11-25"),
        (None, _) => "2025-03-26",
    };
    let id = sent.get("id").filter(|id| id.is_string() || id.is_i64() || id.is_u64());
    Asked { revision, streamed: false, id, method }
}

fn judge(asked: &Asked<'_>, message: &Value, last: bool, status: u16) -> Result<(), String> {
    let revision = asked.revision;
    if message.get("method").is_some() {
        if last || message.get("id").is_some() {
            return Err("neither a notification before the answer nor an answer".to_owned());
        }
        return valid(revision, "JSONRPCNotification", message).and_then(|()| valid(revision, "ServerNotification", message));
    }
    if !last {
        return Err("an answer before the end".to_owned());
    }
    // A message that is refused unread, or as a whole, may be answered without its id.
    let unread = [Some(-32700), Some(-32600)].contains(&message["error"]["code"].as_i64());
    let id = message.get("id");
    if id != asked.id && !(unread && id.is_none()) {
        return Err(format!("the request's id was {:?}", asked.id));
    }
    let old = ["2025-03-26", "2025-06-18"].contains(&revision);
    if let Some(error) = message.get("error") {
        // The two oldest schemas have no answer to a message whose id cannot be read. Ours is that of the newer ones.
        let unlawful = old && id.is_none();
        let of = if unlawful { "2025-11-25" } else { revision };
        valid(of, if old && !unlawful { "JSONRPCError" } else { "JSONRPCErrorResponse" }, message)?;
        return error_of(asked, error, message, status);
    }
    if status != 200 {
        return Err(format!("a result with status {status}"));
    }
    valid(revision, if old { "JSONRPCResponse" } else { "JSONRPCResultResponse" }, message)?;
    let result = &message["result"];
    let definition = match asked.method {
        "server/discover" => "DiscoverResult",
        "initialize" => "InitializeResult",
        "tools/list" => "ListToolsResult",
        "prompts/list" => "ListPromptsResult",
        "resources/list" => "ListResourcesResult",
        "resources/templates/list" => "ListResourceTemplatesResult",
        "completion/complete" => "CompleteResult",
        "ping" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe" => "EmptyResult",
        "tools/call" | "prompts/get" | "resources/read" if result["resultType"] == "input_required" => "InputRequiredResult",
        "tools/call" => "CallToolResult",
        "prompts/get" => "GetPromptResult",
        "resources/read" => "ReadResourceResult",
        other => return Err(format!("a result of {other}")),
    };
    if revision != MODERN && result.get("resultType").is_some() {
        return Err("a modern result for an older client".to_owned());
    }
    valid(revision, definition, result)
}

fn error_of(asked: &Asked<'_>, error: &Value, message: &Value, status: u16) -> Result<(), String> {
    let modern = asked.revision == MODERN;
    let (definition, whole, expected): (_, _, &[u16]) = match error["code"].as_i64() {
        Some(-32700) => (Some("ParseError"), false, &[400]),
        Some(-32600) => (Some("InvalidRequestError"), false, &[400, 403, 408, 413, 415]),
        Some(-32601) => (Some("MethodNotFoundError"), false, if modern { &[404] } else { &[200] }),
        Some(-32602) => (Some("InvalidParamsError"), false, &[200, 400]),
        Some(-32603) => (Some("InternalError"), false, &[200]),
        Some(-32020) => (Some("HeaderMismatchError"), true, &[400]),
        Some(-32021) if modern => (Some("MissingRequiredClientCapabilityError"), true, &[400]),
        Some(-32022) if modern => (Some("UnsupportedProtocolVersionError"), true, &[400]),
        Some(-32002) if !modern => (None, false, &[200]),
        code => return Err(format!("the code {code:?}")),
    };
    // A stream has begun with 200 before its error was known.
    if !expected.contains(&status) && !asked.streamed {
        return Err(format!("status {status}; expected {expected:?}"));
    }
    definition.map_or(Ok(()), |definition| valid(MODERN, definition, if whole { message } else { error }))
}

struct Judges {
    schemas: Schemas,
    definitions: HashMap<(&'static str, String), SchemaIndex>,
}

static JUDGES: LazyLock<Judges> = LazyLock::new(|| {
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    let mut schemas = Schemas::new();
    let mut definitions = HashMap::new();
    for (revision, text, folder) in REVISIONS {
        let address = format!("https://schema.invalid/{revision}.json");
        let schema: Value = serde_json::from_str(text).expect("a schema is JSON");
        let names: Vec<String> = schema[folder].as_object().expect("a schema has definitions").keys().cloned().collect();
        compiler.add_resource(&address, schema).expect("a schema has an address");
        for name in names {
            let index = compiler.compile(&format!("{address}#/{folder}/{name}"), &mut schemas);
            definitions.insert((revision, name), index.expect("a definition is a schema"));
        }
    }
    Judges { schemas, definitions }
});

/// By one definition of a revision's schema.
fn valid(revision: &'static str, definition: &str, value: &Value) -> Result<(), String> {
    let index = JUDGES.definitions.get(&(revision, definition.to_owned()));
    let index = *index.ok_or_else(|| format!("{revision} knows no {definition}"))?;
    JUDGES.schemas.validate(value, index).map_err(|error| format!("not a {definition}: {error:#}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(version: &str, method: &str, status: u16, answer: &Value) -> Result<usize, String> {
        let mut sent = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": {} });
        if version == MODERN {
            sent["params"]["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": MODERN });
        }
        let (sent, body) = (sent.to_string(), answer.to_string());
        let content_type = Some("application/json");
        check(&Exchange { sent: sent.as_bytes(), version: Some(version), status, content_type, body: body.as_bytes() })
    }

    #[test]
    fn lawful_answers_pass_and_others_do_not() {
        let result = |result: Value| json!({ "jsonrpc": "2.0", "id": 1, "result": result });
        let error = |code: i64| json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": code, "message": "m" } });
        let list = |members: Value| {
            let mut list = json!({ "tools": [], "resultType": "complete", "ttlMs": 0, "cacheScope": "private" });
            list.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            result(list)
        };
        let old = "2025-06-18";
        let tool = json!([{ "name": "t", "inputSchema": { "type": "array" } }]);
        for (name, lawful, version, method, status, answer) in [
            ("a list", true, MODERN, "tools/list", 200, list(json!({}))),
            (
                "no resultType",
                false,
                MODERN,
                "tools/list",
                200,
                result(json!({ "tools": [], "ttlMs": 0, "cacheScope": "private" })),
            ),
            ("a cache scope of no kind", false, MODERN, "tools/list", 200, list(json!({ "cacheScope": "mine" }))),
            ("tools that are none", false, MODERN, "tools/list", 200, list(json!({ "tools": tool }))),
            ("another method's", false, MODERN, "prompts/list", 200, list(json!({}))),
            ("a modern one for an old client", false, old, "tools/list", 200, list(json!({}))),
            ("an old one", true, old, "tools/list", 200, result(json!({ "tools": [] }))),
            ("with an error's status", false, old, "tools/list", 400, result(json!({ "tools": [] }))),
            ("unknown to the modern", true, MODERN, "x", 404, error(-32601)),
            ("unknown, with status 200", false, MODERN, "x", 200, error(-32601)),
            ("unknown to the old", true, old, "x", 200, error(-32601)),
            ("a reserved code", false, MODERN, "x", 200, error(-32002)),
            ("without its data", false, MODERN, "x", 400, error(-32022)),
            ("another's id", false, old, "ping", 200, json!({ "jsonrpc": "2.0", "id": 2, "result": {} })),
            ("no answer", false, old, "ping", 200, json!({ "jsonrpc": "2.0", "method": "notifications/message" })),
            ("nothing of JSON-RPC", false, old, "ping", 200, json!({})),
        ] {
            assert_eq!(
                judged(version, method, status, &answer).is_ok(),
                lawful,
                "{name}: {:?}",
                judged(version, method, status, &answer)
            );
        }
    }
}
