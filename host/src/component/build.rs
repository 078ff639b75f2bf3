//! Building the component from this workspace, with cargo.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::progress::Progress;
use super::toolchain::{TARGET, cargo, ensure_target};

/// Cargo needs less than this to find out that nothing is to be done. What takes longer is worth a word.
const QUIET: Duration = Duration::from_secs(1);
/// Lines of cargo's output that an error repeats.
const ERROR_LINES: usize = 60;

/// One of the components in this workspace.
struct Build {
    features: &'static str,
    /// The file's public name, without `.wasm`.
    name: &'static str,
    /// Where cargo works, below the target directory. In one directory, a library's builds with other features replace each other,
    /// a minute each time.
    dir: Option<&'static str>,
    built: Mutex<Option<PathBuf>>,
}

static DEFAULT: Build = Build { features: "component", name: "mcp_latch", dir: None, built: Mutex::new(None) };
static KEYVALUE: Build =
    Build { features: "component,keyvalue", name: "mcp_latch_keyvalue", dir: Some("keyvalue"), built: Mutex::new(None) };

/// Builds the component if its sources changed, and returns `target/latch/mcp_latch.wasm`.
///
/// Cargo decides what is to be done; when nothing is, this takes a fraction of a second. Safe to call from many threads and
/// processes at a time. Within one process the answer is remembered.
///
/// # Errors
/// There are no sources (an installed program), no toolchain for `wasm32-wasip2` and no way to get it, or the build fails.
pub fn ensure_built() -> Result<PathBuf> {
    ensure(&DEFAULT)
}

/// As [`ensure_built`], for the component that has a key-value store: `target/latch/mcp_latch_keyvalue.wasm`.
///
/// # Errors
/// As [`ensure_built`].
pub fn ensure_keyvalue_built() -> Result<PathBuf> {
    ensure(&KEYVALUE)
}

fn ensure(what: &Build) -> Result<PathBuf> {
    let mut built = what.built.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = built.as_ref() {
        return Ok(path.clone());
    }
    let workspace = workspace().context(
        "there are no sources to build the component from\nfix: run from a clone, or give a built component with --component",
    )?;
    let progress = Progress::new();
    ensure_target(&workspace, &progress)?;
    let path = publish(&build(what, &workspace, &progress)?, what)?;
    *built = Some(path.clone());
    Ok(path)
}

/// `target/latch/aot`: where the program and the tests keep machine code. `None` without a workspace.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    let workspace = workspace()?;
    Some(target_dir(&workspace).join("latch").join("aot"))
}

fn target_dir(workspace: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), |dir| workspace.join(dir))
}

/// The workspace this program was built in, if it is still there.
fn workspace() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    root.join("Cargo.toml").is_file().then(|| root.to_owned())
}

/// Runs cargo and returns the artefact it names.
fn build(what: &Build, workspace: &Path, progress: &Progress) -> Result<PathBuf> {
    let started = Instant::now();
    let mut command = cargo(workspace);
    command.args(["rustc", "--lib", "--crate-type", "cdylib", "--package", "mcp-latch"]);
    if let Some(dir) = what.dir {
        command.arg("--target-dir").arg(target_dir(workspace).join(dir));
    }
    let mut child = command
        .args(["--no-default-features", "--features", what.features])
        .args(["--profile", "component", "--target", TARGET, "--message-format", "json-render-diagnostics"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cargo does not start\nfix: install Rust with rustup, or give a built component with --component")?;
    let artefact = read_artefact(&mut child);
    let log = follow(&mut child, progress, started);
    let status = child.wait().context("cargo cannot be waited for")?;
    let artefact = artefact.and_then(|reader| reader.join().ok().flatten());
    if !status.success() {
        let from = log.len().saturating_sub(ERROR_LINES);
        bail!("the component does not build ({status})\n{}", log[from..].join("\n"));
    }
    if started.elapsed() > QUIET {
        progress.say(&format!("component built in {:.1} s", started.elapsed().as_secs_f32()));
    }
    artefact.context("cargo built no component: the package mcp-latch names no .wasm file")
}

/// Reads cargo's messages until it closes them; they name the `.wasm`.
fn read_artefact(child: &mut Child) -> Option<thread::JoinHandle<Option<PathBuf>>> {
    let stdout = child.stdout.take()?;
    Some(thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).filter_map(|line| wasm_of(&line)).last()))
}

/// The `.wasm` file in one message of cargo's, if it is about our library.
fn wasm_of(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" || message["target"]["name"] != "mcp_latch" {
        return None;
    }
    message["filenames"].as_array()?.iter().filter_map(Value::as_str).find(|name| name.ends_with(".wasm")).map(PathBuf::from)
}

/// Shows what cargo does, and keeps it for an error.
fn follow(child: &mut Child, progress: &Progress, started: Instant) -> Vec<String> {
    let Some(stderr) = child.stderr.take() else { return Vec::new() };
    let lines = lines(stderr);
    let (mut log, mut announced) = (Vec::new(), false);
    loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                if announced {
                    progress.now(line.trim());
                }
                log.push(line);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return log,
        }
        if !announced && started.elapsed() > QUIET {
            progress.say(&format!("building the component for {TARGET} (about a minute the first time, seconds later)"));
            announced = true;
        }
    }
}

fn lines(from: impl Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}

/// Copies the artefact to its public place, such as `target/latch/mcp_latch.wasm`: the build's own path names target and profile.
fn publish(artefact: &Path, what: &Build) -> Result<PathBuf> {
    // …/target[/keyvalue]/wasm32-wasip2/component/mcp_latch.wasm
    let target = artefact.ancestors().nth(if what.dir.is_some() { 4 } else { 3 });
    let dir = target.context("cargo's artefact lies in no target directory")?.join("latch");
    let name = what.name;
    let public = dir.join(name).with_extension("wasm");
    let wasm = fs::read(artefact).with_context(|| format!("cannot read {}", artefact.display()))?;
    if fs::read(&public).is_ok_and(|old| old == wasm) {
        return Ok(public);
    }
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    // Renamed into place, so that whoever reads it at this moment gets the old or the new one, whole.
    let partial = dir.join(format!("{name}.{}.partial", std::process::id()));
    fs::write(&partial, wasm)
        .and_then(|()| fs::rename(&partial, &public))
        .with_context(|| format!("cannot write {}", public.display()))?;
    Ok(public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_artefact_is_read_from_cargos_messages() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"mcp_latch"},"filenames":["/t/libmcp_latch.rlib","/t/mcp_latch.wasm"]}"#;
        assert_eq!(wasm_of(message), Some(PathBuf::from("/t/mcp_latch.wasm")));
        for other in [
            "",
            "{}",
            r#"{"reason":"build-finished"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"filenames":["/t/x.wasm"]}"#,
        ] {
            assert_eq!(wasm_of(other), None);
        }
    }

    #[test]
    fn each_build_has_a_name_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let artefact = dir.path().join("keyvalue/wasm32-wasip2/component/mcp_latch.wasm");
        fs::create_dir_all(artefact.parent().unwrap()).unwrap();
        fs::write(&artefact, "one").unwrap();
        assert_eq!(publish(&artefact, &KEYVALUE).unwrap(), dir.path().join("latch/mcp_latch_keyvalue.wasm"));
    }

    #[test]
    fn publishing_again_keeps_an_equal_file() {
        let dir = tempfile::tempdir().unwrap();
        let artefact = dir.path().join("wasm32-wasip2/component/mcp_latch.wasm");
        fs::create_dir_all(artefact.parent().unwrap()).unwrap();
        fs::write(&artefact, "one").unwrap();
        let publish = || publish(&artefact, &DEFAULT).unwrap();
        let public = publish();
        assert_eq!(public, dir.path().join("latch/mcp_latch.wasm"));
        let written = fs::metadata(&public).unwrap().modified().unwrap();
        assert_eq!(publish(), public);
        assert_eq!(fs::metadata(&public).unwrap().modified().unwrap(), written);
        fs::write(&artefact, "two").unwrap();
        publish();
        assert_eq!(fs::read(&public).unwrap(), b"two");
    }
}
