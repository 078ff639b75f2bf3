//! Requests and responses, as the bindings make and take them.

use std::time::Duration;

use http::{HeaderMap, header::CONTENT_LENGTH};

use super::Events;
use crate::host::LocalFuture;

/// The longest request body read, in bytes. JSON-RPC requests of real clients are a few kilobytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long the client may take to send it, once it is asked for. A host may have read it before; one that has not keeps an
/// instance waiting.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// A request whose body has not been read: nobody's body is read before they are let in.
pub type Request<'a> = http::Request<Box<dyn Incoming + 'a>>;

/// A response. It borrows from the [`Latch`](crate::Latch) while its body is still being made.
pub type Response<'a> = http::Response<Body<'a>>;

/// A request body.
pub trait Incoming {
    /// Reads all of it, or stops as soon as it is longer than `limit` bytes or has taken longer than [`BODY_TIMEOUT`].
    fn read<'a>(&'a mut self, limit: usize) -> LocalFuture<'a, Result<Vec<u8>, ReadError>>;
}

/// Why a request body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Longer than the limit.
    #[error("the body is too long")]
    TooLong,
    /// It did not come within [`BODY_TIMEOUT`].
    #[error("the body did not come in time")]
    Timeout,
    /// The client stopped sending.
    #[error("the body broke off")]
    Broken,
}

/// Reads a request's body, or nothing of it if its head says that it is too long.
pub(super) async fn read(headers: &HeaderMap, body: &mut (dyn Incoming + '_), limit: usize) -> Result<Vec<u8>, ReadError> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > limit as u64 => Err(ReadError::TooLong),
        _ => body.read(limit).await,
    }
}

/// A body at hand; what tests and simple bindings pass.
impl Incoming for Vec<u8> {
    fn read<'a>(&'a mut self, limit: usize) -> LocalFuture<'a, Result<Vec<u8>, ReadError>> {
        Box::pin(async move { if self.len() > limit { Err(ReadError::TooLong) } else { Ok(std::mem::take(self)) } })
    }
}

/// A response body.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Body<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// All of it at once.
    Full(Vec<u8>),
    /// The answer to a HEAD: there would be a body (RFC 9110 §9.3.2), so nothing is said about its length.
    Omitted,
    /// Event by event, while the work goes on. A binding sends each at once, and drops the body when the client has gone: that
    /// cancels the work.
    Events(Events<'a>),
}

impl Body<'_> {
    /// The bytes that are there already.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Empty | Self::Omitted | Self::Events(_) => &[],
            Self::Full(bytes) => bytes,
        }
    }
}
