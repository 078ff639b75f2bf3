//! Instances that wait for their next request.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::instance::Instance;
use super::state::{Shared, State};

/// Whether an instance sees more than one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Instances are kept and used again. Fast; what the component caches (signing keys) lives on.
    #[default]
    Pool,
    /// Every request gets an instance of its own, as on hosts that promise nothing more.
    Fresh,
}

/// At most `max` instances, working and idle together.
pub(super) struct Pool {
    pre: ProxyPre<State>,
    shared: Shared,
    /// Last in, first out: the warmest one works, the others may be swapped out.
    idle: Mutex<Vec<Instance>>,
    places: Arc<Semaphore>,
    reuse: Reuse,
    max_requests: u32,
}

/// An instance and its place in the pool. Dropping it throws the instance away and frees the place.
pub(super) struct Lease {
    pub(super) instance: Instance,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(pre: ProxyPre<State>, shared: Shared, max: usize, reuse: Reuse, max_requests: u32) -> Self {
        Self {
            pre,
            shared,
            idle: Mutex::new(Vec::with_capacity(max)),
            places: Arc::new(Semaphore::new(max)),
            reuse,
            max_requests,
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// An idle instance, or a new one. Waits in line when all are at work.
    pub(super) async fn lease(&self) -> wasmtime::Result<Lease> {
        let place = self.places.clone().acquire_owned().await?;
        let idle = self.idle().pop();
        let instance = match idle {
            Some(instance) => instance,
            None => Instance::new(&self.pre, &self.shared).await?,
        };
        Ok(Lease { instance, _place: place })
    }

    /// Takes an instance back after a request that ended well.
    pub(super) fn give_back(&self, lease: Lease) {
        let Lease { instance, _place } = lease;
        if self.reuse == Reuse::Pool && instance.served < self.max_requests {
            self.idle().push(instance);
        }
        // The place is freed here, after the push: who gets it next finds the instance.
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
