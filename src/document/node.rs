//! A value with its line: what TOML and JSON have in common.

/// A value of the document.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Of its key, or of the value itself where it has none. Counted from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Switch(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document; no name occurs twice.
    Table(Vec<(String, Node)>),
}

/// Deepest nesting. The document has eight levels; more are refused before they can exhaust the stack.
pub(crate) const MAX_DEPTH: usize = 16;

/// Where the lines of a text start.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(index, _)| index + 1)).collect())
    }

    /// The line of a byte, counted from 1. A line feed belongs to the line it ends, with or without a carriage return.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}
