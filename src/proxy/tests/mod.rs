//! The values that travel, and their sizes.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod values;
