//! `mcp-latch-fuzz [CASES] [SEED]`: mutates the corpus and tries what comes out.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{env, process::ExitCode, time::Instant};

use mcp_latch_fuzz::mutate;

fn main() -> ExitCode {
    let mut numbers = env::args().skip(1).map(|text| text.parse::<u64>());
    let (cases, seed) = (numbers.next().unwrap_or(Ok(1_000_000)), numbers.next().unwrap_or(Ok(1)));
    let (Ok(cases), Ok(seed)) = (cases, seed) else {
        eprintln!("usage: mcp-latch-fuzz [CASES] [SEED], two whole numbers");
        return ExitCode::FAILURE;
    };
    let start = Instant::now();
    match mutate::campaign(cases, seed) {
        Ok(seen) => {
            println!("{cases} cases from seed {seed} in {:.0} s; answers by status: {seen:?}", start.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
