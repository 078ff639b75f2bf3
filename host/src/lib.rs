//! Serves an mcp-latch component with [wasmtime], as a library.
//!
//! The program `latch` is a thin user of this crate; integration tests and embedders are others.
//!
//! ```no_run
//! # async fn serve() -> anyhow::Result<()> {
//! use mcp_latch_host::{Host, Server, component};
//!
//! let wasm = component::ensure_built()?;
//! let host = Host::builder(wasm)
//!     .env("MCP_URL", "http://127.0.0.1:8787/mcp")
//!     .env("SUPABASE_URL", "https://abc.supabase.co")
//!     .allow(["https://abc.supabase.co"])
//!     .build()?;
//! let server = Server::bind(host, "127.0.0.1:8787").await?.spawn();
//! // …
//! server.stop().await;
//! # Ok(()) }
//! ```
//!
//! What a component can do here: read the variables it was given, tell the time, draw random bytes, write log lines, keep
//! values in a store that all its instances share, and call the origins it was allowed. There is no filesystem and no socket
//! to be asked for; a component that imports one does not start. A request that runs too long, grows too large or traps costs
//! its own instance and nothing else.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod client;
pub mod clock;
pub mod component;
pub mod demo;
mod embed;
pub mod environment;
mod listen;
pub mod log;

pub use embed::{
    Artifact, Builder, DEFAULT_DEADLINE, DEFAULT_MEMORY, DEFAULT_STREAM_DEADLINE, Host, ResponseBody, Reuse, Running, Server,
    Stats,
};
