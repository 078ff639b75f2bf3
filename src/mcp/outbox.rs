//! Notifications about a request, on their way to its client while the request is worked on.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    task::{Poll, Waker},
};

use serde_json::{Value, json};

/// What a call has to say before it has its result. It is filled by the call and emptied by the event stream.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: RefCell<VecDeque<Value>>,
    reader: RefCell<Option<Waker>>,
    /// Whether the client reads event streams. What it would not read is not kept.
    open: bool,
    /// Whether the client wants a stream when there is nothing to say, too.
    impatient: bool,
}

impl Outbox {
    /// An outbox for a client that reads event streams, or for one that does not.
    pub(crate) fn new(open: bool) -> Self {
        Self { open, ..Self::default() }
    }

    /// The same, for a client to whom leaving a stream means cancelling (2026-07-28).
    pub(crate) fn impatient(self) -> Self {
        Self { impatient: self.open, ..self }
    }

    /// Queues a notification and gives way, so that it leaves before the call goes on.
    pub(crate) async fn send(&self, method: &str, params: Value) {
        if !self.open {
            return;
        }
        self.queue.borrow_mut().push_back(json!({ "jsonrpc": "2.0", "method": method, "params": params }));
        if let Some(reader) = self.reader.borrow_mut().take() {
            reader.wake();
        }
        give_way().await;
    }

    /// The oldest notification.
    pub(crate) fn take(&self) -> Option<Value> {
        self.queue.borrow_mut().pop_front()
    }

    /// Whether the client wants a stream when a call takes long.
    pub(crate) const fn is_impatient(&self) -> bool {
        self.impatient
    }

    /// Whether there is nothing to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    /// Whom to wake when there is something.
    pub(crate) fn wake(&self, reader: &Waker) {
        *self.reader.borrow_mut() = Some(reader.clone());
    }
}

/// Lets others run once.
async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
