//! What is wrong with a document, told so that it can be mended at once.

use std::{cell::RefCell, fmt};

use super::secrets;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// The key path, such as `tables.notes.columns.title.type`; empty when it is the document as a whole.
    pub path: String,
    /// What is wrong, with what was read.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl Mistake {
    /// A mistake that no key path leads to.
    pub(crate) fn of_document(line: usize, problem: &str, fix: &str) -> Self {
        Self { line, path: String::new(), problem: problem.to_owned(), fix: fix.to_owned() }
    }

    pub(crate) fn too_deep(line: usize) -> Self {
        Self::of_document(line, "the document is nested too deeply", "its reference page describes the members")
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.path.is_empty() {
            write!(f, ", {}", self.path)?;
        }
        write!(f, ": {}; {}", self.problem, self.fix)
    }
}

/// Most mistakes that are told.
const MAX_TOLD: usize = 20;
/// Most mistakes that are kept; a document of nothing but mistakes must not fill the memory.
const MAX_KEPT: usize = 1_000;
/// Longest excerpt of a value that a message repeats, in characters.
const MAX_EXCERPT: usize = 80;

/// Collects mistakes.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(RefCell<Found>);

#[derive(Debug, Default)]
struct Found {
    /// In the order of the document.
    kept: Vec<Mistake>,
    /// Beyond [`MAX_KEPT`].
    dropped: usize,
}

impl Mistakes {
    pub(crate) fn note(&self, mistake: Mistake) {
        let mut found = self.0.borrow_mut();
        if found.kept.len() < MAX_KEPT {
            let place = found.kept.partition_point(|other| other.line <= mistake.line);
            found.kept.insert(place, mistake);
        } else {
            found.dropped += 1;
        }
    }

    /// In the order of the document, the first 20 and how many more there are.
    pub(crate) fn into_list(self) -> Vec<Mistake> {
        let Found { mut kept, dropped } = self.0.into_inner();
        if let Some(next) = kept.get(MAX_TOLD) {
            let rest = kept.len() - MAX_TOLD + dropped;
            let rest = Mistake::of_document(next.line, &format!("and {rest} more"), "correct those above first");
            kept.truncate(MAX_TOLD);
            kept.push(rest);
        }
        kept
    }
}

/// A text in quotes, no longer than a message should be, and never a secret.
pub(crate) fn excerpt(text: &str) -> String {
    if secrets::is_secret(text) {
        return "(a secret)".to_owned();
    }
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
