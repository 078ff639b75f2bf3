//! The way through the text: white space, comments, keys.

use super::super::{
    mistake::Mistake,
    node::{Lines, MAX_DEPTH},
};

/// The text and how far it has been read.
pub(super) struct Scanner<'a> {
    rest: &'a str,
    text: &'a str,
    lines: Lines,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, text, lines: Lines::of(text) }
    }

    /// The line of what comes next.
    pub(super) fn line(&self) -> usize {
        self.lines.line(self.text.len() - self.rest.len())
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// Goes on by some bytes; further than the end is the end.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.advance(1);
        }
        there
    }

    /// ASCII characters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !byte.is_ascii() || !fits(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        self.rest = rest;
        taken
    }

    pub(super) fn expect(&mut self, byte: u8, problem: &str) -> Result<(), Mistake> {
        self.skip_blanks();
        if self.take(byte) { Ok(()) } else { Err(self.mistake(problem, "correct the syntax; see https://toml.io")) }
    }

    pub(super) fn mistake(&self, problem: &str, fix: &str) -> Mistake {
        Mistake::of_document(self.line(), &format!("not TOML: {problem}"), fix)
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    /// A line feed, with or without a carriage return before it.
    pub(super) fn take_line_end(&mut self) -> bool {
        if self.rest.starts_with("\r\n") {
            self.advance(2);
            return true;
        }
        self.take(b'\n')
    }

    /// White space, comments and the ends of lines.
    pub(super) fn skip_lines(&mut self) -> Result<(), Mistake> {
        loop {
            self.skip_blanks();
            self.skip_comment()?;
            if !self.take_line_end() {
                return Ok(());
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Mistake> {
        if self.peek() != Some(b'#') {
            return Ok(());
        }
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let comment = self.rest.get(..end).unwrap_or_default();
        let comment = if end < self.rest.len() { comment.strip_suffix('\r').unwrap_or(comment) } else { comment };
        if comment.chars().any(|char| char.is_ascii_control() && char != '\t') {
            return Err(self.mistake("a comment contains a control character", "remove it"));
        }
        self.advance(comment.len());
        Ok(())
    }

    /// Nothing but a comment until the end of the line.
    pub(super) fn end_line(&mut self) -> Result<(), Mistake> {
        self.skip_blanks();
        self.skip_comment()?;
        if self.take_line_end() || self.is_at_end() {
            return Ok(());
        }
        Err(self.mistake("something follows where the line should end", "start a new line, or put text in double quotes"))
    }

    /// A key of one or more parts.
    pub(super) fn key(&mut self) -> Result<Vec<String>, Mistake> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            let several_lines = self.rest.starts_with("\"\"\"") || self.rest.starts_with("'''");
            let part = match self.peek() {
                Some(b'"' | b'\'') if !several_lines => self.text()?,
                _ => self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-').to_owned(),
            };
            if part.is_empty() && !self.follows_quotes() {
                return Err(self.mistake("a key is missing", "use letters, digits, _ and -, or put the key in double quotes"));
            }
            parts.push(part);
            if parts.len() > MAX_DEPTH {
                return Err(Mistake::too_deep(self.line()));
            }
            self.skip_blanks();
            if !self.take(b'.') {
                return Ok(parts);
            }
        }
    }

    fn follows_quotes(&self) -> bool {
        let read = self.text.len() - self.rest.len();
        self.text.get(..read).is_some_and(|read| read.ends_with("\"\"") || read.ends_with("''"))
    }
}
