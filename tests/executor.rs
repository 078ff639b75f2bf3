//! The executor of the WASI 0.2 binding, over a clock that jumps to the next event.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../src/bindings/wasi_p2/executor.rs"]
mod executor;

/// What the executor takes from the host.
mod wasi {
    pub(super) mod io {
        pub(crate) mod poll {
            use std::cell::Cell;

            thread_local! {
                pub(crate) static NOW: Cell<u64> = const { Cell::new(0) };
                /// How often the instance waited, and how many pollables there are.
                pub(crate) static WAITS: Cell<u32> = const { Cell::new(0) };
                pub(crate) static ALIVE: Cell<i32> = const { Cell::new(0) };
            }

            /// Ready from a point in time on.
            pub(crate) struct Pollable(u64);

            impl Pollable {
                pub(crate) fn at(time: u64) -> Self {
                    ALIVE.set(ALIVE.get() + 1);
                    Self(time)
                }

                pub(crate) fn ready(&self) -> bool {
                    self.0 <= NOW.get()
                }
            }

            impl Drop for Pollable {
                fn drop(&mut self) {
                    ALIVE.set(ALIVE.get() - 1);
                }
            }

            pub(crate) fn poll(list: &[&Pollable]) -> Vec<u32> {
                assert!(!list.is_empty(), "wasi:io/poll traps on an empty list");
                WAITS.set(WAITS.get() + 1);
                assert!(WAITS.get() < 1000, "the executor spins");
                NOW.set(NOW.get().max(list.iter().map(|pollable| pollable.0).min().unwrap()));
                (0..).zip(list).filter(|(_, pollable)| pollable.ready()).map(|(index, _)| index).collect()
            }
        }
    }
}

use std::{future::pending, task::Poll};

use executor::{Event, block_on};
use futures::{
    StreamExt as _,
    future::{Either, join, join_all, poll_fn, select},
    stream::FuturesUnordered,
};
use wasi::io::poll::{ALIVE, NOW, Pollable, WAITS};

fn at(time: u64) -> Event {
    Event::new(Pollable::at(time))
}

/// Nothing is left behind: a stream whose pollable outlives it traps.
fn nothing_is_left() {
    assert_eq!(ALIVE.get(), 0);
}

#[test]
fn one_after_the_other_and_both_at_once() {
    block_on(async {
        at(10).await;
        join(at(30), at(20)).await;
    })
    .unwrap();
    assert_eq!(NOW.get(), 30);
    nothing_is_left();
}

#[test]
fn an_event_may_be_awaited_again() {
    block_on(async {
        let mut event = at(10);
        (&mut event).await;
        (&mut event).await;
    })
    .unwrap();
    assert_eq!((NOW.get(), WAITS.get()), (10, 1));
    nothing_is_left();
}

/// They poll only those of their futures that were woken.
#[test]
fn combinators_that_rely_on_wakers_work() {
    let order = block_on(async {
        let all: FuturesUnordered<_> = [30, 10, 20].into_iter().map(async |time| (at(time).await, time).1).collect();
        all.collect::<Vec<u64>>().await
    });
    assert_eq!(order.unwrap(), [10, 20, 30]);
    block_on(join_all((0..100).map(|time| at(1000 + time)))).unwrap();
    assert!(WAITS.get() <= 104, "{} waits", WAITS.get());
    nothing_is_left();
}

#[test]
fn who_loses_a_race_is_not_waited_for() {
    let first = block_on(async {
        match select(at(10), at(50)).await {
            Either::Left(_) => "left",
            Either::Right(_) => "right",
        }
    });
    assert_eq!((first, NOW.get()), (Some("left"), 10));
    nothing_is_left();
}

/// As when a client reads nothing while a fetch of the call is done.
#[test]
fn what_is_ready_and_not_asked_for_costs_nothing() {
    block_on(async {
        let mut idle = at(5);
        poll_fn(|context| {
            let _ = std::pin::Pin::new(&mut idle).poll(context);
            Poll::Ready(())
        })
        .await;
        at(100).await;
    })
    .unwrap();
    assert!(WAITS.get() <= 2, "{} waits", WAITS.get());
    nothing_is_left();
}

#[test]
fn to_give_way_is_not_to_wait() {
    block_on(async {
        let mut turns = 0;
        poll_fn(|context| {
            turns += 1;
            context.waker().wake_by_ref();
            if turns == 5 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    })
    .unwrap();
    assert_eq!(WAITS.get(), 0);
}

#[test]
fn to_wait_for_nothing_is_an_end() {
    assert_eq!(block_on(pending::<()>()), None);
}
