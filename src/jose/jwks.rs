//! Fetching a JWK set: one bounded GET, and how long its answer is good for.

use std::{fmt::Debug, sync::Arc, time::Duration};

use http::{
    Method,
    header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue},
};

use super::{KeySet, KeysDown};
use crate::host::{Host, LocalFuture, Outgoing};

/// Largest key set read, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// For the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a set is good for when the server does not say, in seconds.
const DEFAULT_TTL: u64 = 10 * 60;

/// Where an issuer publishes its keys.
#[derive(Debug, Clone)]
pub struct Remote {
    place: Place,
    /// Headers the server's gateway asks for, such as Supabase's `apikey`.
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone)]
enum Place {
    Known(String),
    ToFind(Arc<dyn Locate>),
}

/// Somebody who knows where an issuer publishes its keys.
pub trait Locate: Debug + Send + Sync {
    /// The `jwks_uri`. Asked whenever keys are fetched, so it should remember.
    fn locate<'a>(&'a self, host: &'a dyn Host) -> LocalFuture<'a, Result<String, KeysDown>>;

    /// The issuer, for the log.
    fn name(&self) -> &str;
}

impl Remote {
    /// At a `jwks_uri` of the configuration, with headers that the server's gateway asks for.
    pub fn at(uri: impl Into<String>, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { place: Place::Known(uri.into()), headers }
    }

    /// Where somebody else says.
    pub fn found_by(locate: Arc<dyn Locate>) -> Self {
        Self { place: Place::ToFind(locate), headers: Vec::new() }
    }

    /// The `jwks_uri`, or whose it is; for the log.
    pub(super) fn name(&self) -> &str {
        match &self.place {
            Place::Known(uri) => uri,
            Place::ToFind(locate) => locate.name(),
        }
    }
}

/// A key set as the issuer published it just now.
pub(super) struct Published {
    pub(super) set: KeySet,
    /// Seconds it is good for. The store never asks again before its cool-down, so a server that says 0 is safe.
    pub(super) ttl: u64,
}

/// Gets the key set. A redirect is a failure: keys come from the configured place or from nowhere.
pub(super) async fn fetch(host: &dyn Host, remote: &Remote) -> Result<Published, KeysDown> {
    let found;
    let url = match &remote.place {
        Place::Known(uri) => uri,
        Place::ToFind(locate) => {
            found = locate.locate(host).await?;
            &found
        }
    };
    let mut headers = remote.headers.clone();
    headers.push((ACCEPT, HeaderValue::from_static("application/json")));
    let answer =
        host.fetch(Outgoing { method: Method::GET, url, headers, body: &[], max_bytes: MAX_BYTES, timeout: TIMEOUT }).await?;
    if answer.status != 200 {
        return Err(KeysDown::Status(answer.status));
    }
    let set = KeySet::parse(&answer.body).map_err(|_| KeysDown::NotAKeySet)?;
    Ok(Published { set, ttl: ttl(&answer.headers) })
}

/// `max-age` when it is shorter than the default, 0 for `no-store` and `no-cache` (RFC 9111 §5.2.2). Never longer: a longer
/// one would delay the moment a withdrawn key stops working.
fn ttl(headers: &HeaderMap) -> u64 {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    directives.flat_map(|value| value.split(',')).map(str::trim).fold(DEFAULT_TTL, |ttl, directive| {
        if directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache") {
            return 0;
        }
        match directive.split_once('=') {
            Some((name, age)) if name.trim().eq_ignore_ascii_case("max-age") => {
                age.trim().trim_matches('"').parse().map_or(ttl, |age: u64| age.min(ttl))
            }
            _ => ttl,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_can_shorten_the_lifetime_but_not_extend_it() {
        for (value, expected) in [
            ("", DEFAULT_TTL),
            ("public, max-age=600", 600),
            ("max-age=15", 15),
            ("Max-Age=\"20\"", 20),
            ("max-age=86400", DEFAULT_TTL),
            ("max-age=nonsense", DEFAULT_TTL),
            ("no-store", 0),
            ("public, no-cache, max-age=60", 0),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(value))]);
            assert_eq!(ttl(&headers), expected, "{value}");
        }
    }
}
