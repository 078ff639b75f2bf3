//! The kinds of answers the issuer gives.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY, SET_COOKIE,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

pub(super) type Reply = Response<Full<Bytes>>;

/// No `form-action`: browsers apply it to every hop after the form, and so the redirect to the client would die silently.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// JSON that must not be kept: everything but discovery.
pub(super) fn json(status: StatusCode, body: &Value) -> Reply {
    let mut reply = reply(status, "application/json", body.to_string());
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// JSON that may be kept for ten minutes, as Supabase lets it.
pub(super) fn public_json(body: &Value) -> Reply {
    let mut reply = reply(StatusCode::OK, "application/json", body.to_string());
    set(&mut reply, CACHE_CONTROL, "public, max-age=600");
    reply
}

/// An OAuth error (RFC 6749 §5.2, RFC 7591 §3.2.2).
pub(super) fn error(status: StatusCode, error: &str, description: &str) -> Reply {
    let mut reply = json(status, &json!({ "error": error, "error_description": description }));
    if status == StatusCode::UNAUTHORIZED {
        set(&mut reply, WWW_AUTHENTICATE, "Basic realm=\"demo\"");
    }
    reply
}

/// Rows of the demo's table, or nothing.
pub(super) fn rows(status: StatusCode, rows: Option<&Value>, range: &str, applied: &str) -> Reply {
    let body = rows.map(Value::to_string).unwrap_or_default();
    let mut reply = reply(status, "application/json; charset=utf-8", body);
    set(&mut reply, CACHE_CONTROL, "no-store");
    set(&mut reply, CONTENT_RANGE, range);
    if !applied.is_empty() {
        set(&mut reply, HeaderName::from_static("preference-applied"), applied);
    }
    reply
}

/// An error of the demo's table; `challenge` is empty where none belongs.
pub(super) fn fault(status: StatusCode, body: &Value, challenge: &str) -> Reply {
    let mut reply = json(status, body);
    if !challenge.is_empty() {
        set(&mut reply, WWW_AUTHENTICATE, challenge);
    }
    reply
}

/// A page for a human.
pub(super) fn html(status: StatusCode, body: String) -> Reply {
    let mut reply = reply(status, "text/html; charset=utf-8", body);
    set(&mut reply, CACHE_CONTROL, "no-store");
    set(&mut reply, CONTENT_SECURITY_POLICY, POLICY);
    set(&mut reply, X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: that would also make the form's `Origin` null, and it is checked.
    set(&mut reply, REFERRER_POLICY, "same-origin");
    reply
}

/// To the client, with the outcome. 303: whatever the browser sent here, it sends nothing of it there (RFC 9700 §4.12).
pub(super) fn redirect(location: &str) -> Reply {
    let mut reply = reply(StatusCode::SEE_OTHER, "text/plain", String::new());
    set(&mut reply, LOCATION, location);
    set(&mut reply, CACHE_CONTROL, "no-store");
    set(&mut reply, REFERRER_POLICY, "no-referrer");
    reply
}

/// `OPTIONS` of an endpoint that scripts may call.
pub(super) fn preflight() -> Reply {
    let mut reply = reply(StatusCode::NO_CONTENT, "text/plain", String::new());
    set(&mut reply, ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
    set(&mut reply, ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, accept, apikey, mcp-protocol-version");
    set(&mut reply, ACCESS_CONTROL_MAX_AGE, "600");
    reply
}

pub(super) fn method_not_allowed(allow: &'static str) -> Reply {
    let mut reply = error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "method not allowed");
    set(&mut reply, ALLOW, allow);
    reply
}

/// Lets scripts of any origin read it: there is nothing here that a cookie would open.
pub(super) fn shared(mut reply: Reply) -> Reply {
    set(&mut reply, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    reply
}

/// Sets a cookie that scripts do not see.
pub(super) fn cookie(mut reply: Reply, name: &str, value: &str, path: &str, seconds: u64) -> Reply {
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax");
    set(&mut reply, SET_COOKIE, &cookie);
    reply
}

fn reply(status: StatusCode, kind: &str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    set(&mut reply, CONTENT_TYPE, kind);
    set(&mut reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply
}

/// A value that cannot stand in a header is left out: none of ours, and of a client's only what was checked before.
fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}
