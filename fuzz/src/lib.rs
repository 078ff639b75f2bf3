//! Arbitrary requests against a whole server, without a network: no panic, no hang, no server error, the right code.

#[allow(dead_code)]
#[path = "../../tests/wire/mod.rs"]
mod wire;

pub mod case;
pub mod judge;
pub mod mutate;
mod outside;
mod server;
mod typed;

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use http::{HeaderMap, StatusCode};
use mcp_latch::http::{Body, Incoming, Request, Response};

use self::{case::Case, outside::Outside};

/// Polls after which a future hangs. Work that waits for the outside takes two or three a request to it.
const MAX_POLLS: usize = 5_000;
/// Events after which a stream has no end.
const MAX_EVENTS: usize = 1_000;

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP's.
    pub status: StatusCode,
    /// All of them.
    pub headers: HeaderMap,
    /// The body, or all events of the stream.
    pub body: Vec<u8>,
}

/// Sends a case; `None` if HTTP knows no such request.
///
/// # Panics
/// The server panics, hangs or logs a secret.
pub fn answer(case: &Case) -> Option<Answer> {
    let (method, target, headers) = case.head(&server::TOKEN)?;
    let body: Box<dyn Incoming> = Box::new(case.body.clone());
    let mut request: Request<'_> = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    let outside = Outside::new(case.seed);
    let response = finish(server::latch(case.seed).handle(&outside, request));
    Some(collect(response))
}

fn collect(response: Response<'_>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = match body {
        Body::Full(bytes) => bytes,
        Body::Events(mut events) => {
            let mut all = Vec::new();
            for count in 0.. {
                assert!(count < MAX_EVENTS, "a stream without end");
                match finish(events.next()) {
                    Some(event) => all.extend(event),
                    None => break,
                }
            }
            all
        }
        _ => Vec::new(),
    };
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Whether somebody said that there is something to do.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a future as an executor does: only when it is woken, so that a wake-up that is lost is found.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    for _ in 0..MAX_POLLS {
        assert!(woken.0.swap(false, Ordering::SeqCst), "it waits, and nobody wakes it");
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("no answer after {MAX_POLLS} polls");
}

/// Tries any bytes.
///
/// # Panics
/// They find a fault.
pub fn run(input: &[u8]) {
    let case = Case::parse(input);
    if let Some(answer) = answer(&case) {
        judge::judge(&case, &answer, true).unwrap_or_else(|fault| panic!("{fault}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wakes_itself_is_finished() {
        finish(outside::later());
    }

    #[test]
    #[should_panic(expected = "nobody wakes it")]
    fn a_lost_wake_up_is_found() {
        let mut ready = false;
        finish(std::future::poll_fn(|_| if std::mem::replace(&mut ready, true) { Poll::Ready(()) } else { Poll::Pending }));
    }

    #[test]
    #[should_panic(expected = "no answer")]
    fn a_future_without_end_is_found() {
        finish(std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
    }
}
