//! A response that is on its way while the component still writes it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a component may go on after the last byte was taken or the client has left. It needs some microseconds to
/// return from the write it was in.
const GRACE: Duration = Duration::from_secs(1);

/// The component's body, and the task in which the component runs.
pub(super) struct Streaming {
    body: WasiBody,
    work: JoinHandle<()>,
}

impl Streaming {
    pub(super) fn new(body: WasiBody, work: JoinHandle<()>) -> Self {
        Self { body, work }
    }
}

impl Body for Streaming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
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
