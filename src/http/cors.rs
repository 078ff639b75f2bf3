//! Which pages may call us, and what their scripts may read (WHATWG Fetch §3.2).

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, HOST, ORIGIN, VARY,
    },
};
use url::{Host, Url};

use super::{Response, reply};
use crate::config::Config;

/// Request headers of MCP clients. Discovery requests carry `mcp-protocol-version` too, which makes them non-simple.
const REQUEST_HEADERS: &str = "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id, traceparent, tracestate";
const RESPONSE_HEADERS: &str = "www-authenticate, mcp-protocol-version, mcp-session-id, retry-after";

/// What a request's `Origin` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Not a page: no `Origin`.
    Program,
    /// A page that may call us.
    Page(HeaderValue),
    /// A page that may not, or more than one `Origin`.
    Stranger,
}

/// Judges the `Origin` of a request to the MCP endpoint. A page of a stranger's origin is refused before anything else is
/// looked at: that is what stops DNS rebinding against a server on the user's own machine.
pub(super) fn caller(config: &Config, headers: &HeaderMap) -> Caller {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (first, second) = (origins.next(), origins.next());
    match (first, second) {
        (None, _) => Caller::Program,
        (Some(origin), None) if is_allowed(config, origin) => Caller::Page(origin.clone()),
        _ => Caller::Stranger,
    }
}

fn is_allowed(config: &Config, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let endpoint = config.endpoint();
    origin == endpoint.origin()
        || config.allowed_origins().iter().any(|allowed| allowed == origin)
        || (endpoint.is_loopback() && is_loopback(origin))
}

fn is_loopback(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    loopback && matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
}

/// Whether a request was sent to a loopback name or address, by its one `Host`.
pub(super) fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
        (Some(host), None) => {
            Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url.origin().ascii_serialization()))
        }
        _ => false,
    }
}

/// The answer to a preflight, or to a plain `OPTIONS`. It needs no token: browsers never send one with a preflight.
pub(super) fn preflight(requested: &HeaderMap, methods: &'static str) -> Response<'static> {
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(methods));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(requested));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    headers.insert(VARY, HeaderValue::from_static("origin, access-control-request-headers"));
    response
}

/// The known headers, and those of the family `mcp-param-*` that were asked for: a tool's own headers cannot be listed.
fn allowed_headers(requested: &HeaderMap) -> HeaderValue {
    let requested = requested.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token =
        |name: &str| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let names = requested.split(',').map(|name| name.trim().to_ascii_lowercase());
    let more: String =
        names.filter(|name| name.starts_with("mcp-param-") && token(name)).take(32).map(|name| format!(", {name}")).collect();
    HeaderValue::try_from(format!("{REQUEST_HEADERS}{more}")).unwrap_or(HeaderValue::from_static(REQUEST_HEADERS))
}

/// Lets any page read a public document.
pub(super) fn allow_everyone(response: &mut Response<'_>) {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Lets one page read an answer of the endpoint.
pub(super) fn allow(response: &mut Response<'_>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
    headers.entry(VARY).or_insert(HeaderValue::from_static("origin"));
}
