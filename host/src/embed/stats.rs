//! Counters: what tests assert and operators graph.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Counts since the host was built.
#[derive(Debug, Default)]
pub struct Stats {
    requests: AtomicU64,
    instances: AtomicU64,
    traps: AtomicU64,
    timeouts: AtomicU64,
    refused: AtomicU64,
    outbound: Mutex<BTreeMap<String, u64>>,
}

impl Stats {
    /// Requests handed to the component.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Instances of the component that were made.
    #[must_use]
    pub fn instances(&self) -> u64 {
        self.instances.load(Relaxed)
    }

    /// Requests that ended in a trap.
    #[must_use]
    pub fn traps(&self) -> u64 {
        self.traps.load(Relaxed)
    }

    /// Requests that met their deadline, in line or at work.
    #[must_use]
    pub fn timeouts(&self) -> u64 {
        self.timeouts.load(Relaxed)
    }

    /// Outbound requests that were refused because their origin is not allowed.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Outbound requests that were sent to `origin` (`scheme://host[:port]`).
    #[must_use]
    pub fn outbound(&self, origin: &str) -> u64 {
        self.origins().get(origin).copied().unwrap_or(0)
    }

    /// Outbound requests that were sent, to anybody.
    #[must_use]
    pub fn outbound_total(&self) -> u64 {
        self.origins().values().sum()
    }

    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(super) fn instance(&self) {
        self.instances.fetch_add(1, Relaxed);
    }

    pub(super) fn trap(&self) {
        self.traps.fetch_add(1, Relaxed);
    }

    pub(super) fn timeout(&self) {
        self.timeouts.fetch_add(1, Relaxed);
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// `origin` is on the allow-list, so the map is as bounded as that list.
    pub(super) fn send(&self, origin: &str) {
        let mut origins = self.origins();
        match origins.get_mut(origin) {
            Some(count) => *count += 1,
            None => {
                origins.insert(origin.to_owned(), 1);
            }
        }
    }

    fn origins(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.outbound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
