//! JSON-RPC error codes: those of the JSON-RPC 2.0 specification §5.1, and those MCP 2026-07-28 adds.

/// The body is not JSON.
pub const PARSE_ERROR: i64 = -32_700;
/// The JSON is not a JSON-RPC request.
pub const INVALID_REQUEST: i64 = -32_600;
/// There is no such method.
pub const METHOD_NOT_FOUND: i64 = -32_601;
/// The parameters are not those of the method, or name something that does not exist.
pub const INVALID_PARAMS: i64 = -32_602;
/// The method failed on our side.
pub const INTERNAL_ERROR: i64 = -32_603;
/// There is no such resource (up to 2025-11-25; 2026-07-28 says [`INVALID_PARAMS`]).
pub const RESOURCE_NOT_FOUND: i64 = -32_002;
/// A header is missing or disagrees with the body (2026-07-28).
pub const HEADER_MISMATCH: i64 = -32_020;
/// The request needs a capability that its client did not declare (2026-07-28).
pub const MISSING_CLIENT_CAPABILITY: i64 = -32_021;
/// The request names a protocol version we do not speak (2026-07-28).
pub const UNSUPPORTED_VERSION: i64 = -32_022;
