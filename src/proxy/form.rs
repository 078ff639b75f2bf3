//! `application/x-www-form-urlencoded`: query strings and bodies (RFC 6749 appendix B).

use http::{HeaderMap, header::CONTENT_TYPE};

use super::answer::Refused;

/// The parameters of a request, each at most once (RFC 6749 §3.1). An empty one counts as absent (§3.1 again).
#[derive(Default)]
pub(super) struct Form(Vec<(String, String)>);

/// A parameter occurs twice, or there are too many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Most parameters looked at.
const MAX_PARAMETERS: usize = 64;

impl Form {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            // RFC 8707 §2: several resources may be named. We are one, so a second is refused like any other repetition.
            if fields.len() == MAX_PARAMETERS || fields.iter().any(|(other, _)| *other == name) {
                return Err(Malformed);
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Codes, verifiers and secrets are among them.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// The form of a request's body.
pub(super) fn of_body(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refused> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()?.split(';').next());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(Refused::new("invalid_request", "the body must be application/x-www-form-urlencoded"));
    }
    Form::parse(body).map_err(|Malformed| Refused::new("invalid_request", "a parameter occurs twice"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_once_and_empty_ones_are_absent() {
        let form = Form::parse(b"a=1+2&b=%26&c=&d").unwrap();
        assert_eq!((form.get("a"), form.get("b"), form.get("c"), form.get("d")), (Some("1 2"), Some("&"), None, None));
        assert_eq!(Form::parse(b"a=1&a=1").unwrap_err(), Malformed);
        assert_eq!(Form::parse(b"c=&c=1").unwrap_err(), Malformed);
        let many: String = (0..65).map(|index| format!("p{index}=1&")).collect();
        assert_eq!(Form::parse(many.as_bytes()).unwrap_err(), Malformed);
    }
}
