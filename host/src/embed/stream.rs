//! A response that is on its way while the component still writes it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;
use wasmtime_wasi_http::{Error, WasiBody};

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

/// The component's body while the component runs in a task.
pub(super) struct Streaming {
    body: WasiBody,
    cut_off: CutOff,
    cancel: Cancel,
    /// Among the streams that may take long.
    _place: Option<OwnedSemaphorePermit>,
}

impl Streaming {
    pub(super) fn new(body: WasiBody, cut_off: CutOff) -> Self {
        Self { body, cut_off, cancel: Cancel(None), _place: None }
    }

    /// The work is given up when the client goes before the end.
    pub(super) fn cancelling(mut self, work: AbortHandle, place: Option<OwnedSemaphorePermit>) -> Self {
        self.cancel = Cancel(Some(work));
        self._place = place;
        self
    }
}

/// Ends the work when it is dropped, unless it was disarmed before.
struct Cancel(Option<AbortHandle>);

impl Cancel {
    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            tracing::info!("the client left its event stream; the call is cancelled");
            work.abort();
        }
    }
}

impl Body for Streaming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) {
            self.cancel.disarm();
        }
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

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use tokio::sync::oneshot;
    use tokio::time::{Duration, timeout};

    use super::*;

    #[tokio::test]
    async fn half_an_answer_is_not_taken_for_a_whole_one() {
        for cut in [false, true] {
            let cut_off = CutOff::default();
            let body = Full::new(Bytes::from_static(b"half")).map_err(|never| match never {}).boxed_unsync();
            let mut body = Streaming::new(body, cut_off.clone());
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
            if cut {
                cut_off.set();
            }
            assert_eq!(body.frame().await.is_some_and(|frame| frame.is_err()), cut);
        }
    }

    #[tokio::test]
    async fn a_client_that_leaves_cancels_and_one_that_stays_does_not() {
        for stays in [false, true] {
            let (alive, gone) = oneshot::channel::<()>();
            let work = tokio::spawn(async move {
                let _alive = alive;
                std::future::pending::<()>().await;
            });
            let body = Full::new(Bytes::from_static(b"event")).map_err(|never| match never {}).boxed_unsync();
            let mut body = Streaming::new(body, CutOff::default()).cancelling(work.abort_handle(), None);
            while stays && body.frame().await.is_some() {}
            drop(body);
            let ended = timeout(Duration::from_millis(if stays { 50 } else { 20_000 }), gone).await.is_ok();
            assert_eq!(ended, !stays);
            work.abort();
        }
    }
}
