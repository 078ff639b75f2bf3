//! Our cookies: one for each sign-in, so that two tabs do not disturb each other, and there are never many.
//!
//! While the user is asked, it holds what the page's form is bound to; after the yes, the transaction takes its place, so that no page is
//! answered twice. An answer sets one cookie: some hosts lose all but the last.
//!
//! Over https they have the prefix `__Host-`, which only a secure page of this very host can set. Browsers refuse that prefix
//! over http, so an endpoint on loopback goes without; over https a name without it is not read.

use http::{
    HeaderMap, HeaderValue, Response,
    header::{COOKIE, SET_COOKIE},
};

use crate::config::Endpoint;

/// Most cookies of ours that a browser is left with: headers of 8 KiB are the most that many hosts take.
const MAX_COOKIES: usize = 4;
/// Bytes of a name and a value together that every browser keeps (RFC 6265 §6.1), with room for the attributes.
const MAX_BYTES: usize = 3800;

/// How our cookies are named here.
#[derive(Debug)]
pub(super) struct Cookies {
    secure: bool,
}

impl Cookies {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self { secure: endpoint.origin().starts_with("https:") }
    }

    const fn prefix(&self) -> &'static str {
        if self.secure { "__Host-latch-" } else { "latch-" }
    }

    /// The value of a cookie. Two of the same name are none: one of them was planted.
    pub(super) fn get<'h>(&self, headers: &'h HeaderMap, id: &str) -> Option<&'h str> {
        let name = format!("{}{id}", self.prefix());
        let mut found = all(headers).filter(|(other, _)| *other == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Sets one for a number of seconds, and removes others of ours where there would be too many. `None` if it is too long.
    pub(super) fn set(
        &self,
        response: &mut Response<Vec<u8>>,
        headers: &HeaderMap,
        id: &str,
        value: &str,
        seconds: u64,
    ) -> Option<()> {
        let name = format!("{}{id}", self.prefix());
        if name.len() + value.len() > MAX_BYTES {
            return None;
        }
        let others: Vec<&str> =
            all(headers).map(|(other, _)| other).filter(|other| other.starts_with(self.prefix()) && *other != name).collect();
        // Browsers send the oldest first (RFC 6265 §5.4).
        for surplus in others.iter().take((others.len() + 1).saturating_sub(MAX_COOKIES)) {
            self.write(response, surplus, "", 0)?;
        }
        self.write(response, &name, value, seconds)
    }

    /// Removes one.
    pub(super) fn remove(&self, response: &mut Response<Vec<u8>>, id: &str) {
        let _ = self.write(response, &format!("{}{id}", self.prefix()), "", 0);
    }

    fn write(&self, response: &mut Response<Vec<u8>>, name: &str, value: &str, seconds: u64) -> Option<()> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
        Some(())
    }
}

fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn browser(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, cookies.parse().unwrap())])
    }

    const HTTPS: Cookies = Cookies { secure: true };

    #[test]
    fn over_https_only_a_host_cookie_counts() {
        let headers = browser("latch-1=plain; __Host-latch-1=ours");
        assert_eq!(HTTPS.get(&headers, "1"), Some("ours"));
        assert_eq!(HTTPS.get(&browser("latch-1=plain"), "1"), None);
        assert_eq!(HTTPS.get(&browser("__Host-latch-1=a; __Host-latch-1=b"), "1"), None);
    }

    #[test]
    fn its_attributes_are_those_of_px_05() {
        let mut response = Response::new(Vec::new());
        HTTPS.set(&mut response, &HeaderMap::new(), "1", "v", 600).unwrap();
        let set = response.headers()[SET_COOKIE].to_str().unwrap();
        assert_eq!(set, "__Host-latch-1=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn there_are_never_many_and_none_is_too_long() {
        let headers = browser("__Host-latch-1=a; other=1; __Host-latch-2=b; __Host-latch-3=c; __Host-latch-4=d");
        let mut response = Response::new(Vec::new());
        HTTPS.set(&mut response, &headers, "5", "v", 600).unwrap();
        let set: Vec<_> = response.headers().get_all(SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
        assert_eq!(set.len(), 2);
        assert!(set[0].starts_with("__Host-latch-1=; Path=/; Max-Age=0"), "{}", set[0]);
        assert!(HTTPS.set(&mut response, &headers, "5", &"v".repeat(MAX_BYTES), 600).is_none());
    }
}
