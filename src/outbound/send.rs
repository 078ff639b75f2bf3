//! Requests to an authorization server: bounded in size and time, never redirected, always with our name.

use std::{future::poll_fn, pin::Pin, task::Poll, time::Duration};

use http::{
    Method,
    header::{ACCEPT, HeaderName, HeaderValue, USER_AGENT},
};
use url::Url;

use super::Trouble;
use crate::host::{Fetched, Host, Outgoing};

/// For a code or a refresh token to be redeemed and its bearer to be known. Clients wait some ten seconds.
pub(crate) const WHOLE: Duration = Duration::from_millis(8500);
/// For the token endpoint.
pub(crate) const TOKEN: Duration = Duration::from_secs(4);
/// For whatever is asked besides: keys, checks, discovery.
pub(crate) const CHECK: Duration = Duration::from_secs(3);
/// For what can be done without.
pub(crate) const EXTRA: Duration = Duration::from_millis(1500);

/// Largest answer, in bytes.
const MAX_BYTES: usize = 64 * 1024;

pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// A request.
pub(crate) struct Call<'a> {
    /// What is asked, for the log.
    pub(crate) what: &'static str,
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: Headers,
    pub(crate) body: &'a [u8],
    pub(crate) timeout: Duration,
}

/// An answer with a status that is worth reading: not that the server is overloaded or broken, and not that we should go elsewhere.
pub(crate) async fn send(host: &dyn Host, call: Call<'_>) -> Result<Fetched, Trouble> {
    let Call { what, method, url, mut headers, body, timeout } = call;
    headers.push((ACCEPT, HeaderValue::from_static("application/json")));
    // GitHub answers nobody without one.
    headers.push((USER_AGENT, HeaderValue::from_static("mcp-latch")));
    let answer = host.fetch(Outgoing { method, url, headers, body, max_bytes: MAX_BYTES, timeout }).await;
    let answer = answer.map_err(|error| Trouble::Down(format!("{what}: {}", cut(&error.to_string()))))?;
    match answer.status {
        300..=399 => Err(Trouble::Down(format!("{what}: answered with a redirect, which is not followed"))),
        408 | 429 | 500.. => Err(Trouble::Down(format!("{what}: HTTP status {}", answer.status))),
        _ => Ok(answer),
    }
}

/// A header that no `Debug` shows.
pub(crate) fn secret_header(name: HeaderName, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// Ends `work` after `limit`.
pub(crate) async fn in_time<T>(
    host: &dyn Host,
    limit: Duration,
    mut work: Pin<Box<dyn Future<Output = Result<T, Trouble>> + '_>>,
) -> Result<T, Trouble> {
    let mut end = host.sleep(limit);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Pending => end.as_mut().poll(context).map(|()| Err(Trouble::Down("no answer in time".to_owned()))),
        ready => ready,
    })
    .await
}

/// `scheme://host[:port]`; empty if it is no URL.
pub(crate) fn origin(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// `host[:port]`.
pub(crate) fn host_of(url: &str) -> String {
    origin(url).split_once("://").map(|(_, host)| host.to_owned()).unwrap_or_default()
}

/// A stranger's text as it may stand in a log line: at most 200 characters, none of them a control character.
pub(crate) fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
