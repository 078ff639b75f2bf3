//! `latch keys`

use std::env;

use anyhow::Result;
use getrandom::SysRng;
use getrandom::rand_core::TryRng as _;
use mcp_latch::keys::Keys;

use super::cli;
use super::{Misuse, output};

const NAME: &str = "LATCH_KEYS";

/// Prints a value of `LATCH_KEYS` to standard output, and nothing else there: it can go straight into a secret store.
pub(super) fn keys(what: &cli::Keys) -> Result<()> {
    // Drawn before it is needed, so that a machine without randomness is an error and not a weak key.
    let mut pool = [[0; 32]; 16];
    for key in &mut pool {
        SysRng.try_fill_bytes(key)?;
    }
    let mut pool = pool.into_iter();
    let random = |key: &mut [u8; 32]| {
        if let Some(drawn) = pool.next() {
            *key = drawn;
        }
    };
    let value = match what {
        cli::Keys::New => Keys::generate(random),
        cli::Keys::Rotate => {
            let fix = "\nfix: set it to the value in use; `latch keys new` makes a first one";
            let old = env::var(NAME).map_err(|_| Misuse(format!("{NAME} is not set{fix}")))?;
            Keys::rotate(&old, random).map_err(|error| Misuse(format!("{NAME}: {error}{fix}")))?
        }
    };
    output::print(&format!("{}\n", value.expose()));
    Ok(())
}
