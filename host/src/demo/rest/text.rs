//! Reading a parameter from left to right.

use super::column::Column;
use super::fault::Fault;

/// What is left of a parameter's value.
pub(super) struct Text<'a> {
    parameter: &'static str,
    whole: usize,
    rest: &'a str,
}

impl<'a> Text<'a> {
    pub(super) fn new(parameter: &'static str, value: &'a str) -> Self {
        Self { parameter, whole: value.len(), rest: value }
    }

    /// Takes `token` if it is next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.eat(token) { Ok(()) } else { Err(self.wrong(&format!("\"{token}\""))) }
    }

    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.wrong("the end")) }
    }

    pub(super) fn starts_with(&self, token: &str) -> bool {
        self.rest.starts_with(token)
    }

    /// A name: in quotes, or lower-case letters, digits and `_`.
    pub(super) fn name(&mut self) -> Result<String, Fault> {
        if self.starts_with("\"") {
            return self.quoted();
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.wrong("a name"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// A column that is read.
    pub(super) fn column(&mut self) -> Result<Column, Fault> {
        let name = self.name()?;
        Column::of(&name).ok_or_else(|| Fault::no_such_column(&name))
    }

    /// `"…"` with `\` before a quote or a backslash.
    pub(super) fn quoted(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        if chars.next().is_none_or(|(_, c)| c != '"') {
            return Err(self.wrong("a value in double quotes"));
        }
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    _ => return Err(self.wrong("a quote or a backslash after a backslash")),
                },
                c => text.push(c),
            }
        }
        Err(self.wrong("a closing quote"))
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a str {
        std::mem::take(&mut self.rest)
    }

    /// A non-negative number.
    pub(super) fn number(&mut self) -> Result<usize, Fault> {
        let plain = self.rest.len() <= 15 && self.rest.bytes().all(|byte| byte.is_ascii_digit());
        let number = self.rest.parse().ok().filter(|_| plain).ok_or_else(|| self.wrong("a non-negative integer"))?;
        self.rest = "";
        Ok(number)
    }

    pub(super) fn wrong(&self, expected: &str) -> Fault {
        Fault::syntax(self.parameter, format!("expecting {expected} at byte {}", self.whole - self.rest.len() + 1))
    }
}
