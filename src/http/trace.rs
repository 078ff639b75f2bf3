//! W3C Trace Context: a request's place in a trace is passed on to what is asked on its account, and stands in the log.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::host::{FetchError, Fetched, Host, LocalFuture, Outgoing, Store, UnixTime};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// Longest `tracestate` passed on, in bytes (Trace Context §3.3.1.5 asks for that much).
const MAX_STATE: usize = 512;

/// A request's place in a trace.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    parent: HeaderValue,
    state: Option<HeaderValue>,
}

impl Trace {
    /// That of a request, if it has one and it is well-formed; else the request starts none.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = parents.next().filter(|parent| is_parent(parent.as_bytes()))?;
        if parents.next().is_some() {
            return None;
        }
        let mut states = headers.get_all(TRACESTATE).iter();
        let state = states.next().filter(|state| state.len() <= MAX_STATE && state.to_str().is_ok());
        let state = state.filter(|_| states.next().is_none()).cloned();
        Some(Self { parent: parent.clone(), state })
    }

    /// `traceparent`, for the log.
    pub(super) fn parent(&self) -> &str {
        self.parent.to_str().unwrap_or_default()
    }
}

/// Trace Context §3.2: version, trace id, parent id, flags. We know version 00, and of later ones what they must begin with.
fn is_parent(text: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    let id = |bytes: &[u8]| hex(bytes) && bytes.iter().any(|byte| *byte != b'0');
    let Some((known, rest)) = text.split_at_checked(55) else { return false };
    let fields = [known.get(..2), known.get(3..35), known.get(36..52), known.get(53..55)];
    let [Some(version), Some(trace), Some(parent), Some(flags)] = fields else { return false };
    let dashes = [2, 35, 52].iter().all(|at| known.get(*at) == Some(&b'-'));
    // Nothing may follow in version 00, a dash in later ones.
    let end = rest.is_empty() || (version != b"00" && rest.first() == Some(&b'-') && rest.len() <= MAX_STATE);
    dashes && hex(version) && version != b"ff" && id(trace) && id(parent) && hex(flags) && end
}

/// The outside, to which each request goes with a trace.
pub(super) struct Traced<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) trace: Option<Trace>,
}

impl Host for Traced<'_> {
    fn fetch<'a>(&'a self, mut request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        if let Some(Trace { parent, state }) = &self.trace {
            request.headers.push((TRACEPARENT, parent.clone()));
            request.headers.extend(state.clone().map(|state| (TRACESTATE, state)));
        }
        self.host.fetch(request)
    }

    fn now(&self) -> UnixTime {
        self.host.now()
    }

    fn elapsed(&self) -> Option<Duration> {
        self.host.elapsed()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.host.random(bytes);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> LocalFuture<'a, ()> {
        self.host.sleep(duration)
    }

    fn store(&self) -> Option<&dyn Store> {
        self.host.store()
    }

    fn log(&self, line: &str) {
        self.host.log(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(parents: &[&str], state: &str) -> Option<(String, bool)> {
        let mut headers = HeaderMap::new();
        for parent in parents {
            headers.append(TRACEPARENT, HeaderValue::from_str(parent).unwrap());
        }
        headers.append(TRACESTATE, HeaderValue::from_str(state).unwrap());
        Trace::of(&headers).map(|trace| (trace.parent().to_owned(), trace.state.is_some()))
    }

    #[test]
    fn a_well_formed_place_is_passed_on() {
        assert_eq!(of(&[GOOD], "a=b"), Some((GOOD.to_owned(), true)));
        assert_eq!(of(&[GOOD], &"x".repeat(513)), Some((GOOD.to_owned(), false)));
        let later = format!("cc{}-what-will-come", &GOOD[2..]);
        assert_eq!(of(&[&later], "a=b"), Some((later, true)));
    }

    #[test]
    fn anything_else_is_none() {
        let zeros = [
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
        ];
        let upper = GOOD.to_uppercase();
        let longer = format!("{GOOD}-more");
        let broken = GOOD.replace('-', "_");
        let bad = ["", "00", &GOOD[..54], &longer, &upper, &broken, &zeros[0], &zeros[1], &GOOD.replacen("00", "ff", 1)];
        for bad in bad {
            assert_eq!(of(&[bad], "a=b"), None, "{bad}");
        }
        assert_eq!(of(&[GOOD, GOOD], "a=b"), None);
        assert_eq!(of(&[], "a=b"), None);
    }
}
