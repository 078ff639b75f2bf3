//! For libFuzzer: `cargo +nightly fuzz run request fuzz/corpus`. Not part of any stable build; see fuzz/README.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mcp_latch_fuzz::run(input));
