//! The wasmtime embedding, one job per file.
//!
//! ```text
//! server ──► host ──► pool ──► instance ──► state ──► outbound, log, clock, keyvalue ──► memory
//!             │        engine · cache · link  (once, at start)
//!             admission · begun  (before an instance is taken)
//! ```
//!
//! Only `instance.rs`, `link.rs` and `host.rs` know that the component speaks WASI 0.2; a second generation adds its own
//! three beside them.

mod admission;
mod begun;
mod builder;
mod cache;
mod engine;
mod host;
mod instance;
mod keyvalue;
mod link;
mod memory;
mod outbound;
mod pool;
mod private;
mod reply;
mod server;
mod state;
mod stats;
mod stream;

pub use builder::{Builder, DEFAULT_DEADLINE, DEFAULT_MEMORY, DEFAULT_STREAM_DEADLINE};
pub use cache::Artifact;
pub use host::Host;
pub use pool::Reuse;
pub use reply::ResponseBody;
pub use server::{Running, Server};
pub use stats::Stats;
