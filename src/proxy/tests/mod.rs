//! The values that travel and their sizes, and what is not kept.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod register;
mod values;
