//! mcp-latch
#![deny(unsafe_code)]
pub mod config;
pub mod host;
pub mod identity;
pub mod jose;
mod log;
pub mod secret;
