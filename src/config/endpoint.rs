//! The public URL of the MCP endpoint: the identifier of the protected resource (RFC 9728 §1.2, RFC 8707 §2).

use super::{reader::Reader, url, variables as var};

/// Path used when `MCP_URL` is an origin. Some hosted clients only know this one.
const DEFAULT_PATH: &str = "/mcp";

/// Where clients reach us. It is configured, never derived from a request: behind a proxy the request does not know it, and
/// a `Host` header is the client's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    origin: String,
    path: String,
    loopback: bool,
}

impl Endpoint {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let fix = "set it to the URL that clients will use, such as https://api.example.com/mcp";
        let Some(text) = reader.url(&var::MCP_URL) else {
            if !reader.has(&var::MCP_URL) {
                reader.mistake_in(&var::MCP_URL, None, "the public URL of the endpoint is missing", fix);
            }
            return None;
        };
        let Ok(parsed) = url::parse(&text) else { return None };
        if parsed.query().is_some() {
            reader.mistake_in(&var::MCP_URL, Some(&text), "contains a query", fix);
            return None;
        }
        // Text without escapes and dot segments: the path is compared with request paths byte for byte.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        let path = parsed.path().trim_end_matches('/');
        if !path.bytes().all(plain) || path.contains("//") {
            reader.mistake_in(
                &var::MCP_URL,
                Some(&text),
                "has a path with unusual characters",
                "use letters, digits, `-`, `_`, `.` and `/`",
            );
            return None;
        }
        let path = if path.is_empty() { DEFAULT_PATH } else { path };
        let origin = parsed.origin().ascii_serialization();
        Some(Self { url: format!("{origin}{path}"), path: path.to_owned(), loopback: url::is_loopback(&parsed), origin })
    }

    /// The canonical URL, without a trailing slash: PRM `resource`, and the audience a token must name.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path, such as `/mcp`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the endpoint is on this machine: then pages of any loopback origin may call it, as local tools do.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}
