//! Which era a message belongs to. The body decides; the header can only disagree.

use http::HeaderMap;

use super::{
    code,
    header::{self, PROTOCOL_VERSION},
    jsonrpc::{Fault, Message},
};

/// The revision without a handshake.
pub(super) const MODERN: &str = "2026-07-28";
/// Revisions with a handshake, newest first.
pub(super) const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/// The member of `params._meta` that makes a request modern.
pub(super) const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// What else a modern request must carry there.
pub(super) const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// What it may carry there: the lowest level of log messages its client wants.
pub(super) const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// An era of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    Modern,
    Legacy,
}

/// Every revision we speak, newest first.
pub(super) fn supported() -> Vec<&'static str> {
    std::iter::once(MODERN).chain(LEGACY).collect()
}

/// The ladder, in the order of the reference implementation:
/// a version in `_meta` → modern; `initialize` without one → legacy; a header that names a modern revision → the request
/// forgot its `_meta`, unless it is a notification, which has none to forget; anything else → legacy.
pub(super) fn of(message: &Message, headers: &HeaderMap) -> Result<Era, Fault> {
    if message.meta().is_some_and(|meta| meta.contains_key(META_VERSION)) {
        return Ok(Era::Modern);
    }
    let header_is_modern = header::value(headers, PROTOCOL_VERSION)?.is_some_and(|version| version == MODERN);
    match (message.method.as_deref(), message.id.is_some(), header_is_modern) {
        (Some("initialize"), _, _) | (_, _, false) => Ok(Era::Legacy),
        (_, false, true) => Ok(Era::Modern),
        (_, true, true) => {
            let text = format!("params._meta lacks {META_VERSION} and {META_CAPABILITIES}");
            Err(Fault::bad_request(code::INVALID_PARAMS, text))
        }
    }
}
