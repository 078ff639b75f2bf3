//! The JOSE room against published vectors, generated attacks and random input.
//!
//! Everything goes through the crate's public API. Nothing here sleeps, uses the network or draws real randomness: keys are
//! fixed, random generators are seeded. `cargo test --test jose -- --nocapture` prints what was counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod attacks;
mod keys;
mod mint;
mod properties;
mod rfc;
mod wycheproof;
