//! From a host's types to ours and back. No decisions here.

#[cfg(all(target_family = "wasm", feature = "wasi-p2"))]
mod libc;
#[cfg(all(target_family = "wasm", feature = "wasi-p2"))]
mod wasi_p2;
