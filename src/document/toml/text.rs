//! Text in quotes of four kinds.

use super::{super::mistake::Mistake, scan::Scanner};

impl Scanner<'_> {
    /// `"…"`, `'…'`, `"""…"""` or `'''…'''`
    pub(super) fn text(&mut self) -> Result<String, Mistake> {
        let quote = if self.peek() == Some(b'\'') { '\'' } else { '"' };
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let start = self.line();
        let several_lines = self.rest().starts_with(triple);
        if several_lines {
            self.advance(3);
            self.take_line_end();
        } else {
            self.advance(1);
        }
        let mut text = String::new();
        loop {
            let Some(char) = self.rest().chars().next() else { return Err(unclosed(start)) };
            if several_lines && self.rest().starts_with(triple) {
                self.advance(3);
                // Up to two quotes may stand before the three that close.
                for _ in 0..2 {
                    if self.peek().is_some_and(|byte| char::from(byte) == quote) {
                        self.advance(1);
                        text.push(quote);
                    }
                }
                return Ok(text);
            }
            if !several_lines && char == quote {
                self.advance(1);
                return Ok(text);
            }
            if char == '\\' && quote == '"' {
                self.advance(1);
                self.escape(several_lines, &mut text)?;
            } else if self.take_line_end() {
                if !several_lines {
                    return Err(unclosed(start));
                }
                text.push('\n');
            } else if char.is_ascii_control() && char != '\t' {
                return Err(
                    self.mistake("a text contains a control character", "remove it, or write it as an escape such as \\u0007")
                );
            } else {
                self.advance(char.len_utf8());
                text.push(char);
            }
        }
    }

    fn escape(&mut self, several_lines: bool, text: &mut String) -> Result<(), Mistake> {
        let wrong = |scanner: &Self| {
            scanner.mistake("a text contains an unknown escape", "write a backslash twice, or use single quotes")
        };
        let Some(char) = self.rest().chars().next() else { return Err(wrong(self)) };
        let plain = match char {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            '"' | '\\' => char,
            'x' | 'u' | 'U' => {
                let digits = match char {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let code = self.rest().get(1..=digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
                let Some(code) = code else { return Err(wrong(self)) };
                self.advance(digits);
                code
            }
            ' ' | '\t' | '\r' | '\n' if several_lines => return self.join_lines().ok_or_else(|| wrong(self)),
            _ => return Err(wrong(self)),
        };
        self.advance(1);
        text.push(plain);
        Ok(())
    }

    /// A backslash at the end of a line: what follows is joined, without the white space between.
    fn join_lines(&mut self) -> Option<()> {
        self.skip_blanks();
        if !self.take_line_end() {
            return None;
        }
        loop {
            self.skip_blanks();
            if !self.take_line_end() {
                return Some(());
            }
        }
    }
}

fn unclosed(start: usize) -> Mistake {
    Mistake::of_document(start, "not TOML: a text starts here and does not end", "close it with the same quotes")
}
