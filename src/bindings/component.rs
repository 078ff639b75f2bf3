//! The default component, `mcp_latch.wasm`.
#![allow(unsafe_code)]

crate::component!(crate::Latch::new);
