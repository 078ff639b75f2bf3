//! What we accept as a URL in a configuration.

use ::url::{Host, Url};

/// Parses an absolute URL without userinfo or fragment whose scheme is `https`, or `http` for a loopback host.
pub(super) fn parse(text: &str) -> Result<Url, &'static str> {
    if !text.is_ascii() {
        return Err("contains characters beyond ASCII (write such a host in its xn-- form)");
    }
    let url = Url::parse(text).map_err(|_| "is not an absolute URL")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("is not encrypted: http is for localhost only"),
        _ => return Err("is not an http(s) URL"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user name or password");
    }
    if url.fragment().is_some() {
        return Err("contains a fragment");
    }
    Ok(url)
}

/// Whether the URL's host is this machine (RFC 8252 §7.3).
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether there is nothing behind host and port.
pub(super) fn is_origin(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none() && url.fragment().is_none()
}

/// `scheme://host[:port]` of a URL that was parsed before; a default port is left out.
pub(super) fn origin(text: &str) -> String {
    Url::parse(text).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}
