//! The `WWW-Authenticate` challenge (RFC 6750 §3, RFC 9728 §5.1), as the parsers of real clients need it.
//!
//! One challenge, `Bearer` first, every value quoted, nothing escaped, `resource_metadata` and `scope` before the free text:
//! some clients look for `scope=` and `error=` with an unanchored search, so neither may occur inside a description.

use http::HeaderValue;

/// What the challenge says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Challenge<'a> {
    /// `invalid_token`, `invalid_request`, `insufficient_scope`; absent when no credentials were sent.
    pub(crate) error: Option<&'static str>,
    /// URL of the protected resource metadata.
    pub(crate) metadata: &'a str,
    /// The scopes to ask for.
    pub(crate) scopes: &'a [String],
    /// Free text; here always a reason code.
    pub(crate) description: Option<&'static str>,
}

/// Formats a challenge.
pub(crate) fn challenge(parts: Challenge<'_>) -> HeaderValue {
    let mut parameters = Vec::with_capacity(4);
    if let Some(error) = parts.error {
        parameters.push(format!("error=\"{error}\""));
    }
    parameters.push(format!("resource_metadata=\"{}\"", parts.metadata));
    if !parts.scopes.is_empty() {
        parameters.push(format!("scope=\"{}\"", parts.scopes.join(" ")));
    }
    if let Some(description) = parts.description {
        parameters.push(format!("error_description=\"{description}\""));
    }
    // URL and scopes were checked when the configuration was read: both are printable ASCII without quotes.
    HeaderValue::try_from(format!("Bearer {}", parameters.join(", "))).unwrap_or(HeaderValue::from_static("Bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "https://api.example.com/.well-known/oauth-protected-resource/mcp";

    #[test]
    fn without_credentials_there_is_no_error() {
        let scopes = ["email".to_owned(), "profile".to_owned()];
        let value = challenge(Challenge { metadata: METADATA, scopes: &scopes, ..Challenge::default() });
        assert_eq!(value, format!("Bearer resource_metadata=\"{METADATA}\", scope=\"email profile\""));
    }

    #[test]
    fn the_description_comes_last() {
        let description = Some("expired");
        let value = challenge(Challenge { error: Some("invalid_token"), metadata: METADATA, scopes: &[], description });
        let expected = format!("Bearer error=\"invalid_token\", resource_metadata=\"{METADATA}\", error_description=\"expired\"");
        assert_eq!(value, expected);
    }
}
