//! The only door out: what the outside gives us, as one small trait.
//!
//! Everything else in this crate is plain computation. A binding implements [`Host`] over its world's imports
//! (`wasi:http`, `wasi:clocks`, …); tests implement it over a script. No other module performs I/O or reads a clock.

#[cfg(test)]
pub(crate) mod memory;

use std::{future::Future, pin::Pin, time::Duration};

use http::{HeaderMap, HeaderValue, Method, header::HeaderName};

/// A boxed future that need not be `Send`: a component instance has one thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Seconds since 1970-01-01T00:00:00Z (the *NumericDate* of RFC 7519 §2).
pub type UnixTime = u64;

/// What the outside gives us.
pub trait Host {
    /// Sends one request and reads the whole answer, within the request's own limits. Redirects are not followed: a 3xx is an
    /// answer like any other.
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>>;

    /// The wall clock.
    fn now(&self) -> UnixTime;

    /// Time since some moment, by a clock that never goes back; `None` where there is no such clock.
    fn elapsed(&self) -> Option<Duration> {
        None
    }

    /// Fills `bytes` with randomness that is fit for keys and nonces.
    fn random(&self, bytes: &mut [u8]);

    /// Resolves after `duration`, or later.
    fn sleep<'a>(&'a self, duration: Duration) -> LocalFuture<'a, ()>;

    /// A key-value store that all instances share, if there is one.
    fn store(&self) -> Option<&dyn Store> {
        None
    }

    /// Writes one line to the operator's log. The line is a JSON object and holds no secret.
    fn log(&self, line: &str);
}

/// A key-value store that all instances share. What it forgets costs a user a sign-in; what it keeps is never a secret in clear.
/// No operation is asked of it that `wasi:keyvalue` lacks: no expiry, no compare-and-swap.
pub trait Store {
    /// The value of a key.
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>>;

    /// Sets the value of a key.
    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>>;

    /// Removes a key, if it is there.
    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>>;

    /// Adds to a counter, which starts from 0, and returns its new value, atomically: two callers never get the same.
    fn increment<'a>(&'a self, key: &'a str, delta: u64) -> LocalFuture<'a, Result<u64, StoreError>>;
}

/// The store does not answer. The text is for the operator's log, never for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key-value store failed: {0}")]
pub struct StoreError(pub String);

/// An outbound request. Its URL always comes from the configuration, never from a token or a client.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// Such as `GET`.
    pub method: Method,
    /// Absolute `https` URL, or `http` for a loopback host.
    pub url: &'a str,
    /// All headers but those the host adds itself (`Host`, `Content-Length`).
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty for none.
    pub body: &'a [u8],
    /// The answer's largest acceptable body, in bytes.
    pub max_bytes: usize,
    /// For the whole exchange.
    pub timeout: Duration,
}

/// An answer to [`Outgoing`].
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// HTTP status code.
    pub status: u16,
    /// Response headers.
    pub headers: HeaderMap,
    /// The body, at most [`Outgoing::max_bytes`] long.
    pub body: Vec<u8>,
}

/// Why there is no answer. The text is for the operator's log, never for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The connection failed, was refused by the host's allow-list, or broke.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// No complete answer within [`Outgoing::timeout`].
    #[error("no answer in time")]
    Timeout,
    /// The body is longer than [`Outgoing::max_bytes`].
    #[error("answer larger than the limit")]
    TooLarge,
}
