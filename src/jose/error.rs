//! Why a token did not verify.

use crate::host::FetchError;

/// A token that is not authentic, or whose authenticity cannot be decided now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than [`MAX_TOKEN_BYTES`](super::MAX_TOKEN_BYTES).
    #[error("the token is longer than 16 KiB")]
    TooLarge,
    /// No dots at all: an opaque token, which only its issuer can read.
    #[error("the token is opaque, not a JWT")]
    Opaque,
    /// Five segments: a JWE (RFC 7516).
    #[error("the token is encrypted (a five-part JWE)")]
    Encrypted,
    /// Not three segments, or a segment is not strict base64url, or the JWS JSON serialization.
    #[error("the token is not a compact JWS")]
    Malformed,
    /// The header is not a JSON object with a string `alg`.
    #[error("the token's header is not valid")]
    Header,
    /// The payload is not a JSON object.
    #[error("the token's payload is not a JSON object")]
    Payload,
    /// A member occurs twice in the header or the payload.
    #[error("the token has a duplicate JSON member")]
    Duplicate,
    /// `crit` or `b64` is present: an extension we would have to understand (RFC 7515 §4.1.11, RFC 7797).
    #[error("the token's header demands an extension (`crit` or `b64`)")]
    Critical,
    /// `zip`, `enc` or `cty: JWT`: compressed, encrypted or nested.
    #[error("the token is compressed or nested")]
    Nested,
    /// `alg` is not on the allow-list. `none` never is.
    #[error("the token's algorithm is not allowed")]
    AlgNotAllowed,
    /// The configured keys hold no usable key under this `kid` (or, without `kid`, not exactly one).
    #[error("no key for the token's `kid`")]
    KidUnknown,
    /// The issuer publishes an empty key set: a Supabase project that still signs with HS256 does that.
    #[error("the issuer's key set is empty; a Supabase project that signs with the legacy HS256 secret publishes no keys")]
    KeySetEmpty,
    /// The key of that `kid` is of another kind than `alg` needs, or is declared for another `alg`.
    #[error("the key of the token's `kid` is not for the token's algorithm")]
    KeyMismatch,
    /// The signature does not match.
    #[error("the signature does not match")]
    BadSignature,
    /// Not decidable: no keys, and the issuer does not hand them out now.
    #[error("the issuer's keys are unavailable: {0}")]
    KeysDown(KeysDown),
}

/// The key server failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysDown {
    /// No answer.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// It is not known where they are.
    #[error("where they are is not known: {0}")]
    NotFound(String),
    /// An answer that is no key set: its HTTP status.
    #[error("HTTP status {0}")]
    Status(u16),
    /// Status 200 with something else than a JWK set.
    #[error("the answer is not a JWK set")]
    NotAKeySet,
}

impl Error {
    /// The stable reason code for the log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "token_too_large",
            Self::Opaque => "opaque_token",
            Self::Encrypted => "encrypted_token",
            Self::Malformed => "malformed_token",
            Self::Header => "malformed_header",
            Self::Payload => "malformed_payload",
            Self::Duplicate => "duplicate_member",
            Self::Critical => "critical_header",
            Self::Nested => "nested_token",
            Self::AlgNotAllowed => "alg_not_allowed",
            Self::KidUnknown => "kid_unknown",
            Self::KeySetEmpty => "key_set_empty",
            Self::KeyMismatch => "key_mismatch",
            Self::BadSignature => "bad_signature",
            Self::KeysDown(_) => "keys_unavailable",
        }
    }
}
