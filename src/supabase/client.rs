//! PostgREST, as the signed-in user.
//!
//! Every request goes to one base URL from the configuration, with the project's publishable key for its gateway and the user's
//! own token for the database. There is no other credential here, so row-level security decides everything.

use std::time::Duration;

use http::{
    HeaderName, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE},
};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    lenient::{self, Unreadable},
    request::Request,
    text::NOT_KNOWN,
};
use crate::{
    host::{FetchError, Fetched, Host, Outgoing, UnixTime},
    identity::Refusal,
    log::{self, Level},
    mcp::Context,
};

/// Headers by which a schema is chosen, for reading and for writing.
const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A project's data API.
#[derive(Debug)]
pub(super) struct Client {
    /// `{project}/rest/v1`
    base: String,
    /// `apikey`
    gateway: Vec<(HeaderName, HeaderValue)>,
    /// For one tool call, in seconds.
    seconds: u64,
}

/// One tool call: a user, and the time that is left.
pub(super) struct Session<'a> {
    client: &'a Client,
    context: Context<'a>,
    until: UnixTime,
    /// The subject in messages: `table notes`.
    what: &'a str,
}

/// What a request does to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It may be repeated.
    Reads,
    /// It must not.
    Changes,
}

impl Effect {
    /// What to add when the answer to it is lost.
    fn doubt(self) -> &'static str {
        match self {
            Self::Reads => "",
            Self::Changes => NOT_KNOWN,
        }
    }
}

/// What PostgREST answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The body as it came.
    pub(super) body: Vec<u8>,
    /// The body; `null` where there is none.
    pub(super) value: Value,
    /// The list's whole length, or how many rows a write touched, where the server was asked to count.
    pub(super) total: Option<u64>,
    /// The server says that it handled our preferences strictly. PostgREST before 12, and one behind a proxy that drops `Prefer`,
    /// ignore them and say nothing.
    pub(super) strict: bool,
}

/// Why there is no [`Answer`].
#[derive(Debug)]
pub(super) enum Stop {
    /// The user must sign in again.
    Refused(Refusal),
    /// PostgREST said no.
    Failed(Failure),
    /// The answer is larger than asked for.
    TooLarge,
    /// Nothing was answered; what to tell the model.
    Silent(String),
}

impl Client {
    pub(super) fn new(base: String, gateway: Vec<(HeaderName, HeaderValue)>, seconds: u64) -> Self {
        Self { base, gateway, seconds }
    }

    pub(super) fn session<'a>(&'a self, context: Context<'a>, what: &'a str) -> Session<'a> {
        Session { client: self, context, until: context.host.now().saturating_add(self.seconds), what }
    }
}

impl Session<'_> {
    pub(super) fn what(&self) -> &str {
        self.what
    }

    pub(super) fn host(&self) -> &dyn Host {
        self.context.host
    }

    /// Sends a request. One that only reads is sent once more if the server was not there.
    pub(super) async fn send(&self, request: &Request, effect: Effect, max_bytes: usize) -> Result<Answer, Stop> {
        let first = self.fetch(request, max_bytes).await;
        let gone = match &first {
            Ok(answer) => !is_success(answer) && Failure::parse(answer).is_passing(),
            Err(error) => matches!(error, FetchError::Unreachable(_)),
        };
        let last = if gone && effect == Effect::Reads { self.fetch(request, max_bytes).await } else { first };
        match last {
            Ok(answer) if is_success(&answer) => understand(answer, effect),
            Ok(answer) => {
                let failure = Failure::parse(&answer);
                Err(self.failed(if effect == Effect::Changes { failure.of_a_change() } else { failure }))
            }
            Err(error) => Err(self.silent(&error, effect)),
        }
    }

    async fn fetch(&self, request: &Request, max_bytes: usize) -> Result<Fetched, FetchError> {
        let left = self.until.saturating_sub(self.context.host.now()).min(self.client.seconds);
        if left == 0 {
            return Err(FetchError::Timeout);
        }
        let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
        let outgoing = Outgoing {
            method: request.method.clone(),
            url: &format!("{}{}", self.client.base, request.path_and_query),
            headers: self.headers(request)?,
            body: body.as_bytes(),
            max_bytes,
            timeout: Duration::from_secs(left),
        };
        self.context.host.fetch(outgoing).await
    }

    fn headers(&self, request: &Request) -> Result<Vec<(HeaderName, HeaderValue)>, FetchError> {
        let value =
            |text: &str| HeaderValue::from_str(text).map_err(|_| FetchError::Unreachable("not a header value".to_owned()));
        let mut token = value(&format!("Bearer {}", self.context.token))?;
        token.set_sensitive(true);
        let mut headers = self.client.gateway.clone();
        headers.push((AUTHORIZATION, token));
        headers.push((ACCEPT, HeaderValue::from_static("application/json")));
        if let Some(schema) = &request.schema {
            let name = if request.method == Method::GET { ACCEPT_PROFILE } else { CONTENT_PROFILE };
            headers.push((
                name,
                HeaderValue::from_bytes(schema.as_bytes())
                    .map_err(|_| FetchError::Unreachable("not a header value".to_owned()))?,
            ));
        }
        if !request.prefer.is_empty() {
            headers.push((PREFER, value(&request.prefer)?));
        }
        if request.body.is_some() {
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        Ok(headers)
    }

    fn failed(&self, failure: Failure) -> Stop {
        match failure.refusal() {
            Some(refusal) => Stop::Refused(refusal),
            None => Stop::Failed(failure),
        }
    }

    fn silent(&self, error: &FetchError, effect: Effect) -> Stop {
        if *error == FetchError::TooLarge {
            return Stop::TooLarge;
        }
        let fields = [("what", json!(self.what)), ("error", json!(error.to_string()))];
        log::event(self.context.host, Level::Error, "data_unavailable", &fields);
        let doubt = effect.doubt();
        Stop::Silent(match error {
            FetchError::Timeout => format!("The data API did not answer within {} seconds.{doubt}", self.client.seconds),
            _ if effect == Effect::Changes => format!("The data API cannot be reached.{doubt}"),
            _ => "The data API cannot be reached. Call again in a while.".to_owned(),
        })
    }
}

fn is_success(answer: &Fetched) -> bool {
    (200..300).contains(&answer.status)
}

fn understand(answer: Fetched, effect: Effect) -> Result<Answer, Stop> {
    let value = if answer.body.is_empty() { Ok(Value::Null) } else { lenient::value(&answer.body) };
    match value {
        Ok(value) => Ok(Answer { value, total: total(&answer), strict: is_strict(&answer), body: answer.body }),
        Err(Unreadable::TooMany) => Err(Stop::TooLarge),
        Err(Unreadable::NotJson) => {
            Err(Stop::Silent(format!("The data API answered something that is not JSON.{}", effect.doubt())))
        }
    }
}

/// `Preference-Applied: return=representation, handling=strict` (RFC 7240 §3).
fn is_strict(answer: &Fetched) -> bool {
    let applied = answer.headers.get_all(PREFERENCE_APPLIED).iter().filter_map(|value| value.to_str().ok());
    applied.flat_map(|value| value.split(',')).any(|preference| preference.trim().eq_ignore_ascii_case("handling=strict"))
}

/// `Content-Range: 0-24/3573458` (RFC 9110 §14.4); `*` where nobody counted.
fn total(answer: &Fetched) -> Option<u64> {
    answer.headers.get(CONTENT_RANGE)?.to_str().ok()?.rsplit_once('/')?.1.parse().ok()
}
