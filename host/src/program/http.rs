//! One request to a project, from the operator's machine: bounded in time and size, redirects not followed.

use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::Value;
use tokio::time::timeout;
use wasmtime_wasi_http::default_send_request;

/// Time for the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer, where no more is expected.
pub(super) const MAX_BODY: usize = 1 << 20;

/// An answer, complete.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// No answer; what happened, in words.
pub(super) type NoAnswer = String;

impl Answer {
    /// The body as JSON; null if it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A member of the body that is text, shortened and without control characters: it came from a stranger and may be shown.
    pub(super) fn text(&self, member: &str) -> String {
        shown(self.json().get(member).and_then(Value::as_str).unwrap_or_default())
    }

    /// Status and, if the body says one, the reason: GoTrue's, PostgREST's and the gateways' members.
    pub(super) fn summary(&self) -> String {
        let found = ["error_code", "code", "msg", "message", "error"].map(|member| self.text(member));
        let code = found.iter().take(2).find(|text| !text.is_empty());
        let message = found.iter().skip(2).find(|text| !text.is_empty());
        let words: Vec<&str> = code.into_iter().chain(message).map(String::as_str).collect();
        format!("{} {}", self.status, words.join(": ")).trim().to_owned()
    }
}

/// `GET url`.
pub(super) async fn get(url: &str, headers: &[(HeaderName, HeaderValue)]) -> Result<Answer, NoAnswer> {
    send(Method::GET, url, headers, Bytes::new(), MAX_BODY).await
}

/// Any request; `most` is how many bytes an answer may have.
pub(super) async fn send(
    method: Method,
    url: &str,
    headers: &[(HeaderName, HeaderValue)],
    body: Bytes,
    most: usize,
) -> Result<Answer, NoAnswer> {
    let exchange = async {
        let request = Request::builder().method(method).uri(url).body(Full::new(body));
        let mut request = request.map_err(|error| error.to_string())?;
        let authority = request.uri().authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
        let host = HeaderValue::from_str(&authority).map_err(|error| error.to_string())?;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().extend(headers.iter().cloned());
        let request = request.map(|body| body.map_err(|never| match never {}));
        let (response, io) = default_send_request(request, None).await.map_err(|error| shown(&error.to_string()))?;
        let connection = tokio::spawn(io);
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, most).collect().await;
        connection.abort();
        let body = body.map_err(|error| shown(&format!("the answer broke off or is larger than {most} bytes ({error})")))?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes() })
    };
    let late = |_| Err(format!("no complete answer within {} seconds", TIMEOUT.as_secs()));
    timeout(TIMEOUT, exchange).await.unwrap_or_else(late)
}

/// Text from elsewhere, fit for a terminal and one line.
pub(super) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_summed_up_in_one_line() {
        for (body, expected) in [
            (
                r#"{"code":404,"error_code":"feature_disabled","msg":"OAuth server is disabled"}"#,
                "404 feature_disabled: OAuth server is disabled",
            ),
            (r#"{"code":"PGRST205","message":"no\u001b[2Jtable"}"#, "404 PGRST205: no [2Jtable"),
            (r#"{"message":"Invalid API key","hint":"x"}"#, "404 Invalid API key"),
            ("<html>", "404"),
        ] {
            let answer = Answer { status: 404, body: Bytes::from(body), ..Answer::default() };
            assert_eq!(answer.summary(), expected);
        }
    }
}
