//! The MCP endpoint: who calls, with which token, in which form. Only then the message is read.

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE},
    request::Parts,
};
use serde_json::json;

use super::{
    MAX_BODY_BYTES, ReadError, Request, Response, bearer,
    cors::{self, Caller},
    reply,
};
use crate::{
    Latch,
    host::Host,
    identity::{Identity, Outcome, Refusal},
    log::{self, Level},
    mcp::{self, code},
    resource::{Challenge, challenge},
};

const METHODS: &str = "POST, OPTIONS";

pub(super) async fn answer(latch: &Latch, host: &dyn Host, request: Request<'_>) -> Response {
    let page = match cors::caller(&latch.config, request.headers()) {
        Caller::Stranger => {
            let origin = request.headers().get("origin").and_then(|origin| origin.to_str().ok()).unwrap_or("unreadable");
            let origin: String = origin.chars().take(100).collect();
            let fields = [
                ("reason", json!("origin_not_allowed")),
                ("status", json!(403)),
                ("method", json!(known(request.method()))),
                ("detail", json!(format!("the page's origin is {origin:?}; see LATCH_ALLOWED_ORIGINS"))),
            ];
            log::event(host, Level::Warn, "refused", &fields);
            return reply::rpc_error(StatusCode::FORBIDDEN, code::INVALID_REQUEST, "this origin may not call the endpoint");
        }
        Caller::Page(origin) => Some(origin),
        Caller::Program => None,
    };
    let mut response = if request.method() == Method::OPTIONS {
        cors::preflight(request.headers(), METHODS)
    } else {
        authenticated(latch, host, request).await
    };
    if let Some(origin) = page {
        cors::allow(&mut response, origin);
    }
    response
}

/// Authenticates before anything else is judged: a stranger learns nothing but where to sign in, whatever the method.
async fn authenticated(latch: &Latch, host: &dyn Host, request: Request<'_>) -> Response {
    let (parts, mut body) = request.into_parts();
    let verified = match bearer::token(&parts) {
        Ok(token) => latch.verifier.verify(host, token).await,
        Err(refusal) => Err(refusal),
    };
    let identity = match verified {
        Ok(identity) => identity,
        Err(refusal) => {
            report(host, &parts, &refusal);
            return refuse(latch, &refusal);
        }
    };
    if parts.method != Method::POST {
        let mut response = reply::rpc_error(StatusCode::METHOD_NOT_ALLOWED, code::INVALID_REQUEST, "the endpoint takes POST");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        return response;
    }
    if !is_json(&parts.headers) {
        let message = "the Content-Type must be application/json";
        return reply::rpc_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::INVALID_REQUEST, message);
    }
    let declared = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let message = match declared {
        Some(length) if length > MAX_BODY_BYTES as u64 => Err(ReadError::TooLong),
        _ => body.read(MAX_BODY_BYTES).await,
    };
    match message {
        Ok(message) => dispatch(latch, host, &parts.headers, &identity, &message).await,
        Err(ReadError::TooLong) => {
            let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
            reply::rpc_error(StatusCode::PAYLOAD_TOO_LARGE, code::INVALID_REQUEST, &message)
        }
        Err(ReadError::Timeout) => reply::rpc_error(StatusCode::REQUEST_TIMEOUT, code::INVALID_REQUEST, "the body did not come"),
        Err(ReadError::Broken) => reply::rpc_error(StatusCode::BAD_REQUEST, code::PARSE_ERROR, "the body broke off"),
    }
}

async fn dispatch(latch: &Latch, host: &dyn Host, headers: &HeaderMap, identity: &Identity, message: &[u8]) -> Response {
    let answer = latch.mcp.answer(mcp::Context { host, identity }, headers, message).await;
    match answer.body {
        Some(body) => reply::json(answer.status, &body),
        None => reply::empty(answer.status),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A refusal as the client sees it: generic, unless the operator wants reason codes to be told.
fn refuse(latch: &Latch, refusal: &Refusal) -> Response {
    let config = &latch.config;
    let description = config.debug_errors().then(|| refusal.code());
    let (status, error, scopes) = match refusal.outcome() {
        Outcome::SignIn { error } => (StatusCode::UNAUTHORIZED, error, config.scopes()),
        Outcome::StepUp { needed } => (StatusCode::FORBIDDEN, Some("insufficient_scope"), needed),
        Outcome::NotAllowed => {
            let mut body = json!({ "error": "access_denied" });
            if let Some(description) = description {
                body["error_description"] = json!(description);
            }
            return reply::json(StatusCode::FORBIDDEN, &body);
        }
        Outcome::Unavailable => return reply::unavailable(),
    };
    let mut body = json!({ "error": error.unwrap_or("unauthorized") });
    if let Some(description) = description {
        body["error_description"] = json!(description);
    }
    let mut response = reply::json(status, &body);
    let value = challenge(Challenge {
        error,
        metadata: latch.metadata.url(),
        scopes,
        description: description.filter(|_| error.is_some()),
    });
    response.headers_mut().insert(WWW_AUTHENTICATE, value);
    response
}

/// A method's name; a stranger's invention could fill the line.
fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    if known.contains(method) { method.as_str() } else { "other" }
}

/// One line a refusal, so that "authorized, then 401" can be told from "wrong audience".
fn report(host: &dyn Host, request: &Parts, refusal: &Refusal) {
    let status = match refusal.outcome() {
        Outcome::SignIn { .. } => 401,
        Outcome::StepUp { .. } | Outcome::NotAllowed => 403,
        Outcome::Unavailable => 503,
    };
    let level = if status == 503 { Level::Error } else { Level::Info };
    let fields = [
        ("reason", json!(refusal.code())),
        ("status", json!(status)),
        ("method", json!(known(&request.method))),
        ("detail", json!(refusal.to_string())),
    ];
    log::event(host, level, "refused", &fields);
}
