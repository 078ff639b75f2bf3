//! What one instance of the component carries on the host's side.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Result};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::keyvalue::{Backend, View};
use super::outbound::Outbound;
use super::stats::Stats;
use crate::clock::{Clock, Monotonic, Wall};
use crate::log::{Lines, LogSink};

/// Handles (streams, bodies, requests) one instance may hold open at a time.
const MAX_HANDLES: usize = 4096;
/// Elements of a function table. Ours has a few hundred.
const MAX_TABLE: usize = 100_000;

/// What every instance of one host shares.
pub(super) struct Shared {
    pub(super) env: Vec<(String, String)>,
    pub(super) outbound: Outbound,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) log: LogSink,
    pub(super) memory: usize,
    /// Values that outlive an instance.
    pub(super) store: Arc<dyn Backend>,
    pub(super) stats: Arc<Stats>,
}

/// The data of a store.
pub(super) struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    store: Arc<dyn Backend>,
    pub(super) memory: MemoryLimit,
}

impl State {
    pub(super) fn new(shared: &Shared) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.envs(&shared.env)
            .stdout(Lines::new(shared.log.clone()))
            .stderr(Lines::new(shared.log.clone()))
            .wall_clock(Wall(shared.clock.clone()))
            .monotonic_clock(Monotonic(shared.clock.clone()))
            // Nothing of ours draws more than some hundred bytes at a time.
            .max_random_size(64 * 1024);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        Self {
            table,
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound: shared.outbound.clone(),
            store: shared.store.clone(),
            memory: MemoryLimit { used: 0, limit: shared.memory },
        }
    }

    pub(super) fn key_value(&mut self) -> View<'_> {
        View { table: &mut self.table, backend: &self.store }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

/// Bytes of linear memory, over all memories of the instance. Growing beyond is refused; an allocator answers that by a trap.
pub(super) struct MemoryLimit {
    used: usize,
    limit: usize,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.limit {
            tracing::warn!(used, limit = self.limit, "the component asked for more memory than it may have");
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= MAX_TABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::{MemoryLimit, ResourceLimiter as _};

    #[test]
    fn the_limit_is_one_for_all_memories() {
        let mut limit = MemoryLimit { used: 0, limit: 3 << 16 };
        assert!(limit.memory_growing(0, 1 << 16, None).unwrap());
        assert!(limit.memory_growing(0, 2 << 16, None).unwrap());
        assert!(!limit.memory_growing(1 << 16, 2 << 16, None).unwrap());
    }
}
