//! The MCP endpoint: who calls, with which token, in which form. Only then the message is read.

use std::rc::Rc;

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE},
    request::Parts,
};
use serde_json::json;

use super::{
    Body, Events, Incoming, MAX_BODY_BYTES, ReadError, Request, Response,
    audit::{self, Pending},
    bearer, body,
    cors::{self, Caller},
    events::{Begun, Progress, begin},
    reply,
    trace::{Trace, Traced},
};
use crate::{
    Latch,
    config::ChallengeStyle,
    host::{Host, LocalFuture},
    identity::{self, Bearer, Identity, Outcome, Refusal},
    latch::Door,
    log::{self, Level},
    mcp::{self, Answer, Asked, Outbox, code},
    resource::{Challenge, challenge},
};

const METHODS: &str = "POST, OPTIONS";

pub(super) async fn answer<'a>(latch: &'a Latch, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
    let page = match cors::caller(&latch.config, request.headers()) {
        Caller::Stranger => {
            let origin = request.headers().get("origin").and_then(|origin| origin.to_str().ok()).unwrap_or("unreadable");
            let origin: String = origin.chars().take(100).collect();
            let fields = [
                ("reason", json!("origin_not_allowed")),
                ("status", json!(403)),
                ("http", json!(audit::known(request.method()))),
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
async fn authenticated<'a>(latch: &'a Latch, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
    let (parts, mut body) = request.into_parts();
    let trace = Trace::of(&parts.headers);
    let asked = Rc::new(Asked::default());
    let mut pending = Pending::new(host, latch.config.audit(), &parts, trace.as_ref(), asked.clone());
    let mut refused = None;
    let outside = Traced { host, trace };
    let Admitted { identity, token } = match admit(latch, &outside, &parts, &mut refused).await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            pending.of(refused);
            pending.refused(&refusal);
            return refuse(latch, &refusal);
        }
    };
    pending.admitted(&identity);
    let message = match message(&parts, &mut body).await {
        Ok(message) => message,
        Err(response) => {
            pending.allowed(response.status());
            return response;
        }
    };
    let outbox = Outbox::new(reads_events(&parts.headers));
    let outbox = Rc::new(if mcp::says_modern(&parts.headers) { outbox.impatient() } else { outbox });
    let Traced { trace, .. } = outside;
    let call = Call { latch, host, trace, outbox: outbox.clone(), asked: asked.clone(), identity, token, message };
    match begin(host, &outbox, call.run(parts.headers.clone())).await {
        Begun::Done(Ok(answer)) => {
            pending.allowed(answer.status);
            match answer.body {
                Some(body) => reply::json(answer.status, &body),
                None => reply::empty(answer.status),
            }
        }
        Begun::Done(Err(refused)) => {
            pending.refused(&refused.refusal);
            in_band(latch, &asked, &refused, &parts.headers).unwrap_or_else(|| refuse(latch, &refused.refusal))
        }
        Begun::Talking(progress) => events(host, pending, outbox, progress),
    }
}

/// Who calls.
struct Admitted {
    identity: Identity,
    /// What tools use; empty without one.
    token: String,
}

/// Who calls; without a token, where the door is open to everybody or to guests.
async fn admit(latch: &Latch, host: &dyn Host, parts: &Parts, refused: &mut Option<Box<Bearer>>) -> Result<Admitted, Refusal> {
    let without_token = |identity| Admitted { identity, token: String::new() };
    match &latch.door {
        Door::Open(open) if cors::names_this_machine(&parts.headers) => Ok(without_token(open.identity())),
        // Bound to all addresses by mistake, or reached through a name that leads here (DNS rebinding).
        Door::Open(_) => Err(Refusal::NotThisMachine),
        Door::Guarded(guard) => match (bearer::token(parts), latch.config.guest()) {
            (Ok(token), _) => {
                let (identity, token) = guard.tokens.admit(host, token, refused).await?;
                Ok(Admitted { identity, token })
            }
            // Only who shows no credentials at all is a guest: a token that is no good is never overlooked.
            (Err(Refusal::NoToken), Some(_)) if parts.method == Method::POST => Ok(without_token(identity::guest(&latch.config))),
            (Err(refusal), _) => Err(refusal),
        },
    }
}

/// A message that may be worked on for a while, with all it needs.
struct Call<'a> {
    latch: &'a Latch,
    host: &'a dyn Host,
    trace: Option<Trace>,
    outbox: Rc<Outbox>,
    asked: Rc<Asked>,
    identity: Identity,
    token: String,
    message: Vec<u8>,
}

type Answered = Result<Answer, mcp::Refused>;

impl<'a> Call<'a> {
    fn run(self, headers: HeaderMap) -> LocalFuture<'a, Answered> {
        Box::pin(async move {
            let Self { latch, host, trace, outbox, asked, identity, token, message } = self;
            let outside = Traced { host, trace };
            let caller = mcp::Caller { host: &outside, identity: &identity, token: &token, outbox: &outbox, asked: &asked };
            latch.mcp.answer(caller, &headers, &message).await
        })
    }
}

/// Answers with an event stream: the work has something to say before it is done.
fn events<'a>(host: &'a dyn Host, pending: Pending<'a>, outbox: Rc<Outbox>, progress: Progress<'a, Answered>) -> Response<'a> {
    let value = move |answered: Answered| match answered {
        Ok(answer) => {
            pending.allowed(answer.status);
            answer.body.unwrap_or_default()
        }
        Err(refused) => {
            pending.refused(&refused.refusal);
            refused.message()
        }
    };
    let events = match progress {
        Progress::Done(answered) => Events::of_answer(host, outbox, value(answered)),
        Progress::Going(work) => Events::of_work(host, outbox, Box::pin(async move { value(work.await) })),
    };
    let mut response = reply::empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // For proxies that collect answers before they pass them on.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    *response.body_mut() = Body::Events(events);
    response
}

/// Whether the client lists event streams among what it takes. Without `Accept` it takes anything, and gets plain JSON.
fn reads_events(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = values.flat_map(|value| value.split(',')).filter_map(|range| range.split(';').next());
    types.any(|essence| essence.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// The message of a POST, or the answer to what is none.
async fn message(parts: &Parts, body: &mut Box<dyn Incoming + '_>) -> Result<Vec<u8>, Response<'static>> {
    if parts.method != Method::POST {
        let mut response = reply::rpc_error(StatusCode::METHOD_NOT_ALLOWED, code::INVALID_REQUEST, "the endpoint takes POST");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        return Err(response);
    }
    if !is_json(&parts.headers) {
        let message = "the Content-Type must be application/json";
        return Err(reply::rpc_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::INVALID_REQUEST, message));
    }
    body::read(&parts.headers, body.as_mut(), MAX_BODY_BYTES).await.map_err(|error| match error {
        ReadError::TooLong => {
            let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
            reply::rpc_error(StatusCode::PAYLOAD_TOO_LARGE, code::INVALID_REQUEST, &message)
        }
        ReadError::Timeout => reply::rpc_error(StatusCode::REQUEST_TIMEOUT, code::INVALID_REQUEST, "the body did not come"),
        ReadError::Broken => reply::rpc_error(StatusCode::BAD_REQUEST, code::PARSE_ERROR, "the body broke off"),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A refusal of a tool call as its result, where that is wanted. A token that is no good is a matter of HTTP in any case.
fn in_band(latch: &Latch, asked: &Asked, refused: &mcp::Refused, headers: &HeaderMap) -> Option<Response<'static>> {
    let wanted = latch.config.challenge() == ChallengeStyle::Result && asked.what().tool.is_some();
    let fits = matches!(refused.refusal, Refusal::NoToken | Refusal::InsufficientScope { .. });
    if !(wanted && fits) {
        return None;
    }
    let challenge = refuse(latch, &refused.refusal).headers_mut().remove(WWW_AUTHENTICATE)?;
    let body = latch.mcp.as_result(refused, headers, challenge.to_str().ok()?);
    Some(reply::json(StatusCode::OK, &body))
}

/// A refusal as the client sees it: generic, unless the operator wants reason codes to be told.
fn refuse(latch: &Latch, refusal: &Refusal) -> Response<'static> {
    let config = &latch.config;
    let description = config.debug_errors().then(|| refusal.code());
    let outcome = refusal.outcome();
    let (error, scopes) = match outcome {
        Outcome::SignIn { error } => (error, Some(config.scopes())),
        Outcome::StepUp { needed } => (Some("insufficient_scope"), Some(needed)),
        Outcome::NotAllowed => (Some("access_denied"), None),
        Outcome::Unavailable => return reply::unavailable(),
    };
    let mut body = json!({ "error": error.unwrap_or("unauthorized") });
    if let Some(description) = description {
        body["error_description"] = json!(description);
    }
    let mut response = reply::json(outcome.status(), &body);
    // Without scopes to ask for, or a place to ask, signing in again would change nothing, so there is no challenge.
    if let (Some(scopes), Door::Guarded(guard)) = (scopes, &latch.door) {
        let description = description.filter(|_| error.is_some());
        let value = challenge(Challenge { error, metadata: guard.metadata.url(), scopes, description });
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    response
}
