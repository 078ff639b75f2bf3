//! An answer that begins before its work is done: `text/event-stream` (WHATWG HTML §9.2).

use std::{
    fmt,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use serde_json::Value;

use crate::{
    host::{Host, LocalFuture},
    mcp::Outbox,
};

/// Silence after which a call of 2026-07-28 without notifications gets an event stream too: then the client hears that it is
/// alive, and the host that the client has gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// Silence after which a comment is sent, so that nobody in between takes the stream for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Events of one call: its notifications as they come, then its answer.
pub struct Events<'a> {
    host: &'a dyn Host,
    outbox: Rc<Outbox>,
    work: Option<LocalFuture<'a, Value>>,
    answer: Option<Value>,
    silence: Option<LocalFuture<'a, ()>>,
}

/// What became of work that may or may not have something to say on its way.
pub(super) enum Begun<'a, T> {
    /// It is done, and said nothing.
    Done(T),
    /// It has said something or takes long, and may go on.
    Talking(Progress<'a, T>),
}

/// Work that has said something.
pub(super) enum Progress<'a, T> {
    /// And is done.
    Done(T),
    /// And goes on.
    Going(LocalFuture<'a, T>),
}

/// Works until there is a result or something to say, or, for a client that wants to know then, until it takes long.
pub(super) async fn begin<'a, T>(host: &dyn Host, outbox: &Outbox, mut work: LocalFuture<'a, T>) -> Begun<'a, T> {
    let mut long: Option<LocalFuture<'_, ()>> = None;
    let done = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending if outbox.is_empty() => {
            outbox.wake(context.waker());
            if !outbox.is_impatient() {
                return Poll::Pending;
            }
            let long = long.get_or_insert_with(|| host.sleep(PATIENCE));
            long.as_mut().poll(context).map(|()| None)
        }
        Poll::Pending => Poll::Ready(None),
    })
    .await;
    match done {
        Some(result) if outbox.is_empty() => Begun::Done(result),
        Some(result) => Begun::Talking(Progress::Done(result)),
        None => Begun::Talking(Progress::Going(work)),
    }
}

impl<'a> Events<'a> {
    /// The events of work that goes on.
    pub(super) fn of_work(host: &'a dyn Host, outbox: Rc<Outbox>, work: LocalFuture<'a, Value>) -> Self {
        Self { host, outbox, work: Some(work), answer: None, silence: None }
    }

    /// The events of work that is done.
    pub(super) fn of_answer(host: &'a dyn Host, outbox: Rc<Outbox>, answer: Value) -> Self {
        Self { host, outbox, work: None, answer: Some(answer), silence: None }
    }

    /// The next piece of the stream; `None` after the answer.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        loop {
            if let Some(notification) = self.outbox.take() {
                return self.say(event(&notification));
            }
            if let Some(answer) = self.answer.take() {
                return self.say(event(&answer));
            }
            let Some(work) = &mut self.work else { return Poll::Ready(None) };
            match work.as_mut().poll(context) {
                Poll::Ready(answer) => {
                    self.work = None;
                    self.answer = Some(answer);
                }
                Poll::Pending if !self.outbox.is_empty() => {}
                Poll::Pending => {
                    self.outbox.wake(context.waker());
                    let host = self.host;
                    let silence = self.silence.get_or_insert_with(|| host.sleep(KEEP_ALIVE));
                    return match silence.as_mut().poll(context) {
                        Poll::Ready(()) => self.say(b": still working\n\n".to_vec()),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    }

    fn say(&mut self, bytes: Vec<u8>) -> Poll<Option<Vec<u8>>> {
        self.silence = None;
        Poll::Ready(Some(bytes))
    }
}

impl fmt::Debug for Events<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Events").finish_non_exhaustive()
    }
}

/// One event. JSON on one line: a line break inside would end the field, and serialized JSON has none.
fn event(message: &Value) -> Vec<u8> {
    format!("event: message\ndata: {message}\n\n").into_bytes()
}

#[cfg(test)]
mod tests;
