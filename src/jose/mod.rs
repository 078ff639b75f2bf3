//! Compact JWS verification (RFC 7515) with keys of a JWK set (RFC 7517).
//!
//! This room knows bytes, keys and time, nothing of users or of HTTP. A token goes through it in one direction:
//!
//! ```text
//! bytes ──► Compact::parse ──► (claims that are not to be trusted yet)
//!                │
//!                └──► KeyStore::verify ──► the same claims, authentic
//! ```
//!
//! The one thing that signs here is `sign`, with ES256, for tokens of our own.
//!
//! Algorithms implement the `Algorithm` trait of [`jwt_compact`], verification only: their signing key is an uninhabited
//! type, so that "sign" cannot be called. The key decides the algorithm family; the header only has to agree with it
//! (RFC 8725 §3.1). Keys and signatures are public, so nothing here needs constant time except [`hs256`].
//!
//! Parsing is ours rather than `jwt_compact`'s because this verifier is stricter than a JWT library may be: duplicate
//! members, fractional dates, `b64`, `crit` and nested tokens are refused, each with its own [`Error::code`].

mod alg;
mod compact;
mod ecdsa;
mod eddsa;
mod error;
pub mod hs256;
mod jwks;
mod key;
mod rsa;
mod set;
mod sign;
mod store;

pub use alg::{Alg, UnknownAlg};
pub use compact::{Compact, Header, MAX_TOKEN_BYTES};
pub use error::{Error, KeysDown};
pub use key::{Key, KeyError};
pub use set::{KeySet, SetError, Skipped};
pub use sign::SigningKey;
pub use store::{COOL_DOWN, KeyStore, Locate, MAX_STALE, RETRY, Remote};

/// Decodes strict base64url without padding (RFC 7515 §2): no whitespace, no `=`, no `+` or `/`, no stray bits.
pub(crate) fn base64url(text: &str) -> Option<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).ok()
}
