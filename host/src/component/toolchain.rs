//! The compiler for `wasm32-wasip2`, and a cargo that is not confused by the one that started us.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

use anyhow::{Context, Result, bail};

use super::progress::Progress;

/// The component's target.
pub(super) const TARGET: &str = "wasm32-wasip2";

/// Variables that would leak the outer build into the inner one. Flags made for the host's CPU (`-C target-cpu`,
/// instrumentation) break a wasm build or make it stale at every change between `cargo run` and `cargo test`.
const LEAKS: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_ENCODED_RUSTDOCFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// Prefixes of what cargo tells a program about the package it runs.
const PACKAGE_PREFIXES: &[&str] = &["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_", "DEP_"];

/// `cargo` with the environment a user's shell would give it.
pub(super) fn cargo(workspace: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if LEAKS.contains(&text) || PACKAGE_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Makes sure that the standard library for the target is installed; lets rustup add it where it is not.
///
/// # Errors
/// There is no rustc, or the target is missing and rustup is missing or fails; the message says what to do.
pub(super) fn ensure_target(workspace: &Path, progress: &Progress) -> Result<()> {
    if target_libdir(workspace)?.is_dir() {
        return Ok(());
    }
    progress.say(&format!("adding the Rust target {TARGET} (rustup target add {TARGET}, about 20 MB, once)"));
    let output = Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) => bail!(
            "`rustup target add {TARGET}` failed: {}\nfix: run it in a shell, then start again",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "this Rust has no {TARGET} target, and there is no rustup to add it\nfix: install rustup, or the package of your \
             system with Rust's standard library for {TARGET}, or give a built component with --component"
        ),
        Err(error) => return Err(error).context("rustup does not start"),
    }
    if !target_libdir(workspace)?.is_dir() {
        bail!("rustup added {TARGET} to another toolchain than the one in use\nfix: run `rustup target add {TARGET}` here");
    }
    Ok(())
}

/// Where rustc looks for the target's standard library, present or not.
fn target_libdir(workspace: &Path) -> Result<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output()
        .context("rustc does not start\nfix: install Rust with rustup")?;
    if !output.status.success() {
        bail!("this rustc does not know {TARGET}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
