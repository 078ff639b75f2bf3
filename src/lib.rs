//! mcp-latch
#![deny(unsafe_code)]
pub mod host;
pub mod jose;
mod log;
pub mod secret;
