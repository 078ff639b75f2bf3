//! The outside, by a script of random answers.

use std::{
    cell::Cell,
    future::{Future, pending},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue};
use mcp_latch::host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime};
use serde_json::Value;

/// When it is.
pub(crate) const NOW: UnixTime = 1_800_000_000;
/// What no log line may hold.
pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";

/// Bodies of PostgREST, and of things that are not PostgREST.
const BODIES: [&str; 14] = [
    "[]",
    r#"[{"id":1,"title":"a","state":"open","body":{"a":[1]}}]"#,
    r#"[{"id":9007199254740993,"title":null,"state":"else","body":1e400}]"#,
    r#"[{"id":1,"title":"a","state":"open","body":null},{"id":2,"title":"b","state":"done","body":[[]]}]"#,
    r#"[{"id":"x"}]"#,
    "[1]",
    "7",
    "null",
    "",
    "<html>",
    r#"{"code":"PGRST122","message":"Invalid preferences given with handling=strict"}"#,
    r#"{"code":"42501","message":"permission denied","details":null,"hint":null}"#,
    r#"{"code":"23505","message":"duplicate key","details":"Key (id)=(1) already exists.","hint":null}"#,
    r#"{"code":"PGRST301","message":"JWT expired"}"#,
];

/// A host that answers by its seed.
pub(crate) struct Outside {
    state: Cell<u64>,
}

impl Outside {
    pub(crate) fn new(seed: u8) -> Self {
        Self { state: Cell::new(u64::from(seed) * 0x9E37_79B9 + 1) }
    }

    /// A number below `end` (xorshift64*).
    fn below(&self, end: u64) -> u64 {
        let mut state = self.state.get();
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.state.set(state);
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn answer(&self, limit: usize) -> Result<Fetched, FetchError> {
        match self.below(12) {
            0 => return Err(FetchError::Unreachable("refused".to_owned())),
            1 => return Err(FetchError::Timeout),
            2 => return Err(FetchError::TooLarge),
            _ => {}
        }
        let statuses = [200, 200, 200, 200, 201, 204, 206, 301, 400, 401, 403, 404, 409, 416, 429, 500, 503];
        let at = |length: usize| usize::try_from(self.below(length as u64)).unwrap_or_default();
        let status = statuses.get(at(statuses.len())).copied().unwrap_or(200);
        let body = BODIES.get(at(BODIES.len())).copied().unwrap_or_default();
        let mut headers = HeaderMap::new();
        if self.below(2) == 0 {
            headers.insert("content-range", HeaderValue::from_static("0-1/2"));
        }
        if self.below(4) == 0 {
            headers.insert("preference-applied", HeaderValue::from_static("handling=strict, max-affected=3"));
        }
        Ok(Fetched { status, headers, body: body.bytes().take(limit).collect() })
    }
}

impl Host for Outside {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            later().await;
            self.answer(request.max_bytes)
        })
    }

    fn now(&self) -> UnixTime {
        NOW
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| u8::try_from(self.below(256)).unwrap_or_default());
    }

    /// Never, so that no time limit ends what hangs.
    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(pending())
    }

    fn log(&self, line: &str) {
        let is_one_value = serde_json::from_str::<Value>(line).is_ok() && !line.contains('\n');
        assert!(is_one_value, "a log line is no JSON value: {line}");
        assert!(!line.contains(SECRET) && !line.contains(super::server::signature()), "a secret in the log: {line}");
    }
}

/// Ready when asked the second time.
pub(crate) fn later() -> impl Future<Output = ()> {
    struct Later(bool);
    impl Future for Later {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Later(false)
}
