//! Where a code may be sent.

use url::{Host, Url};

/// Bytes of a redirect URI.
const MAX_LENGTH: usize = 2048;
/// Schemes a browser or desktop would act on by itself.
const DANGEROUS: &[&str] = &["about", "blob", "data", "file", "ftp", "javascript", "vbscript", "ws", "wss"];

/// Whether a client may register `uri`: `https`, `http` on loopback, or an app's own scheme with an authority
/// (`cursor://…`, as real clients have). No fragment (RFC 6749 §3.1.2), no user name, no spelling that two readers could read
/// differently.
pub(super) fn acceptable(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let scheme = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        scheme => !DANGEROUS.contains(&scheme),
    };
    uri.len() <= MAX_LENGTH && scheme && after_authority(uri, &url).is_some() && url.fragment().is_none()
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

/// Whether `uri` is a place on the web. Anybody can register one.
pub(super) fn is_on_the_web(uri: &str) -> bool {
    !Url::parse(uri).is_ok_and(|url| is_loopback(&url) || url.scheme() != "https")
}

/// Host and the rest of an `http` loopback URI. Both as they are spelled: the redirect goes to the URI that was given.
fn without_port(uri: &str) -> Option<(String, &str)> {
    let url = Url::parse(uri).ok()?;
    if url.scheme() != "http" || !is_loopback(&url) || url.fragment().is_some() {
        return None;
    }
    let rest = after_authority(uri, &url)?;
    Some((url.host_str()?.to_owned(), if rest.is_empty() { "/" } else { rest }))
}

/// What follows `scheme://host[:port]` in `uri`, whose parsed form is `url`. `None` for other spellings of the same that
/// browsers take too: `http:127.0.0.1`, `http://127.1`, `HTTP://…`, `\\` for `/`, white space, user names.
fn after_authority<'a>(uri: &'a str, url: &Url) -> Option<&'a str> {
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let rest = uri.strip_prefix(url.scheme())?.strip_prefix("://")?.strip_prefix(url.host_str()?)?;
    let (port, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let number = port.strip_prefix(':').is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    (port.is_empty() || number).then_some(rest)
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
            "http:127.0.0.1/cb",
            "http:/127.0.0.1/cb",
            "http:///127.0.0.1/cb",
            "http:\\\\127.0.0.1\\cb",
            "http://127.1/cb",
            "http://127.0.0.1./cb",
            "http://0x7f000001/cb",
            "http://LOCALHOST/cb",
            "http://%6cocalhost/cb",
            "http://[0::1]/cb",
            "https://h.example\\@evil.example/",
            "https://h.example:/cb",
            "https://@h.example/cb",
            "https://é.example/cb",
            "https://h.example/c b",
            "https://h.example/cb\t",
            "\nhttps://h.example/cb",
            "https://h.example/\u{7f}",
            "https://h.example/\u{a0}",
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
            ("http://127.0.0.1:80/cb", "http://127.0.0.1:4/cb", true),
            ("http://127.0.0.1/cb", "http:127.0.0.1:4/cb", false),
            ("http://127.0.0.1/cb", "http://127.1:4/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:4\\cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:4/x/../cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:4/c\tb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:4/cb#f", false),
            ("http://127.0.0.1/cb", "http://u@127.0.0.1:4/cb", false),
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
