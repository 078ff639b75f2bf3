//! The default component, `mcp_latch.wasm`.
#![allow(unsafe_code, unreachable_pub)]

crate::component!(crate::Latch::new);
