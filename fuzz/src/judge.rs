//! The rules of an answer, said once more and independently of the server.

use http::StatusCode;
use mcp_latch::json::{self, JsonError};
use serde_json::Value;

use crate::{
    Answer,
    case::{Case, TOKEN},
    server,
    wire::{self, Exchange},
};

const MODERN: &str = "2026-07-28";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Methods of any revision; others are unknown to every server.
const METHODS: [&str; 14] = [
    "server/discover",
    "initialize",
    "ping",
    "logging/setLevel",
    "tools/list",
    "tools/call",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "completion/complete",
];

/// Judges an answer; with `schemas` also by the protocol's own.
///
/// # Errors
/// What is wrong with it.
pub fn judge(case: &Case, answer: &Answer, schemas: bool) -> Result<(), String> {
    let status = answer.status;
    // 503 is what the endpoint says when nobody can be let in because an upstream is down.
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        return Err(format!("status {status}"));
    }
    let body = String::from_utf8_lossy(&answer.body);
    if body.contains(server::signature()) {
        return Err("the token is in the answer".to_owned());
    }
    let content_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    if content_type == Some("application/json") && case.method != "HEAD" && serde_json::from_str::<Value>(&body).is_err() {
        return Err(format!("no JSON: {body}"));
    }
    if status == StatusCode::UNAUTHORIZED && !answer.headers.contains_key("www-authenticate") {
        return Err("a 401 without a challenge".to_owned());
    }
    if !is_endpoint(case) || case.method == "OPTIONS" {
        return Ok(());
    }
    if !case.headers.iter().any(|(_, value)| value.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes())) {
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
        return if refused { Ok(()) } else { Err(format!("a stranger is answered with {status}")) };
    }
    if case.method != "POST" || !is_plain(case) {
        return Ok(());
    }
    if let Some(expected) = expected(case) {
        let found = (status.as_u16(), code(&answer.body));
        if found != (expected.0, Some(expected.1)) {
            return Err(format!("{found:?}; expected {expected:?}: {body}"));
        }
    }
    if !schemas {
        return Ok(());
    }
    let exchange = Exchange {
        sent: &case.body,
        version: case.header("mcp-protocol-version").and_then(|version| str::from_utf8(version).ok()),
        status: status.as_u16(),
        content_type,
        body: &answer.body,
    };
    wire::check(&exchange).map(|_| ())
}

/// The code of a JSON-RPC error.
fn code(body: &[u8]) -> Option<i64> {
    serde_json::from_slice::<Value>(body).ok()?["error"]["code"].as_i64()
}

fn is_endpoint(case: &Case) -> bool {
    let path = case.target.split(['?', '#']).next().unwrap_or_default();
    path.strip_suffix('/').unwrap_or(path) == "/mcp"
}

/// A user's request whose head is in order, so that its body decides.
fn is_plain(case: &Case) -> bool {
    let has = |name: &str| case.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let lawful = |(name, value): &(String, Vec<u8>)| {
        http::HeaderName::try_from(name.as_str()).is_ok() && http::HeaderValue::from_bytes(value).is_ok()
    };
    let clear = |(name, value): &(String, Vec<u8>)| case.header(name).is_some() && value.is_ascii();
    case.header("authorization") == Some(format!("Bearer {TOKEN}").as_bytes())
        && case.header("content-type") == Some(b"application/json")
        && !case.target.contains('?')
        && !["origin", "content-length"].into_iter().any(has)
        && case.headers.iter().all(lawful)
        && case.headers.iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("mcp-")).all(clear)
}

/// Status and code of what cannot be answered otherwise; `None` if more than one rule could apply, or none.
fn expected(case: &Case) -> Option<(u16, i64)> {
    if case.body.len() > mcp_latch::http::MAX_BODY_BYTES {
        return Some((413, -32600));
    }
    let message = match json::value(&case.body) {
        Ok(message) => message,
        Err(JsonError::TooMany) => return Some((413, -32600)),
        Err(JsonError::Duplicate) => return Some((400, -32600)),
        Err(_) => return Some((400, -32700)),
    };
    let id = &message["id"];
    let has_id = id.is_string() || id.is_i64() || id.is_u64();
    if !message.is_object() || (message.get("id").is_some() && !has_id) || message["jsonrpc"] != "2.0" {
        return Some((400, -32600));
    }
    let method = message["method"].as_str()?;
    if !message.get("params").is_none_or(Value::is_object) {
        return Some((400, -32602));
    }
    if !has_id {
        return None;
    }
    let header =
        |name: &str| case.header(name).and_then(|value| str::from_utf8(value).ok()).map(|value| value.trim_matches([' ', '\t']));
    let meta = &message["params"]["_meta"];
    let version = header("mcp-protocol-version");
    match meta.get(META_VERSION) {
        Some(Value::String(claimed)) => {
            if version != Some(claimed) {
                return Some((400, -32020));
            }
            if claimed != MODERN {
                return Some((400, -32022));
            }
            if !meta[META_CAPABILITIES].is_object() {
                return Some((400, -32602));
            }
            if header("mcp-method") != Some(method) {
                return Some((400, -32020));
            }
            let removed = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
            (!METHODS.contains(&method) || removed.contains(&method)).then_some((404, -32601))
        }
        Some(_) => Some((400, -32602)),
        None if method != "initialize" && version == Some(MODERN) => Some((400, -32602)),
        None if method != "initialize" && version.is_some_and(|version| !version.starts_with("2025-")) => Some((400, -32600)),
        None if header("mcp-method").is_some_and(|found| found != method) => None,
        None if !METHODS.contains(&method) && version.is_none() => Some((200, -32601)),
        None => None,
    }
}
