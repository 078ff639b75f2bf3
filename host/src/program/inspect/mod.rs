//! `latch inspect`: a project's OpenAPI document → a first draft of the declaration, for a human to cut down; or, in `token`, what the rules
//! say of a token.

mod document;
mod draft;
mod fetch;
mod kind;
mod names;
mod token;

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use self::document::Document;
use super::cli::Inspect;
use super::{Misuse, data, output};

/// Bytes of an OpenAPI document. A project of some hundred tables has one or two million.
const MAX_BYTES: usize = 16 << 20;

/// Does what the arguments say, and says whether what was looked at is good.
pub(super) fn inspect(args: &Inspect) -> Result<bool> {
    match &args.token {
        Some(token) => token::explain(token, args.jwks.as_deref()),
        None => draft_of(args).map(|()| true),
    }
}

/// Reads, drafts, writes.
fn draft_of(args: &Inspect) -> Result<()> {
    // First what can fail at once.
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        return Err(exists(path).into());
    }
    let json = match &args.openapi {
        Some(path) => read(path)?,
        None => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no thread to work with")?;
            runtime.block_on(fetch::fetch(&data::environment(), &args.schema))?
        }
    };
    let document = Document::parse(&json)?;
    let draft = draft::draft(&document, &args.schema);
    match &args.output {
        None => output::print(&draft),
        Some(path) => {
            write(path, &draft, args.force)?;
            output::print(&format!(
                "{}: a draft from {} tables and views. Read it and delete what nobody needs; then LATCH_DATA={} latch up\n",
                path.display(),
                document.definitions.0.len(),
                path.display()
            ));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut json = Vec::new();
    let cannot = || format!("cannot read {}", path.display());
    File::open(path).and_then(|file| file.take(MAX_BYTES as u64).read_to_end(&mut json)).with_context(cannot)?;
    Ok(json)
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if force {
        return fs::write(path, text).with_context(cannot);
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).with_context(cannot),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(path).into()),
        Err(error) => Err(error).with_context(cannot),
    }
}

fn exists(path: &Path) -> Misuse {
    Misuse(format!(
        "{} exists, and you may have edited it\nfix: name another file, or add --force to overwrite it",
        path.display()
    ))
}
