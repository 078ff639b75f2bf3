//! latch
fn main() {}
