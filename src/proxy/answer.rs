//! Answers: to a program, to a person, and to a client through the user's browser.

use http::{
    HeaderValue, Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use serde_json::{Value, json};

use super::{Proxy, artefact::Asked, page::Problem, redirect, upstream::Trouble};
use crate::{
    host::Host,
    log::{self, Level},
};

pub(super) type Answer = Response<Vec<u8>>;

/// An error of RFC 6749 §5.2, and why, for the operator.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: &'static str,
    /// What the client may read.
    pub(super) description: &'static str,
    /// What the operator may.
    pub(super) reason: String,
}

impl Refused {
    pub(super) fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description, reason: description.to_owned() }
    }

    pub(super) fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }

    const fn status(&self) -> StatusCode {
        match self.error.as_bytes() {
            b"invalid_client" => StatusCode::UNAUTHORIZED,
            b"temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            b"server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<Trouble> for Refused {
    /// Only an upstream that says no costs the client its grant; one that is down, or that an operator has to mend, does not
    /// (clients throw credentials away on `invalid_…`).
    fn from(trouble: Trouble) -> Self {
        let reason = trouble.to_string();
        match trouble {
            Trouble::Refused(_) => Self::new("invalid_grant", "the grant is not valid any more; sign in again"),
            Trouble::NotAllowed(_) => Self::new("invalid_grant", "this account may not sign in here"),
            Trouble::Down(_) => Self::new("temporarily_unavailable", "the identity provider does not answer; try again"),
            Trouble::Misconfigured(_) => Self::new("server_error", "signing in does not work at the moment"),
        }
        .because(reason)
    }
}

/// A few random digits that an answer and a log line have in common.
pub(super) fn reference(host: &dyn Host) -> String {
    let mut bytes = [0; 5];
    host.random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON that nobody may store (RFC 6749 §5.1).
pub(super) fn json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(value.to_string().into_bytes());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// An error for a program.
pub(super) fn refuse(host: &dyn Host, event: &str, refused: &Refused) -> Answer {
    let reference = reference(host);
    report(host, event, refused, &reference);
    let body = json!({ "error": refused.error, "error_description": refused.description, "reference": reference });
    let mut answer = json(refused.status(), &body);
    if refused.error == "invalid_client" {
        // RFC 6749 §5.2
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"token\""));
    }
    if refused.error == "temporarily_unavailable" {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    answer
}

/// Sends the browser on.
pub(super) fn redirect(status: StatusCode, to: &str) -> Answer {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    // The URL was built here from checked parts; anything else goes nowhere.
    headers.insert(LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

fn report(host: &dyn Host, event: &str, refused: &Refused, reference: &str) {
    let level = if refused.error == "server_error" { Level::Error } else { Level::Info };
    let reason: String = refused.reason.chars().take(300).collect();
    log::event(
        host,
        level,
        event,
        &[("error", json!(refused.error)), ("reason", json!(reason)), ("reference", json!(reference))],
    );
}

impl Proxy {
    /// Tells the client the outcome, with its `state` and who we are: `iss` in good and bad outcomes alike (RFC 9207 §2).
    pub(super) fn tell(&self, status: StatusCode, asked: &Asked, outcome: &[(&str, &str)]) -> Answer {
        let mut fields = outcome.to_vec();
        fields.extend(asked.state.as_deref().map(|state| ("state", state)));
        fields.push(("iss", &self.issuer));
        redirect(status, &redirect::answer(&asked.redirect_uri, &fields))
    }

    /// Tells the client that it gets nothing.
    pub(super) fn deny(&self, host: &dyn Host, status: StatusCode, asked: &Asked, refused: &Refused) -> Answer {
        report(host, "authorization_refused", refused, &reference(host));
        self.tell(status, asked, &[("error", refused.error), ("error_description", refused.description)])
    }

    /// Tells the person before the browser: nobody else can be trusted with it.
    pub(super) fn page(&self, host: &dyn Host, parts: &Parts, refused: &Refused, advice: &str) -> Answer {
        let reference = reference(host);
        report(host, "authorization_refused", refused, &reference);
        let what = capitalized(refused.description);
        let status = if refused.error == "invalid_client" { StatusCode::BAD_REQUEST } else { refused.status() };
        let problem = Problem { status, error: refused.error, what: &what, advice, reference: &reference };
        let accept = parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        self.pages.problem(accept, &problem)
    }
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
