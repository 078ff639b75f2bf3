//! Everything one can decide about a host.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Semaphore;

use super::host::{Host, Inner};
use super::memory::{Limits, Memory};
use super::outbound::Outbound;
use super::pool::{Pool, Reuse};
use super::state::Shared;
use super::stats::Stats;
use super::{Artifact, cache, engine, link};
use crate::clock::{Clock, SystemClock};
use crate::log::{self, LogSink};

/// Wall time one request may take, up to half of it in line for an instance.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
/// More wall time for a call that has begun an event stream.
pub const DEFAULT_STREAM_DEADLINE: Duration = Duration::from_secs(300);
/// Bytes of linear memory per instance.
pub const DEFAULT_MEMORY: usize = 64 << 20;
/// Time a client may take for the beginning of a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Linear memory grows and never shrinks, and no allocator is free of fragmentation. A new instance costs some 0.1 ms: over
/// this many requests that is nothing, and a leak of 1 KiB per request stays below the memory limit.
const DEFAULT_MAX_REQUESTS: u32 = 10_000;

/// Describes a [`Host`].
#[must_use]
pub struct Builder {
    artifact: Artifact,
    env: Vec<(String, String)>,
    origins: Vec<String>,
    cache: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    log: Option<LogSink>,
    reuse: Reuse,
    max_instances: usize,
    max_requests: u32,
    deadline: Duration,
    stream_deadline: Duration,
    body_timeout: Duration,
    memory: usize,
}

impl Builder {
    pub(super) fn new(artifact: Artifact) -> Self {
        Self {
            artifact,
            env: Vec::new(),
            origins: Vec::new(),
            cache: None,
            clock: Arc::new(SystemClock),
            log: None,
            reuse: Reuse::default(),
            max_instances: default_instances(),
            max_requests: DEFAULT_MAX_REQUESTS,
            deadline: DEFAULT_DEADLINE,
            stream_deadline: DEFAULT_STREAM_DEADLINE,
            body_timeout: BODY_TIMEOUT,
            memory: DEFAULT_MEMORY,
        }
    }

    /// Gives the component an environment variable. It sees these and no others.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Gives the component several environment variables.
    pub fn envs(mut self, vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        self.env.extend(vars.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Lets the component call these origins, `scheme://host[:port]`. It can reach no others.
    pub fn allow(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Keeps machine code in `dir` between runs. The directory becomes private to this user, because who can write machine
    /// code there can run it as this user. Without this call nothing is kept.
    pub fn cache_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cache = Some(dir.into());
        self
    }

    /// The clock the component reads. Default: the machine's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the component's log lines go; must not block. Default: this process's stderr.
    pub fn log(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(sink));
        self
    }

    /// Whether instances are used again. Default: [`Reuse::Pool`].
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }

    /// Instances at work at a time; further requests wait in line. Default: 4 per core, at least 8. At least 1.
    pub fn max_instances(mut self, count: usize) -> Self {
        self.max_instances = count.clamp(1, 1024);
        self
    }

    /// Requests after which an instance is replaced. Default: 10 000.
    pub fn max_requests_per_instance(mut self, count: u32) -> Self {
        self.max_requests = count;
        self
    }

    /// Wall time one request may take from when its body, or the beginning of it, is there; up to half of it in line for an
    /// instance. Default: [`DEFAULT_DEADLINE`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// More wall time for a call once it has begun an event stream (`text/event-stream`): its caller has been let in, and its
    /// client's leaving ends it. At most half of the instances work for such calls; others keep to the deadline. Default: [`DEFAULT_STREAM_DEADLINE`].
    pub fn stream_deadline(mut self, deadline: Duration) -> Self {
        self.stream_deadline = deadline;
        self
    }

    /// Time a client may take for a request's body, or the first 64 KiB of a larger one. No instance is held meanwhile.
    /// Default: 10 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Bytes of linear memory an instance may have. Default: [`DEFAULT_MEMORY`].
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Compiles and links. Takes seconds for a component that is not in the cache.
    ///
    /// # Errors
    /// Not a component, or one that imports what this host does not give; an origin that is none.
    pub fn build(self) -> Result<Host> {
        let wasm = self.artifact.read()?;
        let engine = engine::engine(u32::try_from(self.max_instances).unwrap_or(u32::MAX))?;
        let compiled = cache::compile(&engine, &wasm, self.cache.as_deref())?;
        let pre = link::link(&engine, &compiled.component)?;
        let stats = Arc::new(Stats::default());
        let shared = Shared {
            env: self.env,
            outbound: Outbound::new(&self.origins, stats.clone())?,
            clock: self.clock,
            log: self.log.unwrap_or_else(log::stderr),
            memory: self.memory,
            store: Arc::new(Memory::new(Limits::DEFAULT)),
            stats,
        };
        let pool = Pool::new(pre, shared, self.max_instances, self.reuse, self.max_requests);
        let (deadline, stream_deadline, body_timeout) = (self.deadline, self.stream_deadline, self.body_timeout);
        let streams = Arc::new(Semaphore::new(self.max_instances / 2));
        let inner =
            Inner { pool, deadline, stream_deadline, streams, body_timeout, cached: compiled.cached, took: compiled.took };
        Ok(Host { inner: Arc::new(inner) })
    }
}

fn default_instances() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (4 * cores).max(8)
}
