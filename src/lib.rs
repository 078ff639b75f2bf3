//! **mcp-latch** is an MCP endpoint with OAuth 2.1 in one sandboxed WebAssembly component.
//!
//! One request's way through the house:
//!
//! ```text
//!             bindings            http               identity                mcp                 tools
//!  host ──► wasi:http request ──► route, Origin, ──► bearer → jose → rules ──► era → method ──► whoami
//!             (p2)                size, CORS         → Identity or Refusal     → Answer
//!                                    │
//!                                    └─► resource: RFC 9728 metadata, 401/403/503 challenges
//! ```
//!
//! Data goes one way. [`http`] knows the others; [`mcp`] knows [`identity`] but not [`jose`]; [`jose`] knows nothing but
//! bytes, keys and time. No room reaches the outside except through [`host::Host`], so everything here also runs natively:
//! tests, fuzzers and benchmarks need no WebAssembly.
//!
//! ```
//! use mcp_latch::{Latch, config::Config};
//!
//! let config = Config::from_vars(|name| match name {
//!     "MCP_URL" => Some("https://api.example.com/mcp".into()),
//!     "SUPABASE_PROJECT_ID" => Some("abcdefghijklmnop".into()),
//!     _ => None,
//! })?;
//! assert_eq!(config.issuer(), "https://abcdefghijklmnop.supabase.co/auth/v1");
//! let latch = Latch::new(config);
//! # Ok::<(), mcp_latch::config::Errors>(())
//! ```

#![deny(unsafe_code)]

#[doc(hidden)]
pub mod bindings;
pub mod config;
pub mod host;
pub mod http;
pub mod identity;
pub mod jose;
pub mod json;
mod latch;
mod log;
pub mod mcp;
pub mod prelude;
mod resource;
pub mod seal;
pub mod secret;
pub mod supabase;
pub mod typed;
mod whoami;

pub use latch::Latch;
pub use whoami::Whoami;
