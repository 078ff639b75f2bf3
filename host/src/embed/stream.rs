//! A response that is on its way while the component still writes it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a component may go on after the last byte was taken or the client has left. It needs some microseconds to
/// return from the write it was in.
const GRACE: Duration = Duration::from_secs(1);

/// Whether the work on a request was cut off: by a trap, by its deadline.
#[derive(Clone, Default)]
pub(super) struct CutOff(Arc<AtomicBool>);

impl CutOff {
    /// To be called before the instance is dropped: the drop ends the body.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The component's body, and the task in which the component runs.
pub(super) struct Streaming {
    body: WasiBody,
    work: JoinHandle<()>,
    cut_off: CutOff,
}

impl Streaming {
    pub(super) fn new(body: WasiBody, work: JoinHandle<()>, cut_off: CutOff) -> Self {
        Self { body, work, cut_off }
    }
}

impl Body for Streaming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match frame {
            // wasmtime ends the body of a dropped instance like a complete one. The client must not take half an answer for a
            // whole one: an error closes the connection without the final chunk.
            Poll::Ready(None) if self.cut_off.is_set() => Poll::Ready(Some(Err(Error::HttpResponseIncomplete))),
            frame => frame,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Streaming {
    /// The connection drops a body when it is complete and when the client has left, and does not say which. So the work is
    /// not cut off here but given a moment: a component that is done gives its instance back, one that still writes meets a
    /// closed stream, and one that ignores that is stopped.
    fn drop(&mut self) {
        if self.work.is_finished() {
            return;
        }
        let work = self.work.abort_handle();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                work.abort();
            });
        } else {
            work.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    #[tokio::test]
    async fn half_an_answer_is_not_taken_for_a_whole_one() {
        for cut in [false, true] {
            let cut_off = CutOff::default();
            let body = Full::new(Bytes::from_static(b"half")).map_err(|never| match never {}).boxed_unsync();
            let mut body = Streaming::new(body, tokio::spawn(async {}), cut_off.clone());
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
            if cut {
                cut_off.set();
            }
            assert_eq!(body.frame().await.is_some_and(|frame| frame.is_err()), cut);
        }
    }
}
