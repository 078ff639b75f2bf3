//! The protocol's request headers: each at most once, and some encoded.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{code, jsonrpc::Fault};

/// The protocol version.
pub(super) const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// The JSON-RPC method again, for gateways that do not read bodies.
const METHOD: &str = "mcp-method";
/// The name of the tool or prompt, or the URI of the resource.
const NAME: &str = "mcp-name";

/// A header's value without surrounding white space. A header that occurs twice or is not ASCII is a mismatch: two readers
/// could see two values.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim_matches([' ', '\t']))),
            Err(_) => Err(mismatch(format!("the header {name} is not ASCII"))),
        },
        _ => Err(mismatch(format!("the header {name} occurs twice"))),
    }
}

/// A value that may be wrapped as `=?base64?…?=`, for names that are not ASCII. Without both markers it is literal.
pub(super) fn decoded(value: &str) -> Result<String, Fault> {
    let Some(encoded) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(value.to_owned());
    };
    let text = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| mismatch("a header's base64 value is malformed"))
}

/// Checks `Mcp-Method`, and `Mcp-Name` for the methods that name something. Where they are not `required`, as in the older
/// revisions, they may be absent but not disagree: a gateway may have decided by them.
pub(super) fn routing(headers: &HeaderMap, method: &str, params: &Map<String, Value>, required: bool) -> Result<(), Fault> {
    match value(headers, METHOD)? {
        None if !required => {}
        found if found == Some(method) => {}
        _ => return Err(mismatch("the header Mcp-Method is missing or differs from the method")),
    }
    let named = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => return Ok(()),
    };
    let found = value(headers, NAME)?.map(decoded).transpose()?;
    match (found, params.get(named).and_then(Value::as_str)) {
        (None, _) if !required => Ok(()),
        (Some(found), Some(expected)) if found == expected => Ok(()),
        _ => Err(mismatch(format!("the header Mcp-Name is missing or differs from params.{named}"))),
    }
}

/// A header is missing or disagrees with the body.
pub(super) fn mismatch(text: impl Into<String>) -> Fault {
    Fault::bad_request(code::HEADER_MISMATCH, text)
}
