//! Component bytes → machine code, kept on disk between runs when the caller names a directory.

use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::error::Context as _;

use super::private;

/// Where a component comes from.
#[derive(Clone, Debug)]
pub enum Artifact {
    /// A `.wasm` file.
    File(PathBuf),
    /// The bytes of one.
    Bytes(Vec<u8>),
}

impl Artifact {
    /// The component's bytes.
    ///
    /// # Errors
    /// The file is not there, not readable, or not a component: the message says which.
    pub fn read(&self) -> Result<Vec<u8>> {
        let (bytes, name) = match self {
            Self::File(path) => {
                let bytes = fs::read(path).with_context(|| format!("cannot read the component {}", path.display()))?;
                (bytes, path.display().to_string())
            }
            Self::Bytes(bytes) => (bytes.clone(), "the component".into()),
        };
        match bytes.get(..8) {
            Some(b"\0asm\x0d\0\x01\0") => Ok(bytes),
            Some(b"\0asm\x01\0\0\0") => bail!("{name} is a core module, not a component: build it for wasm32-wasip2"),
            _ => bail!("{name} is not a WebAssembly component"),
        }
    }
}

impl From<PathBuf> for Artifact {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Artifact {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<Vec<u8>> for Artifact {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Machine code, and how it was come by.
pub(super) struct Compiled {
    pub(super) component: Component,
    pub(super) cached: bool,
    pub(super) took: Duration,
}

/// Compiles `wasm`, or takes the machine code of an earlier run from `dir`.
///
/// A cache that cannot be used (foreign, damaged, read-only) costs a compilation and never the start.
pub(super) fn compile(engine: &Engine, wasm: &[u8], dir: Option<&Path>) -> Result<Compiled> {
    let started = Instant::now();
    let slot = dir.and_then(|dir| match private::directory(dir) {
        Ok(()) => Some(dir.join(format!("{}.cwasm", key(engine, wasm)))),
        Err(error) => {
            tracing::warn!(dir = %dir.display(), %error, "machine code is not cached: the directory is not ours alone");
            None
        }
    });
    if let Some(component) = slot.as_deref().and_then(|path| load(engine, path)) {
        return Ok(Compiled { component, cached: true, took: started.elapsed() });
    }
    let component = Component::from_binary(engine, wasm).context("the component does not compile")?;
    if let Some(path) = slot
        && let Err(error) = store(&component, &path)
    {
        tracing::warn!(path = %path.display(), %error, "machine code is not cached");
    }
    Ok(Compiled { component, cached: false, took: started.elapsed() })
}

/// Everything that decides whether machine code fits: the component, the compiler's version and its settings.
fn key(engine: &Engine, wasm: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut name = String::with_capacity(48);
    for byte in Sha256::digest(wasm).iter().take(12) {
        let _ = write!(name, "{byte:02x}");
    }
    let _ = write!(name, "-{:016x}", settings.finish());
    name
}

/// Machine code is run as it is found: who can write a file here runs code as this user. So the directory and the file must be
/// this user's, and closed to others; being able to read them, or as root to change them, proves nothing.
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let component = private::read(path).and_then(|code| match code {
        // SAFETY: wasmtime runs these bytes as machine code, so they must come from `store` below. `private` has just made sure
        // that nobody but this user can have written them; who can already act as this user gains nothing by a forged file.
        // A file of another compiler version or other settings has another name, and wasmtime checks both again in its header.
        #[allow(unsafe_code)]
        Some(code) => Ok(Some(unsafe { Component::deserialize(engine, code) }?)),
        None => Ok(None),
    });
    component.unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "cached machine code is unusable and will be made again");
        None
    })
}

/// Versions of a component that are kept. Every change of its source makes another.
const KEEP: usize = 8;

/// Keeps the code, and drops the oldest of others.
fn store(component: &Component, path: &Path) -> Result<()> {
    private::write(path, &component.serialize()?)?;
    prune(path.parent().context("a cache file lies in a directory")?)?;
    Ok(())
}

/// What cannot be removed now is tried again at the next change.
fn prune(dir: &Path) -> Result<()> {
    let files = fs::read_dir(dir)?.flatten().map(|entry| entry.path());
    let mut codes: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "cwasm")).collect();
    codes.sort_by_cached_key(|path| std::cmp::Reverse(fs::metadata(path).and_then(|data| data.modified()).ok()));
    for old in codes.into_iter().skip(KEEP) {
        let _ = fs::remove_file(old);
    }
    Ok(())
}
