//! A request to PostgREST and how its address is written: nothing gets into it unquoted or unencoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Longest path and query; gateways refuse addresses beyond 8 KiB.
const MAX_ADDRESS: usize = 8_000;

/// Of a path segment everything but `A-Z a-z 0-9 - _ ~ .` is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');

/// Of a parameter's value also `( ) , : *` stay as they are: PostgREST's grammar is made of them, and long filters fit.
const VALUE: &AsciiSet = &SEGMENT.remove(b'(').remove(b')').remove(b',').remove(b':').remove(b'*');

/// A request to PostgREST, without what is the same for all: the project's address, the keys, `Accept`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) method: http::Method,
    /// Starts with `/`; to be appended to `{project}/rest/v1`.
    pub(super) path_and_query: String,
    /// For `Accept-Profile` (GET) or `Content-Profile`.
    pub(super) schema: Option<String>,
    /// `Prefer`; empty if there is nothing to prefer.
    pub(super) prefer: String,
    pub(super) body: Option<Value>,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    path: String,
    schema: Option<String>,
}

impl Target {
    /// A table or view.
    pub(super) fn relation(name: &str, schema: Option<&str>) -> Self {
        Self { path: format!("/{}", segment(name)), schema: schema.map(str::to_owned) }
    }

    /// A function.
    pub(super) fn routine(name: &str, schema: Option<&str>) -> Self {
        Self { path: format!("/rpc/{}", segment(name)), schema: schema.map(str::to_owned) }
    }

    /// A request for it.
    pub(super) fn request(
        &self,
        method: http::Method,
        query: Query,
        prefer: &str,
        body: Option<Value>,
    ) -> Result<Request, String> {
        let path_and_query = format!("{}{}", self.path, query.text);
        if path_and_query.len() > MAX_ADDRESS {
            let (what, fix) = match (query.select > MAX_ADDRESS / 2, self.path.starts_with("/rpc/")) {
                (true, true) => {
                    ("list of columns", "the operator must correct LATCH_DATA: declare fewer columns, or shorter names")
                }
                (true, false) => ("list of columns", "ask for fewer columns"),
                (false, _) => ("filter", "split the call"),
            };
            return Err(format!(
                "the {what} is too long ({} bytes when encoded, at most {MAX_ADDRESS} fit); {fix}",
                path_and_query.len()
            ));
        }
        Ok(Request { method, path_and_query, schema: self.schema.clone(), prefer: prefer.to_owned(), body })
    }
}

/// The parameters of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    text: String,
    /// How many bytes of it are the select list.
    select: usize,
}

impl Query {
    /// Adds a parameter; an empty value adds nothing.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.text.push(if self.text.is_empty() { '?' } else { '&' });
            self.text.push_str(name);
            self.text.push('=');
            let before = self.text.len();
            self.text.extend(utf8_percent_encode(value, VALUE));
            if name == "select" {
                self.select = self.text.len() - before;
            }
        }
        self
    }

    /// Adds a filter of one column, whose name in quotes is no parameter of PostgREST's own.
    #[must_use]
    pub(super) fn with_column(mut self, column: &str, test: &str) -> Self {
        self.text.push(if self.text.is_empty() { '?' } else { '&' });
        self.text.extend(utf8_percent_encode(&quoted(column), SEGMENT));
        self.text.push('=');
        self.text.extend(utf8_percent_encode(test, VALUE));
        self
    }

    /// Adds a number.
    #[must_use]
    pub(super) fn with_number(self, name: &'static str, value: u32) -> Self {
        self.with(name, &value.to_string())
    }
}

/// A name or value in PostgREST's double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Names in quotes, between commas.
pub(super) fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// A path segment. A leading dot is encoded, so that no segment is `.` or `..` to somebody who does not decode.
fn segment(name: &str) -> String {
    let encoded = utf8_percent_encode(name, SEGMENT).to_string();
    match encoded.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => encoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(target: &Target, query: Query) -> String {
        target.request(http::Method::GET, query, "", None).unwrap().path_and_query
    }

    #[test]
    fn path_segments_are_encoded() {
        for (name, path) in [
            ("notes", "/notes"),
            ("a/b?c#d&e=f", "/a%2Fb%3Fc%23d%26e%3Df"),
            (".hidden", "/%2Ehidden"),
            ("../x", "/%2E.%2Fx"),
            ("a.b-c_d~e", "/a.b-c_d~e"),
            ("Größe \"x\"%2f", "/Gr%C3%B6%C3%9Fe%20%22x%22%252f"),
        ] {
            assert_eq!(address(&Target::relation(name, None), Query::default()), path);
        }
        assert_eq!(address(&Target::routine("a/b", None), Query::default()), "/rpc/a%2Fb");
    }

    #[test]
    fn values_cannot_leave_their_parameter() {
        let query = Query::default().with("and", "(a&b=c#d +%\r\n\"\0ü)").with("order", "").with_number("limit", 3);
        assert_eq!(address(&Target::relation("t", None), query), "/t?and=(a%26b%3Dc%23d%20%2B%25%0D%0A%22%00%C3%BC)&limit=3");
    }

    #[test]
    fn columns_are_no_parameters() {
        let query = Query::default().with("select", "a").with_column("select", "eq.x&limit=1").with_column("a\"=b", "is.null");
        assert_eq!(
            address(&Target::relation("t", None), query),
            "/t?select=a&%22select%22=eq.x%26limit%3D1&%22a%5C%22%3Db%22=is.null"
        );
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted_list(["a", "b,c"]), r#""a","b,c""#);
    }

    #[test]
    fn long_addresses_are_refused() {
        let target = Target::relation("t", None);
        let fits = Query::default().with("and", &"x".repeat(MAX_ADDRESS - "/t?and=".len()));
        assert!(target.request(http::Method::GET, fits, "", None).is_ok());
        let long = Query::default().with("and", &"x".repeat(MAX_ADDRESS - "/t?and=".len() + 1));
        assert!(target.request(http::Method::GET, long, "", None).unwrap_err().contains("the filter is too long"));
        let wide = Query::default().with("select", &"x".repeat(MAX_ADDRESS)).with("and", "(x)");
        let refusal = target.request(http::Method::GET, wide.clone(), "", None).unwrap_err();
        assert!(refusal.contains("list of columns is too long") && refusal.contains("fewer columns"), "{refusal}");
        let refusal = Target::routine("f", None).request(http::Method::POST, wide, "", None).unwrap_err();
        assert!(refusal.contains("list of columns is too long") && refusal.contains("LATCH_DATA"), "{refusal}");
    }
}
