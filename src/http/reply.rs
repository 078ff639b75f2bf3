//! Small answers that several routes give.

use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::{Value, json};

use super::{Body, Response};

/// A JSON answer that nobody may store.
pub(super) fn json(status: StatusCode, value: &Value) -> Response<'static> {
    text(status, value.to_string())
}

/// The same, already serialized.
pub(super) fn text(status: StatusCode, json: String) -> Response<'static> {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::Full(json.into_bytes());
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response<'static> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A JSON-RPC error that belongs to no request we could read, so it has no `id`.
pub(super) fn rpc_error(status: StatusCode, code: i64, message: &str) -> Response<'static> {
    json(status, &json!({ "jsonrpc": "2.0", "error": { "code": code, "message": message } }))
}

/// There is nothing here. JSON, because clients probe well-known paths and choke on HTML.
pub(super) fn not_found() -> Response<'static> {
    json(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
}

/// What every request gets while the configuration is wrong. The reason is in the log.
pub fn misconfigured() -> Response<'static> {
    json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({ "error": "server_error", "error_description": "the server is not configured" }),
    )
}

/// The issuer is down. Not the caller's fault, so no challenge: a 401 would make clients throw good tokens away.
pub(super) fn unavailable() -> Response<'static> {
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": "temporarily_unavailable" }));
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
