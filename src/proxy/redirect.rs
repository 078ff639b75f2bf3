//! Redirect URIs: which are acceptable at all, when two are the same, and how an answer is sent to one.
//!
//! Where a check and a browser read a URI differently, a code goes to whoever found the difference. So there is one reader, of a
//! grammar so narrow that all readers agree on it: no backslash, no user, no dot segment, no escaped separator. What it took is
//! compared byte by byte, and an answer is those bytes with a query behind them; nothing is parsed and written anew.

use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest redirect URI, in bytes.
pub(super) const MAX_BYTES: usize = 512;
/// Hosts that are this machine. By these spellings only: `127.1` and `LOCALHOST` are the same to some readers and not to others.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// Schemes that run, read or forward something in the browser or the system itself, rather than open an app of their own.
const DANGEROUS: [&str; 26] = [
    "about",
    "blob",
    "chrome",
    "chrome-extension",
    "data",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "itms-services",
    "javascript",
    "mailto",
    "moz-extension",
    "ms-appinstaller",
    "ms-search",
    "nfs",
    "resource",
    "search-ms",
    "sftp",
    "smb",
    "ssh",
    "vbscript",
    "view-source",
    "wyciwyg",
];
/// Parameters of our answers. A URI that has one already would bring the client two, and one of them is not ours.
const OURS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// A redirect URI, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    /// As it is written, with brackets around IPv6; empty where an app's URI has none.
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
}

/// What kind of place a redirect URI is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A website.
    Web,
    /// A program on the user's computer that listens on a port.
    Loopback,
    /// An app that claimed a scheme on the user's device.
    App,
}

/// Whether codes may be sent there at all, whoever asks.
pub(crate) fn acceptable(uri: &str) -> bool {
    parse(uri).is_some()
}

/// Whether a client that registered one URI may be answered at the other: byte by byte, but for the port of a loopback URI, which
/// an app gets from its system when it starts (RFC 8252 §7.3).
pub(super) fn same(registered: &str, asked: &str) -> bool {
    let (Some(one), Some(other)) = (parse(registered), parse(asked)) else { return false };
    registered == asked
        || one.place() == Place::Loopback
            && (one.scheme, one.host, one.path, one.query) == (other.scheme, other.host, other.path, other.query)
}

/// Whether the operator's list allows a URI; an empty one allows all. An entry is a redirect URI, or the origin of a website or of
/// this computer. There are no patterns.
pub(super) fn is_allowed(list: &[String], uri: &str) -> bool {
    let Some(asked) = parse(uri) else { return false };
    list.is_empty()
        || list.iter().any(|entry| {
            parse(entry).is_some_and(|allowed| match allowed.is_origin() {
                true => {
                    (allowed.scheme, allowed.host) == (asked.scheme, asked.host)
                        && (allowed.port == asked.port || allowed.place() == Place::Loopback)
                }
                false => same(entry, uri),
            })
        })
}

/// `uri` with parameters behind those that it has.
pub(super) fn answer(uri: &str, parameters: &[(&str, &str)]) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let mut answer = uri.to_owned();
    let mut separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    for (name, value) in parameters {
        answer.push_str(separator);
        answer.extend(utf8_percent_encode(name, ESCAPED));
        answer.push('=');
        answer.extend(utf8_percent_encode(value, ESCAPED));
        separator = "&";
    }
    answer
}

/// Whether an acceptable URI is of a program that listens on this computer.
pub(super) fn is_loopback(uri: &str) -> bool {
    parse(uri).is_some_and(|parts| parts.place() == Place::Loopback)
}

/// Takes an acceptable URI apart.
pub(super) fn parse(uri: &str) -> Option<Parts<'_>> {
    if uri.len() > MAX_BYTES || !uri.bytes().all(is_plain) || !escapes_are_harmless(uri) {
        return None;
    }
    let (scheme, rest) = uri.split_once(':')?;
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    // No path without a slash: `scheme:` and `scheme:word` name no place.
    let (host, port, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let (host, port) = authority_of(authority)?;
            (host, port, path)
        }
        None if rest.starts_with('/') => ("", None, rest),
        None => return None,
    };
    let parts = Parts { scheme, host, port, path, query };
    (parts.scheme_is_fine() && path_is_fine(path) && query.is_none_or(query_is_fine)).then_some(parts)
}

impl Parts<'_> {
    /// What kind of place it is.
    pub(super) fn place(&self) -> Place {
        match self.scheme {
            "https" => Place::Web,
            "http" => Place::Loopback,
            _ => Place::App,
        }
    }

    /// Whether nothing stands behind host and port. An app's scheme has no origins: `app://callback` is a place itself.
    fn is_origin(&self) -> bool {
        self.path.is_empty() && self.query.is_none() && self.place() != Place::App
    }

    fn scheme_is_fine(&self) -> bool {
        match self.scheme {
            "https" => is_host_name(self.host) || is_ipv6(self.host),
            "http" => LOOPBACK.contains(&self.host),
            scheme => {
                let lower = scheme.to_ascii_lowercase();
                let grammar = scheme.starts_with(|char: char| char.is_ascii_alphabetic())
                    && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
                // `HTTPS:` and `httpx:` only pretend to be something else than what a person reads.
                let pretends = ["http", "ws"].iter().any(|known| lower.starts_with(known) && !lower.contains('.'));
                // `app://` is as bare as `app:`.
                let somewhere = !self.host.is_empty() || self.path.len() > 1;
                let host = self.host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
                // A port of nothing is nothing to a browser.
                let whole = self.port.is_none() || !self.host.is_empty();
                grammar && !pretends && !DANGEROUS.contains(&lower.as_str()) && somewhere && host && whole
            }
        }
    }
}

/// A character that means the same to every reader (RFC 3986 without `*`, which looks like a pattern, and without `#`).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()+,;=%".contains(&byte)
}

/// Whether every `%` is an escape, and none hides a control character.
fn escapes_are_harmless(uri: &str) -> bool {
    uri.split('%').skip(1).all(|rest| match rest.as_bytes() {
        [b'0' | b'1', ..] | [b'7', b'f' | b'F', ..] => false,
        [high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    })
}

/// Host and port. An `@` is refused here by neither of them having one.
fn authority_of(authority: &str) -> Option<(&str, Option<&str>)> {
    let after_host = authority.find(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority.get(after_host..)?.find(':') {
        Some(colon) => (authority.get(..after_host + colon)?, Some(authority.get(after_host + colon + 1..)?)),
        None => (authority, None),
    };
    // Also 65536 and more, and 0, which mean another port to some readers.
    let port_is_fine = |port: &str| !port.starts_with('0') && !port.starts_with('+') && port.parse::<u16>().is_ok();
    port.is_none_or(port_is_fine).then_some((host, port))
}

/// A DNS name, or an IPv4 address in the one spelling that everybody reads alike.
fn is_host_name(host: &str) -> bool {
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let last = host.rsplit('.').next().unwrap_or_default();
    // To a browser `2130706433` and `0x7f.1` are addresses.
    let is_number = last.starts_with(|char: char| char.is_ascii_digit());
    host.split('.').all(label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn path_is_fine(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    // An escaped slash, backslash or percent sign is one more level of reading, in which dot segments come back.
    let hidden = ["%2f", "%5c", "%25", "[", "]"].iter().any(|hidden| lower.contains(hidden));
    let dots = lower.replace("%2e", ".").replace("%3b", ";");
    // Some servers cut a segment at its semicolon before they look at the dots.
    let climbs = dots.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")));
    !hidden && !climbs
}

fn query_is_fine(query: &str) -> bool {
    // Old readers separate parameters by semicolons too, and some do not mind the case.
    query
        .split(';')
        .flat_map(|part| url::form_urlencoded::parse(part.as_bytes()))
        .all(|(name, _)| !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)))
}

#[cfg(test)]
mod tests;
