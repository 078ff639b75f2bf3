//! A request as text, so that a corpus can be read and written by people, and any bytes are a case.
//!
//! ```text
//! 7 POST /mcp                            the script's seed, the method, the target
//! authorization: Bearer $TOKEN           headers; $TOKEN is a good one
//!
//! {"jsonrpc":"2.0", …}                   the body, all the rest
//! ```

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// What a case is given as a good token.
pub const TOKEN: &str = "$TOKEN";

/// One request, and the seed of the outside's script.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Chooses the server, and what the outside answers.
    pub seed: u8,
    /// As text, lawful or not.
    pub method: String,
    /// Likewise.
    pub target: String,
    /// Likewise; in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Any bytes.
    pub body: Vec<u8>,
}

impl Case {
    /// Reads a case. Every input is one.
    pub fn parse(input: &[u8]) -> Self {
        let mut rest = input;
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            line
        };
        let first = String::from_utf8_lossy(line()).into_owned();
        let mut words = first.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (seed, method, target) = (word().parse().unwrap_or_default(), word(), word());
        let mut headers = Vec::new();
        loop {
            let header = line();
            let Some(colon) = header.iter().position(|byte| *byte == b':') else { break };
            let (name, value) = header.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            headers.push((String::from_utf8_lossy(name).into_owned(), value.strip_prefix(b" ").unwrap_or(value).to_vec()));
        }
        Self { seed, method, target, headers, body: rest.to_vec() }
    }

    /// The case as [`Self::parse`] reads it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} {}\n", self.seed, self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The value of the only header of a name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (first, second) = (values.next(), values.next());
        first.filter(|_| second.is_none()).map(|(_, value)| value.as_slice())
    }

    /// Sets a header, in the place of all of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// The request's head, if HTTP knows such a one. Headers that it does not know are left out.
    pub(crate) fn head(&self, token: &str) -> Option<(Method, Uri, HeaderMap)> {
        let method = Method::from_bytes(self.method.as_bytes()).ok()?;
        let target = self.target.parse().ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = match str::from_utf8(value) {
                Ok(text) if text.contains(TOKEN) => text.replace(TOKEN, token).into_bytes(),
                _ => value.clone(),
            };
            let pair = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(&value));
            if let (Ok(name), Ok(value)) = pair {
                headers.append(name, value);
            }
        }
        Some((method, target, headers))
    }
}
