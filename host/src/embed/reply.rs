//! What the host itself answers, when the component cannot.
//!
//! The client learns the kind of trouble and no more; the cause is in the log.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::Error;

/// The body of a response: the component's stream, or a few bytes of ours.
pub type ResponseBody = UnsyncBoxBody<Bytes, Error>;

/// The request names no host, or breaks off.
pub(super) fn bad_request() -> Response<ResponseBody> {
    reply(StatusCode::BAD_REQUEST, r#"{"error":"bad_request"}"#)
}

/// The request's body did not come in time. The rest of it may still be on its way, so the connection ends here.
pub(super) fn request_timeout() -> Response<ResponseBody> {
    let mut response = reply(StatusCode::REQUEST_TIMEOUT, r#"{"error":"request_timeout"}"#);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The request's body is in a coding that this host does not undo.
pub(super) fn not_implemented() -> Response<ResponseBody> {
    reply(StatusCode::NOT_IMPLEMENTED, r#"{"error":"not_implemented"}"#)
}

/// The component trapped, or gave no answer.
pub(super) fn internal() -> Response<ResponseBody> {
    reply(StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"internal_error"}"#)
}

/// No instance became free in time.
pub(super) fn busy() -> Response<ResponseBody> {
    let mut response = reply(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"busy"}"#);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The component did not answer in time.
pub(super) fn timeout() -> Response<ResponseBody> {
    reply(StatusCode::GATEWAY_TIMEOUT, r#"{"error":"timeout"}"#)
}

fn reply(status: StatusCode, json: &'static str) -> Response<ResponseBody> {
    let body = Full::new(Bytes::from_static(json.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
