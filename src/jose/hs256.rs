//! `HS256`, for Supabase projects that still sign with their legacy JWT secret.
//!
//! The algorithm itself is [`jwt_compact::alg::Hs256`], which compares in constant time. The key comes from the
//! configuration only; a downloaded `oct` key is never used.

use jwt_compact::alg::Hs256Key;

use crate::secret::Secret;

/// Shortest secret, in bytes: as long as the hash (RFC 7518 §3.2).
pub const MIN_SECRET_BYTES: usize = 32;

/// Makes a key of a project's JWT secret, whose bytes are used as they are. `None` if it is too short to be safe.
pub(super) fn key(secret: &Secret) -> Option<Hs256Key> {
    let bytes = secret.expose().as_bytes();
    (bytes.len() >= MIN_SECRET_BYTES).then(|| Hs256Key::new(bytes))
}
