//! Waiting, in an instance that has one thread and one request.
//!
//! WASI 0.2 waits for a list of pollables at once (`wasi:io/poll`). A future that has to wait lists its pollable with the waker
//! it was polled with; when no future can go on, the instance waits for all that are listed, and wakes those that became ready.
//! A woken future is no longer listed: it lists itself again if it is polled too early, and if nobody polls it, it costs nothing.

use std::{
    cell::RefCell,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::wasi::io::poll::{Pollable, poll};

thread_local! {
    static LISTED: RefCell<Vec<(Rc<Pollable>, Waker)>> = const { RefCell::new(Vec::new()) };
}

/// Whether the future wants to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end; `None` if it waits for nothing, which would be for ever.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = woken.clone().into();
    loop {
        if woken.0.swap(false, Ordering::Relaxed)
            && let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return Some(value);
        }
        if !woken.0.load(Ordering::Relaxed) && !wait() {
            return None;
        }
    }
}

/// Waits until something listed is ready, and wakes who waited for it. `false` if nothing is listed.
fn wait() -> bool {
    let listed = LISTED.take();
    if listed.is_empty() {
        return false;
    }
    let ready = poll(&listed.iter().map(|(pollable, _)| pollable.as_ref()).collect::<Vec<_>>());
    let mut woken = Vec::new();
    let mut rest = Vec::with_capacity(listed.len());
    for (index, (pollable, waker)) in listed.into_iter().enumerate() {
        if ready.iter().any(|&place| place as usize == index) {
            woken.push(waker);
        } else {
            rest.push((pollable, waker));
        }
    }
    LISTED.set(rest);
    // Last: a waker may do anything, also list.
    woken.into_iter().for_each(Waker::wake);
    true
}

/// Resolves when its pollable is ready, each time it is awaited.
pub(super) struct Event(Rc<Pollable>);

impl Event {
    pub(super) fn new(pollable: Pollable) -> Self {
        Self(Rc::new(pollable))
    }

    fn unlist(&self) {
        // Dropped after the borrow: a waker may own what unlists itself.
        let removed = LISTED.with_borrow_mut(|listed| {
            let place = listed.iter().position(|(other, _)| Rc::ptr_eq(other, &self.0))?;
            Some(listed.swap_remove(place))
        });
        drop(removed);
    }
}

impl Future for Event {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let ready = self.0.ready();
        self.unlist();
        if ready {
            return Poll::Ready(());
        }
        LISTED.with_borrow_mut(|listed| listed.push((self.0.clone(), context.waker().clone())));
        Poll::Pending
    }
}

/// A pollable must be gone before the stream it belongs to: an event that is given up takes itself off the list.
impl Drop for Event {
    fn drop(&mut self) {
        self.unlist();
    }
}
