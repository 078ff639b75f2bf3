//! A request's way through the embedding.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi_http::{Error, WasiBody};

use super::instance::{Answer, Call};
use super::pool::{Lease, Pool};
use super::reply::{self, ResponseBody};
use super::stats::Stats;
use super::stream::{CutOff, Streaming};
use super::{Artifact, Builder, admission};

/// A component that is ready to answer. Clones share everything.
#[derive(Clone)]
pub struct Host {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) pool: Pool,
    pub(super) deadline: Duration,
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
    /// Dropping the future (or later the response's body) stops the work.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Error>,
    {
        if let Some(refusal) = admission::refusal(&request) {
            tracing::info!(status = %refusal.status(), "request refused");
            return refusal;
        }
        let stats = self.stats();
        let arrival = Instant::now();
        // Who waited for half of its time would hardly finish in the rest: better to say so while the client still listens.
        let mut lease = match timeout_at(arrival + self.inner.deadline / 2, self.inner.pool.lease()).await {
            Ok(Ok(lease)) => lease,
            Ok(Err(error)) => {
                tracing::error!(error = %chain(&error), "the component does not start");
                return reply::internal();
            }
            Err(_) => {
                stats.timeout();
                tracing::error!("no instance became free in time");
                return reply::busy();
            }
        };
        let (call, answer) = match lease.instance.prepare(request) {
            Ok(prepared) => prepared,
            Err(error) => {
                // The request was judged above, so it is the instance that cannot take any. It goes: given back, it would be the
                // first to be taken again.
                tracing::error!(error = %chain(&error), "the component takes no more requests");
                return reply::internal();
            }
        };
        stats.request();
        let deadline = arrival + self.inner.deadline;
        let cut_off = CutOff::default();
        let work = Box::pin(self.clone().work(lease, call, deadline, cut_off.clone()));
        Self::answer(work, answer, cut_off).await
    }

    /// Runs the component until it has answered. Most replies are complete by then; of the others the rest is streamed while
    /// the component goes on in a task.
    async fn answer(
        mut work: Pin<Box<impl Future<Output = Ended> + Send + 'static>>,
        mut answer: oneshot::Receiver<Answer>,
        cut_off: CutOff,
    ) -> Response<ResponseBody> {
        let ended = {
            let mut head = pin!(&mut answer);
            tokio::select! {
                biased;
                ended = &mut work => ended,
                answer = &mut head => return match answer {
                    Ok(Ok(response)) => {
                        let work = tokio::spawn(async move {
                            let _ = work.await;
                        });
                        response.map(|body| Streaming::new(body, work, cut_off).boxed_unsync())
                    }
                    Ok(Err(code)) => declined(&code),
                    Err(_) => silent(work.await),
                },
            }
        };
        match (ended, answer.try_recv()) {
            (Ended::Well, Ok(Ok(response))) => response.map(|body: WasiBody| body),
            (Ended::Well, Ok(Err(code))) => declined(&code),
            // An answer that was begun and cut off: nothing of it is sent yet, so nobody need see half of it.
            (ended, _) => silent(ended),
        }
    }

    async fn work(self, mut lease: Lease, call: Call, deadline: Instant, cut_off: CutOff) -> Ended {
        let run = timeout_at(deadline, lease.instance.run(call)).await;
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
            Err(_) => {
                cut_off.set();
                self.stats().timeout();
                tracing::error!(after = ?self.inner.deadline, "the component did not finish in time");
                Ended::TimedOut
            }
        }
    }
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
