//! Directories and files that nobody but this user can have written.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Makes `dir` if it is not there, and closes it to others.
///
/// # Errors
/// It is somebody else's, no directory, or a link.
pub(super) fn directory(dir: &Path) -> Result<()> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().create(dir) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::PermissionsExt as _;
        // What was opened is judged and changed, not what the name leads to by then.
        let dir = open(dir, OFlags::DIRECTORY)?;
        own(&dir)?;
        dir.set_permissions(fs::Permissions::from_mode(0o700))?;
        closed(&dir)?;
    }
    Ok(())
}

/// A file's bytes. `None`: there is no such file.
///
/// # Errors
/// Somebody else could have written it, or it is a link.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    #[cfg(unix)]
    let opened = open(path, rustix::fs::OFlags::NONBLOCK);
    #[cfg(not(unix))]
    let opened = File::open(path);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if !file.metadata()?.is_file() {
        bail!("it is no file");
    }
    #[cfg(unix)]
    {
        own(&file)?;
        closed(&file)?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes under a name of its own and renames, so that no reader ever sees half a file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    // What a process of the same number left.
    let _ = fs::remove_file(&partial);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&partial)?.write_all(bytes)?;
    fs::rename(&partial, path).context("it cannot be put in its place")
}

#[cfg(unix)]
fn open(path: &Path, flags: rustix::fs::OFlags) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = (flags | rustix::fs::OFlags::NOFOLLOW).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

/// It belongs to this process's user. For root that says more than being able to change it.
#[cfg(unix)]
fn own(file: &File) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = file.metadata()?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        bail!("it belongs to another user (uid {owner})");
    }
    Ok(())
}

#[cfg(unix)]
fn closed(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata()?.permissions().mode() & 0o022 != 0 {
        bail!("others may write it");
    }
    Ok(())
}
