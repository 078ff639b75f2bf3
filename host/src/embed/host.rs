//! A request's way through the embedding.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use wasmtime_wasi_http::{Error, WasiBody};

use super::begun::Begun;
use super::instance::{Answer, Call};
use super::pool::{Lease, Pool};
use super::reply::{self, ResponseBody};
use super::stats::Stats;
use super::stream::{CutOff, Streaming};
use super::{Artifact, Builder, admission};

/// Bytes of an answer that surely fit into one piece of a stream.
const SHORT: u64 = 4096;
/// How long a component that has answered may take to return before its answer is sent.
const RETURN: Duration = Duration::from_millis(100);

/// A component that is ready to answer. Clones share everything.
#[derive(Clone)]
pub struct Host {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) pool: Pool,
    pub(super) deadline: Duration,
    pub(super) stream_deadline: Duration,
    /// Places for event streams that may take long.
    pub(super) streams: Arc<Semaphore>,
    pub(super) body_timeout: Duration,
    pub(super) cached: bool,
    pub(super) took: Duration,
}

/// How the component's work on a request ended.
enum Ended {
    Well,
    Trapped,
    TimedOut,
}

impl Host {
    /// Starts describing a host for `component`: a path or the bytes of a `.wasm`.
    pub fn builder(component: impl Into<Artifact>) -> Builder {
        Builder::new(component.into())
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.inner.pool.shared().stats
    }

    /// Origins the component may call.
    pub fn outbound(&self) -> impl Iterator<Item = &str> {
        self.inner.pool.shared().outbound.origins()
    }

    /// Whether the machine code came from the cache.
    #[must_use]
    pub fn was_cached(&self) -> bool {
        self.inner.cached
    }

    /// How long compiling, or loading from the cache, took.
    #[must_use]
    pub fn compile_time(&self) -> Duration {
        self.inner.took
    }

    /// Answers one request. Never fails: trouble is a 4xx or 5xx with a JSON body, and its cause a log line.
    ///
    /// Dropping the future gives up waiting, for the request's body and in line. Work that has begun goes on to its end or its
    /// deadline.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Error>,
    {
        // All that depends on the client comes before an instance is taken: some of them are all there are.
        if let Some(refusal) = admission::refusal(&request) {
            tracing::info!(status = %refusal.status(), "request refused");
            return refusal;
        }
        let (parts, body) = request.into_parts();
        let body = match timeout(self.inner.body_timeout, Begun::read(body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(_)) => return reply::bad_request(),
            Err(_) => return reply::request_timeout(),
        };
        let arrival = Instant::now();
        let mut lease = match self.lease(arrival).await {
            Ok(lease) => lease,
            Err(status) => return status(),
        };
        let (call, answer) = match lease.instance.prepare(Request::from_parts(parts, body)) {
            Ok(prepared) => prepared,
            Err(error) => {
                // The request was judged above, so it is the instance that cannot take any. It goes: given back, it would be the
                // first to be taken again.
                tracing::error!(error = %chain(&error), "the component takes no more requests");
                return reply::internal();
            }
        };
        self.stats().request();
        let (limit, deadline) = watch::channel(arrival + self.inner.deadline);
        let cut_off = CutOff::default();
        // In a task from the start: a client that hangs up would otherwise take the instance with it, its keys and the pause
        // before it may ask for others. There are no more such tasks than instances, and none outlives its deadline. Once the
        // component has let the caller in and streams events to them, hanging up cancels the call.
        let work = tokio::spawn(self.clone().work(lease, call, deadline, cut_off.clone()));
        self.answer(work, answer, cut_off, limit).await
    }

    /// An instance, or what to answer without one.
    async fn lease(&self, arrival: Instant) -> Result<Lease, fn() -> Response<ResponseBody>> {
        // Who waited for half of its time would hardly finish in the rest: better to say so while the client still listens.
        match timeout_at(arrival + self.inner.deadline / 2, self.inner.pool.lease()).await {
            Ok(Ok(lease)) => Ok(lease),
            Ok(Err(error)) => {
                tracing::error!(error = %chain(&error), "the component does not start");
                Err(reply::internal)
            }
            Err(_) => {
                self.stats().timeout();
                tracing::error!("no instance became free in time");
                Err(reply::busy)
            }
        }
    }

    /// Waits for the component's answer. Most are complete when they come; of the others the rest is streamed while the
    /// component goes on.
    async fn answer(
        &self,
        mut work: JoinHandle<Ended>,
        mut answer: oneshot::Receiver<Answer>,
        cut_off: CutOff,
        limit: watch::Sender<Instant>,
    ) -> Response<ResponseBody> {
        let ended = tokio::select! {
            biased;
            task = &mut work => ended(task),
            answer = &mut answer => return match answer {
                Ok(Ok(response)) => {
                    if is_whole(&response) {
                        // All of it is here. The component only returns now, and a client that has its answer may send its next
                        // request at once: it should find this instance, with its keys, not a cold one.
                        let _ = timeout(RETURN, &mut work).await;
                    }
                    if is_event_stream(&response) {
                        // The component has let the caller in and has begun to talk. From now on the client's leaving cancels
                        // (MCP 2026-07-28, cancellation), and the call may take its time, as long as half of the instances are
                        // left for everybody else.
                        let place = self.inner.streams.clone().try_acquire_owned().ok();
                        if place.is_some() {
                            limit.send_modify(|limit| *limit += self.inner.stream_deadline);
                        }
                        let cancel = work.abort_handle();
                        return response.map(|body| Streaming::new(body, cut_off).cancelling(cancel, place).boxed_unsync());
                    }
                    response.map(|body| Streaming::new(body, cut_off).boxed_unsync())
                }
                Ok(Err(code)) => declined(&code),
                Err(_) => silent(ended(work.await)),
            },
        };
        match (ended, answer.try_recv()) {
            (Ended::Well, Ok(Ok(response))) => response.map(|body: WasiBody| body),
            (Ended::Well, Ok(Err(code))) => declined(&code),
            // An answer that was begun and cut off: nothing of it is sent yet, so nobody need see half of it.
            (ended, _) => silent(ended),
        }
    }

    async fn work(self, mut lease: Lease, call: Call, deadline: watch::Receiver<Instant>, cut_off: CutOff) -> Ended {
        let run = tokio::select! {
            run = lease.instance.run(call) => Ok(run),
            () = over(deadline) => Err(()),
        };
        match run {
            Ok(Ok(())) => {
                self.inner.pool.give_back(lease);
                Ended::Well
            }
            Ok(Err(error)) => {
                cut_off.set();
                self.stats().trap();
                tracing::error!(error = %chain(&error), "the component trapped");
                Ended::Trapped
            }
            Err(()) => {
                cut_off.set();
                self.stats().timeout();
                tracing::error!(after = ?self.inner.deadline, "the component did not finish in time");
                Ended::TimedOut
            }
        }
    }
}

/// Waits for a deadline that may be moved while it is waited for.
async fn over(mut deadline: watch::Receiver<Instant>) {
    loop {
        let at = *deadline.borrow_and_update();
        let moved = tokio::select! {
            () = sleep_until(at) => return,
            moved = deadline.changed() => moved,
        };
        if moved.is_err() {
            // Nobody is left who could move it.
            return sleep_until(at).await;
        }
    }
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Whether an answer is so short that the component had written it before it was seen.
fn is_whole<B>(response: &Response<B>) -> bool {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length <= SHORT)
}

/// How the work ended, also when its task did not live to say so: a panic in the host, or the runtime's end.
fn ended(task: Result<Ended, JoinError>) -> Ended {
    task.unwrap_or_else(|error| {
        tracing::error!(%error, "the work on a request was lost");
        Ended::Trapped
    })
}

/// The component reported an error in place of a response.
fn declined(code: &impl std::fmt::Debug) -> Response<ResponseBody> {
    tracing::error!(?code, "the component answered with an error");
    reply::internal()
}

/// The component's work is over and there is no answer.
fn silent(ended: Ended) -> Response<ResponseBody> {
    match ended {
        Ended::TimedOut => reply::timeout(),
        Ended::Trapped => reply::internal(),
        Ended::Well => {
            tracing::error!("the component returned without an answer");
            reply::internal()
        }
    }
}

/// An error and its causes on one line.
fn chain(error: &wasmtime::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}
