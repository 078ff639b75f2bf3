//! Waiting, in an instance that has one thread and one request.
//!
//! WASI 0.2 waits for a list of pollables at once (`wasi:io/poll`). A future that has to wait lists its pollable; when no future
//! can go on, the instance waits for all that are listed.

use std::{
    cell::RefCell,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use super::wasi::io::poll::{Pollable, poll};

thread_local! {
    static LISTED: RefCell<Vec<Rc<Pollable>>> = const { RefCell::new(Vec::new()) };
}

/// Set when a future wants to be polled again without having to wait.
#[derive(Default)]
struct Again(AtomicBool);

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end; `None` if it waits for nothing, which would be for ever.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let again = Arc::new(Again::default());
    let waker = again.clone().into();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if again.0.swap(false, Ordering::Relaxed) {
            continue;
        }
        let listed = LISTED.with_borrow(Clone::clone);
        if listed.is_empty() {
            return None;
        }
        poll(&listed.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    }
}

/// Resolves when its pollable is ready, each time it is awaited.
pub(super) struct Event {
    pollable: Rc<Pollable>,
    listed: bool,
}

impl Event {
    pub(super) fn new(pollable: Pollable) -> Self {
        Self { pollable: Rc::new(pollable), listed: false }
    }

    fn unlist(&mut self) {
        if std::mem::take(&mut self.listed) {
            LISTED.with_borrow_mut(|listed| listed.retain(|other| !Rc::ptr_eq(other, &self.pollable)));
        }
    }
}

impl Future for Event {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.pollable.ready() {
            self.unlist();
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.listed, true) {
            LISTED.with_borrow_mut(|listed| listed.push(self.pollable.clone()));
        }
        Poll::Pending
    }
}

/// A pollable must be gone before the stream it belongs to: an event that is given up takes itself off the list.
impl Drop for Event {
    fn drop(&mut self) {
        self.unlist();
    }
}
