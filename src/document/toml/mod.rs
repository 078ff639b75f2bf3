//! TOML → [`Node`].
//!
//! The parsers there are cost the component 100 kB and more. What this document needs of TOML 1.1 is everything but dates,
//! `inf`, `nan` and `[[lists of tables]]`; tests compare this parser with the `toml` crate.

mod scan;
mod text;
mod tree;

use self::{scan::Scanner, tree::Tree};
use super::{
    mistake::Mistake,
    node::{MAX_DEPTH, Node, Value},
};

/// Parses a document.
pub(crate) fn parse(text: &str) -> Result<Node, Mistake> {
    let mut scanner = Scanner::new(text);
    let mut root = Tree::root();
    // The path of the header we are below.
    let mut header: Vec<String> = Vec::new();
    loop {
        scanner.skip_lines()?;
        let line = scanner.line();
        if scanner.is_at_end() {
            return Ok(root.into_node());
        } else if scanner.take(b'[') {
            if scanner.take(b'[') {
                return Err(scanner
                    .mistake("the document has no lists of tables", "write one pair of brackets, and a name for each table"));
            }
            header = scanner.key()?;
            scanner.expect(b']', "a table's name is not closed with ]")?;
            root.open(&header, line)?;
        } else {
            let (key, value) = scanner.pair(MAX_DEPTH)?;
            let table = root.below(&header, line)?;
            table.insert(&key, value, line)?;
        }
        scanner.end_line()?;
    }
}

impl Scanner<'_> {
    /// `key = value`
    fn pair(&mut self, depth: usize) -> Result<(Vec<String>, Node), Mistake> {
        let line = self.line();
        let key = self.key()?;
        self.expect(b'=', "a key is not followed by =")?;
        self.skip_blanks();
        let value = self.value(depth)?;
        Ok((key, Node { line, value }))
    }

    fn value(&mut self, depth: usize) -> Result<Value, Mistake> {
        let Some(depth) = depth.checked_sub(1) else { return Err(Mistake::too_deep(self.line())) };
        match self.peek() {
            Some(b'"' | b'\'') => self.text().map(Value::Text),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.inline_table(depth),
            _ => self.word(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Mistake> {
        let mut items = Vec::new();
        self.sequence(b'[', b']', |scanner| {
            let line = scanner.line();
            items.push(Node { line, value: scanner.value(depth)? });
            Ok(())
        })?;
        Ok(Value::List(items))
    }

    fn inline_table(&mut self, depth: usize) -> Result<Value, Mistake> {
        let mut table = Tree::root();
        self.sequence(b'{', b'}', |scanner| {
            let line = scanner.line();
            let (key, value) = scanner.pair(depth)?;
            table.insert(&key, value, line)
        })?;
        Ok(table.into_node().value)
    }

    /// Items with commas between them, and one after the last if they like, over as many lines as they like.
    fn sequence(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Result<(), Mistake>) -> Result<(), Mistake> {
        let start = self.line();
        let unclosed = |scanner: &Self| {
            let problem = format!("a {} is missing after an item of what starts in line {start}", char::from(close));
            scanner.mistake(&problem, "close it, or put a comma between the items")
        };
        self.take(open);
        loop {
            self.skip_lines()?;
            if self.take(close) {
                return Ok(());
            }
            if self.is_at_end() {
                return Err(unclosed(self));
            }
            item(self)?;
            self.skip_lines()?;
            if !self.take(b',') {
                return if self.take(close) { Ok(()) } else { Err(unclosed(self)) };
            }
        }
    }

    /// A value without quotes: a switch or a number.
    fn word(&mut self) -> Result<Value, Mistake> {
        let word = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._:".contains(&byte));
        match word {
            "true" => Ok(Value::Switch(true)),
            "false" => Ok(Value::Switch(false)),
            _ => number(word).ok_or_else(|| {
                self.mistake(
                    "a value is neither text in quotes, nor a number, true, false, a list or a table",
                    "put text in double quotes",
                )
            }),
        }
    }
}

fn number(word: &str) -> Option<Value> {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = word.strip_prefix(prefix) {
            let digits = without_underscores(digits, |byte| char::from(byte).is_digit(radix))?;
            let all = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return all.then(|| i64::from_str_radix(&digits, radix).ok())?.map(Value::Whole);
        }
    }
    let plain = without_underscores(word.strip_prefix('+').unwrap_or(word), |byte| byte.is_ascii_digit())?;
    if word.starts_with('+') && !plain.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    // What is left of TOML's numbers is JSON's.
    match serde_json::from_str::<serde_json::Number>(&plain).ok()? {
        number if number.is_i64() || plain == "-0" => Some(Value::Whole(number.as_i64().unwrap_or(0))),
        number if number.is_u64() => None,
        number if plain.contains(['.', 'e', 'E']) => number.as_f64().map(Value::Number),
        _ => None,
    }
}

/// Without the underscores, each of which must stand between two digits.
fn without_underscores(word: &str, is_digit: impl Fn(u8) -> bool) -> Option<String> {
    let bytes = word.as_bytes();
    let digit = |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(|byte| is_digit(*byte));
    let between = |index: usize| digit(index.checked_sub(1)) && digit(index.checked_add(1));
    let fits = bytes.iter().enumerate().all(|(index, byte)| *byte != b'_' || between(index));
    fits.then(|| word.replace('_', ""))
}
