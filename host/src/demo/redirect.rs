//! Where a code may be sent.

use url::{Host, Url};

/// Bytes of a redirect URI.
const MAX_LENGTH: usize = 2048;
/// Schemes a browser or desktop would act on by itself.
const DANGEROUS: &[&str] = &["about", "blob", "data", "file", "ftp", "javascript", "vbscript", "ws", "wss"];

/// Whether a client may register `uri`: `https`, `http` on loopback, or an app's own scheme with an authority
/// (`cursor://…`, as real clients have). No fragment (RFC 6749 §3.1.2), no user name.
pub(super) fn acceptable(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let named = url.host().is_some() && url.username().is_empty() && url.password().is_none();
    let scheme = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        scheme => !DANGEROUS.contains(&scheme),
    };
    uri.len() <= MAX_LENGTH && named && scheme && url.fragment().is_none()
}

/// Whether `given` is the `registered` URI: the same string, or the same but for the port of an `http` loopback address
/// (RFC 8252 §7.3: a native app does not know its port when it registers).
pub(super) fn matches(registered: &str, given: &str) -> bool {
    registered == given || without_port(registered).is_some_and(|known| Some(known) == without_port(given))
}

/// `uri` with `fields` added to its query, otherwise byte for byte what was registered.
pub(super) fn with_query(uri: &str, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{query}")
}

/// The part of a redirect URI a human can judge.
pub(super) fn destination(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if is_loopback(&url) => "an app on this computer".to_owned(),
        Ok(url) if url.scheme() == "https" => url.host_str().unwrap_or(uri).to_owned(),
        Ok(url) => format!("the app that opens {}:", url.scheme()),
        Err(_) => uri.to_owned(),
    }
}

fn without_port(uri: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    if url.scheme() != "http" || !is_loopback(&url) || url.fragment().is_some() {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url.into())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_real_clients_register_is_accepted() {
        for uri in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "http://localhost:8787/callback",
            "http://[::1]:4000/cb",
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ] {
            assert!(acceptable(uri), "{uri}");
        }
        for uri in [
            "http://example.com/cb",
            "http://127.0.0.1.example.com/",
            "https://u:p@example.com/",
            "https://example.com/#f",
            "javascript:alert(1)",
            "javascript://h/%0aalert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "/relative",
            "",
        ] {
            assert!(!acceptable(uri), "{uri}");
        }
    }

    #[test]
    fn only_a_loopback_port_may_differ() {
        for (registered, given, expected) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", true),
            ("http://localhost:1/cb", "http://localhost:2/cb", true),
            ("http://[::1]/cb", "http://[::1]:9/cb", true),
            ("http://127.0.0.1/", "http://127.0.0.1:51234", true),
            ("http://127.0.0.1/cb", "http://localhost/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1/cb2", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1/cb?x=1", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1/cb", false),
            ("https://h.example/cb", "https://h.example:444/cb", false),
            ("https://h.example/cb", "https://h.example/cb", true),
            ("https://h.example/cb", "https://H.example/cb", false),
        ] {
            assert_eq!(matches(registered, given), expected, "{registered} {given}");
        }
    }

    #[test]
    fn a_registered_query_stays() {
        let fields = [("code", "a b"), ("iss", "http://x")];
        assert_eq!(with_query("http://h/cb", &fields), "http://h/cb?code=a+b&iss=http%3A%2F%2Fx");
        assert_eq!(with_query("http://h/cb?a=1", &fields), "http://h/cb?a=1&code=a+b&iss=http%3A%2F%2Fx");
    }
}
