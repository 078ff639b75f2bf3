//! The engine: how components are compiled and how they are stopped.

use std::thread;
use std::time::Duration;

use wasmtime::error::Context as _;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

/// How often a running component hands the thread back. A CPU loop in one request can delay others by at most this.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Room in the pool per instance of the component. Ours needs one memory and a handful of core instances (the canonical
/// ABI's shims count too); compositions with tool plugins need a multiple.
const CORE_INSTANCES_PER_INSTANCE: u32 = 16;
const MEMORIES_PER_INSTANCE: u32 = 4;
const TABLES_PER_INSTANCE: u32 = 16;

/// Bytes of a freed slot that stay mapped, so that the next instance does not fault every page in again.
const KEEP_RESIDENT: usize = 512 * 1024;

/// An engine with room for `instances` components at a time, and the ticker that keeps them interruptible.
///
/// # Errors
/// When the machine's CPU is not supported by the compiler.
pub(super) fn engine(instances: u32) -> Result<Engine> {
    let engine = Engine::new(config().allocation_strategy(pooling(instances))).or_else(|error| {
        // The pool reserves address space up front. Where that is capped (`ulimit -v`, some containers) instances are
        // mapped one by one: slower to start, otherwise the same.
        tracing::warn!(%error, "no address space for the instance pool; instances are allocated on demand");
        Engine::new(&config())
    });
    let engine = engine.context("the WebAssembly engine does not start on this machine")?;
    start_ticker(&engine)?;
    Ok(engine)
}

fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // A host call made by the component happens on a stack of its own; this is what it may use of it.
    config.async_stack_size(2 << 20).max_wasm_stack(1 << 20);
    config
}

fn pooling(instances: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES_PER_INSTANCE))
        .total_memories(instances.saturating_mul(MEMORIES_PER_INSTANCE))
        .total_tables(instances.saturating_mul(TABLES_PER_INSTANCE))
        .total_stacks(instances)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Moves the engine's epoch on until the engine is gone.
///
/// A thread and not a task: when components in a loop hold every thread of the runtime, no task would get a turn to stop
/// them.
fn start_ticker(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("latch-ticker".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })
        .context("no thread for the deadline ticker")?;
    Ok(())
}
