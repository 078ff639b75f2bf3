use std::cell::RefCell;

use futures::{executor::block_on, future::poll_immediate};
use serde_json::json;

use super::*;
use crate::host::{FetchError, Fetched, Outgoing, UnixTime};

/// A host in which time passes when a test says so.
#[derive(Default)]
struct Slow {
    over: RefCell<bool>,
}

impl Host for Slow {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Timeout) })
    }

    fn now(&self) -> UnixTime {
        0
    }

    fn random(&self, _: &mut [u8]) {}

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(poll_fn(|_| if self.over.replace(false) { Poll::Ready(()) } else { Poll::Pending }))
    }

    fn log(&self, _: &str) {}
}

fn text(piece: Option<Vec<u8>>) -> String {
    piece.map_or_else(|| "end".to_owned(), |bytes| String::from_utf8(bytes).unwrap())
}

async fn talk(outbox: Rc<Outbox>) -> Value {
    outbox.send("first", json!({})).await;
    outbox.send("second", json!({})).await;
    json!({ "id": 1 })
}

#[test]
fn silent_work_is_done_in_one_piece() {
    let outbox = Outbox::new(true);
    let begun = block_on(begin(&Slow::default(), &outbox, Box::pin(async { 7 })));
    assert!(matches!(begun, Begun::Done(7)));
}

#[test]
fn notifications_leave_before_the_work_goes_on() {
    let (host, outbox) = (Slow::default(), Rc::new(Outbox::new(true)));
    let Begun::Talking(Progress::Going(work)) = block_on(begin(&host, &outbox, Box::pin(talk(outbox.clone())))) else {
        panic!("the work was not interrupted by its first notification");
    };
    let mut events = Events::of_work(&host, outbox, work);
    let pieces: Vec<String> = (0..4).map(|_| text(block_on(events.next()))).collect();
    assert_eq!(
        pieces,
        [
            "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"first\",\"params\":{}}\n\n",
            "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"second\",\"params\":{}}\n\n",
            "event: message\ndata: {\"id\":1}\n\n",
            "end",
        ]
    );
}

#[test]
fn nobody_waits_for_notifications_a_client_does_not_read() {
    let outbox = Rc::new(Outbox::new(false));
    let begun = block_on(begin(&Slow::default(), &outbox, Box::pin(talk(outbox.clone()))));
    assert!(matches!(begun, Begun::Done(answer) if answer == json!({ "id": 1 })));
}

#[test]
fn a_long_silence_is_filled() {
    let (host, outbox) = (Slow::default(), Rc::new(Outbox::new(true)));
    let mut events = Events::of_work(&host, outbox, Box::pin(std::future::pending()));
    assert_eq!(poll_immediate_next(&mut events), None);
    host.over.replace(true);
    assert_eq!(poll_immediate_next(&mut events).as_deref(), Some(": still working\n\n"));
    assert_eq!(poll_immediate_next(&mut events), None);
}

fn poll_immediate_next(events: &mut Events<'_>) -> Option<String> {
    block_on(async { poll_immediate(Box::pin(events.next())).await }).map(text)
}

#[test]
fn long_work_gets_a_stream_if_the_client_reads_one() {
    for open in [true, false] {
        let (host, outbox) = (Slow::default(), Outbox::new(open).impatient());
        host.over.replace(true);
        let begun =
            block_on(async { poll_immediate(Box::pin(begin(&host, &outbox, Box::pin(std::future::pending::<()>())))).await });
        assert_eq!(matches!(begun, Some(Begun::Talking(Progress::Going(_)))), open);
    }
}
