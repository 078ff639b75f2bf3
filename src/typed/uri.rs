//! URI templates: RFC 6570 with simple variables only, `note://{id}`.

use percent_encoding::percent_decode_str;

/// A template, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// Before the first variable.
    start: String,
    /// Each variable, and the text after it.
    parts: Vec<(String, String)>,
}

impl Template {
    /// `None` if it has no variable, one without a name, an operator such as `{+path}`, or two variables with nothing between them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pieces = text.split('{');
        let start = pieces.next()?.to_owned();
        let mut parts: Vec<(String, String)> = Vec::new();
        for piece in pieces {
            let (name, literal) = piece.split_once('}')?;
            let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let apart = parts.last().is_none_or(|(_, literal)| !literal.is_empty());
            let new = parts.iter().all(|(known, _)| known != name);
            if !named || !apart || !new || literal.contains('}') {
                return None;
            }
            parts.push((name.to_owned(), literal.to_owned()));
        }
        (!parts.is_empty() && !start.contains('}')).then_some(Self { start, parts })
    }

    pub(super) fn has(&self, variable: &str) -> bool {
        self.parts.iter().any(|(name, _)| name == variable)
    }

    /// The variables of a URI that was made of this template. A variable is one segment: it is not empty and holds no `/`, `?` or
    /// `#`, and no escape makes it `.`, `..`, or brings in a slash, a backslash or a control character, so that no value leads
    /// out of where it stands.
    pub(super) fn matches(&self, uri: &str) -> Option<Vec<(String, String)>> {
        let mut rest = uri.strip_prefix(self.start.as_str())?;
        let mut found = Vec::with_capacity(self.parts.len());
        let last = self.parts.len().checked_sub(1)?;
        for (index, (name, literal)) in self.parts.iter().enumerate() {
            let end = if index == last { rest.len().checked_sub(literal.len())? } else { rest.find(literal.as_str())? };
            let (value, after) = (rest.get(..end)?, rest.get(end..)?);
            rest = after.strip_prefix(literal.as_str())?;
            found.push((name.clone(), decode(value)?));
        }
        rest.is_empty().then_some(found)
    }
}

fn decode(value: &str) -> Option<String> {
    if value.contains(['/', '?', '#']) || !is_escaped_well(value) {
        return None;
    }
    let text = percent_decode_str(value).decode_utf8().ok()?;
    let leads_away = text == "." || text == ".." || text.contains(['/', '\\']) || text.chars().any(char::is_control);
    (!text.is_empty() && !leads_away).then(|| text.into_owned())
}

/// Every `%` begins an escape.
fn is_escaped_well(value: &str) -> bool {
    let hex = |digits: Option<&[u8]>| digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let bytes = value.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| *byte != b'%' || hex(bytes.get(at + 1..at + 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(template: &str, uri: &str) -> Option<Vec<(String, String)>> {
        Template::parse(template).unwrap().matches(uri)
    }

    fn pairs(expected: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn variables_are_read_and_decoded() {
        for (template, uri, expected) in [
            ("note://{id}", "note://7", vec![("id", "7")]),
            ("note://{id}", "note://a%20b%C3%BC", vec![("id", "a bü")]),
            ("test://template/{id}/data", "test://template/1.2/data", vec![("id", "1.2")]),
            ("x://{a}/{b}", "x://1/2", vec![("a", "1"), ("b", "2")]),
            ("x://{a}-{b}", "x://1-2-3", vec![("a", "1"), ("b", "2-3")]),
            ("x://{a}/a/a", "x://a/a/a", vec![("a", "a")]),
        ] {
            assert_eq!(read(template, uri), pairs(&expected), "{uri}");
        }
    }

    #[test]
    fn what_was_not_made_of_the_template_does_not_match() {
        for uri in [
            "note:///data",
            "note://1",
            "note://1/2/data",
            "note://1/data/",
            "note://1/data?x",
            "mote://1/data",
            "note://data",
            "",
        ] {
            assert_eq!(read("note://{id}/data", uri), None, "{uri}");
        }
    }

    #[test]
    fn no_value_leads_away() {
        for value in [
            "..", ".", "%2e%2E", "%2e", "a%2Fb", "..%2f..", "a%5Cb", "a\\b", "%00", "a%0Ab", "%ff", "%", "%2", "%zz", "%+1",
            "a#b", "a?b", "a/b",
        ] {
            assert_eq!(read("note://{id}", &format!("note://{value}")), None, "{value}");
        }
    }

    #[test]
    fn templates_that_are_none() {
        for text in [
            "note://7",
            "note://{}",
            "note://{+path}",
            "note://{a}{b}",
            "note://{a",
            "note://a}",
            "note://{a}/{a}",
            "x://{a}}",
            "x://{a,b}",
        ] {
            assert_eq!(Template::parse(text), None, "{text}");
        }
    }
}
