//! The documents an operator writes, in TOML or JSON → a tree whose values know their lines.
//!
//! ```text
//!          toml, json           whoever knows the document
//!  text ──────────────► Node ───────── Place ─────────────► what it says, or every Mistake
//! ```
//!
//! Both syntaxes become the same tree of [`node::Node`]s, so that a document has one reader, and its messages point into the text.
//! Reading goes on after a mistake: an operator mends a document once, not once per mistake.

pub(crate) mod access;
pub(crate) mod json;
pub(crate) mod mistake;
pub(crate) mod names;
pub(crate) mod node;
mod place;
mod secrets;
pub(crate) mod toml;

pub use self::mistake::Mistake;
pub(crate) use self::{
    mistake::{Mistakes, excerpt},
    node::{Node, Value},
    place::Place,
};

/// Most bytes of a document.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// Reads a document: JSON if it starts with `{`, else TOML; `page` documents it. What `read` makes of a part with a mistake does not
/// matter, because nothing comes out then but at most 20 mistakes in the order of the document and a last one that counts the rest.
pub(crate) fn read<T>(text: &str, page: &str, read: impl FnOnce(&Place<'_>) -> Option<T>) -> Result<T, Vec<Mistake>> {
    let root = parse(text, page).map_err(|mistake| vec![mistake])?;
    let mistakes = Mistakes::default();
    secrets::find(&root, &mistakes);
    let found = read(&Place::root(&root, &mistakes));
    let mistakes = mistakes.into_list();
    found.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

fn parse(text: &str, page: &str) -> Result<Node, Mistake> {
    if text.len() > MAX_BYTES {
        return Err(Mistake::of_document(1, "the document has more than 262144 bytes", "declare less, or shorten descriptions"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start() {
        "" => Err(Mistake::of_document(1, "the document is empty", &format!("see {page} for an example"))),
        start if start.starts_with('{') => json::parse(text),
        _ => toml::parse(text),
    }
}

/// Notes a mistake unless the document says that it is of the only version there is.
pub(crate) fn check_version(root: &Place<'_>) {
    if let Some(version) = root.needed("version", "write version = 1")
        && version.whole() != Some(1)
    {
        version.mistake("is no version of this document", "write version = 1");
    }
    if let Some(schema) = root.member("$schema") {
        schema.text();
    }
}
