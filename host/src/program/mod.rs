//! The program around the library: what the command line, the terminal and signals ask for.

mod banner;
mod build;
mod cli;
mod data;
mod doctor;
mod http;
mod inspect;
mod keys;
mod listen;
mod log;
mod output;
mod plan;
mod signal;
mod up;

use std::process::ExitCode;

use clap::Parser as _;
use mcp_latch::config::Errors;

use cli::{Cli, Command};

/// Exit code for what the user can mend by asking differently: arguments and variables. Clap uses the same.
const MISUSE: u8 = 2;

/// A start that cannot be, and what to do.
#[derive(Debug)]
struct Misuse(String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = |()| ExitCode::SUCCESS;
    let judged = |good| if good { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let outcome = match cli.command {
        Some(Command::Build(args)) => build::build(&args).map(done),
        Some(Command::Doctor) => doctor::doctor().map(judged),
        Some(Command::Keys(what)) => keys::keys(&what).map(done),
        Some(Command::Inspect(args)) => inspect::inspect(&args).map(judged),
        Some(Command::Up(up)) => up::up(up).map(done),
        None => up::up(cli.up).map(done),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            if error.is::<Errors>() {
                output::error(&format!("the configuration cannot be used\n{error}"));
                return ExitCode::from(MISUSE);
            }
            output::error(&format!("{error:#}"));
            if error.is::<Misuse>() { ExitCode::from(MISUSE) } else { ExitCode::FAILURE }
        }
    }
}
