//! The environment, and in it the documents: `LATCH_DATA` and `LATCH_POLICY` are the document itself or the path of a file that holds it; in
//! the demo, `LATCH_DATA` is the demo's own if it is not set.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use mcp_latch_host::demo;

use super::Misuse;

/// The variable of the declaration.
pub(super) const NAME: &str = "LATCH_DATA";
/// The variable of the policy.
const POLICY: &str = "LATCH_POLICY";
/// Bytes of a declaration.
const MAX_BYTES: u64 = 256 * 1024;
/// Most characters of a path that a message repeats.
const MAX_ECHO: usize = 200;

/// Where the declaration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Nowhere: no tables, no functions.
    None,
    /// The demo's.
    Demo,
    /// The variable's value.
    Inline,
    /// This file.
    File(PathBuf),
}

/// Our environment. What is not UTF-8 cannot be meant for the component.
pub(super) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// Puts the documents themselves into `vars`.
///
/// # Errors
/// [`Misuse`]: a value names a file that cannot be read.
pub(super) fn resolve(vars: &mut BTreeMap<String, String>, demo: bool) -> Result<Source> {
    document(vars, POLICY)?;
    let source = document(vars, NAME)?;
    if demo && source == Source::None {
        vars.insert(NAME.into(), demo::DATA.into());
        return Ok(Source::Demo);
    }
    Ok(source)
}

fn document(vars: &mut BTreeMap<String, String>, name: &'static str) -> Result<Source> {
    let value = vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let Some(value) = value else { return Ok(Source::None) };
    if value.starts_with('{') || value.contains('\n') {
        return Ok(Source::Inline);
    }
    let path = PathBuf::from(value);
    let text = read(name, &path)?;
    vars.insert(name.into(), text);
    Ok(Source::File(path))
}

fn read(variable: &str, path: &Path) -> Result<String> {
    let wrong = |problem: &str| Misuse(format!("{variable}: {} {problem}\nfix: {}", name(path), fix(path)));
    let cannot = |error: std::io::Error| wrong(&format!("cannot be read as a file: {error}"));
    // Opening a pipe would wait for somebody to write into it.
    if !path.metadata().map_err(cannot)?.is_file() {
        return Err(wrong("is not a file").into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(wrong("is larger than 256 KiB").into());
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    // An empty value counts as not set, and rules that were meant to be there must not be absent.
    if text.trim().is_empty() { Err(wrong("is empty").into()) } else { Ok(text) }
}

/// A path as a message repeats it. Secrets and declarations get into this variable by mistake, so only what is surely the path of
/// a declaration is repeated.
fn name(path: &Path) -> String {
    let text = path.to_string_lossy();
    let lower = text.to_ascii_lowercase();
    let is_named_so = lower.ends_with(".toml") || lower.ends_with(".json");
    let of_paths = |char: char| char.is_alphanumeric() || "/\\._- ~:".contains(char);
    let of_secrets = ["sb_", "eyj", "://", "bearer"].iter().any(|mark| lower.contains(mark));
    if is_named_so && !of_secrets && text.chars().count() <= MAX_ECHO && text.chars().all(of_paths) {
        format!("{text:?}")
    } else {
        "the value (not repeated, for it does not look like the path of a .toml or .json file)".to_owned()
    }
}

/// A line of TOML is never a whole declaration: `version` has a line of its own.
fn fix(path: &Path) -> &'static str {
    if path.to_string_lossy().contains(['=', '[', '{']) {
        "one line of TOML is not a declaration, for `version = 1` needs a line of its own: keep the line feeds, write JSON, or \
         name a file"
    } else {
        "name a file that holds a declaration in TOML or JSON, or set the variable to the declaration itself"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> (Result<Source>, String) {
        let mut vars = BTreeMap::from([(NAME.to_owned(), value.to_owned())]);
        let source = resolve(&mut vars, true);
        (source, vars.remove(NAME).unwrap())
    }

    #[test]
    fn a_declaration_is_passed_and_a_path_is_read() {
        for text in ["{}", " {\"version\": 1}", "version = 1\nwrap = true\n"] {
            let (source, value) = of(text);
            assert_eq!((source.unwrap(), value.as_str()), (Source::Inline, text));
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.toml");
        std::fs::write(&path, "version = 1\n[tables.x]\n").unwrap();
        let (source, value) = of(&format!(" {} ", path.display()));
        assert_eq!((source.unwrap(), value.as_str()), (Source::File(path), "version = 1\n[tables.x]\n"));
    }

    #[test]
    fn a_path_that_cannot_be_read_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let (large, bytes) = (dir.path().join("large"), dir.path().join("bytes"));
        std::fs::write(&large, " ".repeat(256 * 1024 + 1)).unwrap();
        std::fs::write(&bytes, [0xff]).unwrap();
        let empty = dir.path().join("empty");
        std::fs::write(&empty, " \n").unwrap();
        for (value, says) in [
            ("no/such.toml", "No such file"),
            ("version = 1", "No such file"),
            (dir.path().to_str().unwrap(), "not a file"),
            (large.to_str().unwrap(), "256 KiB"),
            (bytes.to_str().unwrap(), "UTF-8"),
            (empty.to_str().unwrap(), "is empty"),
        ] {
            let error = of(value).0.unwrap_err();
            let text = error.to_string();
            assert!(error.is::<Misuse>() && text.contains(says) && text.contains("fix:") && text.contains(NAME), "{text}");
        }
    }

    #[test]
    fn a_policy_is_read_likewise() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy.toml");
        std::fs::write(&path, "version = 1\n[enter]\ngroups = [\"staff\"]\n").unwrap();
        let mut vars = BTreeMap::from([(POLICY.to_owned(), path.to_str().unwrap().to_owned())]);
        assert_eq!(resolve(&mut vars, false).unwrap(), Source::None);
        assert!(vars[POLICY].starts_with("version = 1\n"));
        let mut vars = BTreeMap::from([(POLICY.to_owned(), "no/such.toml".to_owned())]);
        let error = resolve(&mut vars, false).unwrap_err().to_string();
        assert!(error.starts_with("LATCH_POLICY: ") && error.contains("fix:"), "{error}");
    }

    #[test]
    fn nothing_set_is_the_demos_own_in_the_demo_alone() {
        for (demo, expected) in [(true, Source::Demo), (false, Source::None)] {
            for mut vars in [BTreeMap::new(), BTreeMap::from([(NAME.to_owned(), " ".to_owned())])] {
                assert_eq!(resolve(&mut vars, demo).unwrap(), expected);
                assert_eq!(vars.get(NAME).is_some_and(|value| value.contains("notes")), expected == Source::Demo);
            }
        }
    }
}
