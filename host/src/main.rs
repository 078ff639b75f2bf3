//! `latch`: serves the mcp-latch component with one command.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run()
}
