//! What is refused before an instance is taken: who sends nonsense must not cost one.

use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderMap, Request, Response};

use super::reply::{self, ResponseBody};

/// The answer to a request that no component can be given.
pub(super) fn refusal<B>(request: &Request<B>) -> Option<Response<ResponseBody>> {
    if request.uri().authority().is_none() && !names_a_host(request.headers()) {
        return Some(reply::bad_request());
    }
    if !is_plain(request.headers()) {
        return Some(reply::not_implemented());
    }
    None
}

/// One `Host`, and a readable one (RFC 9112 §3.2).
fn names_a_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    hosts.next().is_some_and(|host| Authority::try_from(host.as_bytes()).is_ok()) && hosts.next().is_none()
}

/// No transfer coding but `chunked`, the only one that hyper takes off (RFC 9112 §6.1): the component would read the others'
/// bytes for the message.
fn is_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && codings.next().is_none()
}
