//! A JWK set (RFC 7517 §5): the usable keys of an issuer.

use serde_json::Value;

use super::{Alg, Compact, Error, Key, KeyError};
use crate::json::object;

/// Most keys taken from one set. Real issuers publish one to five; a bound keeps one token from costing many checks.
const MAX_KEYS: usize = 100;

/// Keys, and what was skipped on the way.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    /// Entries that are not usable, for the operator's log.
    pub skipped: Vec<Skipped>,
    /// Whether the document listed no keys at all: how an HS256 Supabase project looks.
    pub empty: bool,
}

/// An entry of a set that is not usable, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its `kid`, if it has one.
    pub kid: Option<String>,
    /// Why.
    pub reason: KeyError,
}

/// The document is not a JWK set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JWK set: a JSON object with an array `keys`")]
pub struct SetError;

impl KeySet {
    /// Reads a JWK set. Unusable entries are skipped, never fatal.
    pub fn parse(json: &[u8]) -> Result<Self, SetError> {
        let document = object(json).map_err(|_| SetError)?;
        let Some(Value::Array(entries)) = document.get("keys") else { return Err(SetError) };
        let mut set = Self { empty: entries.is_empty(), ..Self::default() };
        for entry in entries.iter().take(MAX_KEYS) {
            match entry.as_object().ok_or(KeyError::Member("kty")).and_then(Key::from_jwk) {
                Ok(key) => set.keys.push(key),
                Err(reason) => {
                    let kid = entry.get("kid").and_then(Value::as_str).map(str::to_owned);
                    set.skipped.push(Skipped { kid, reason });
                }
            }
        }
        Ok(set)
    }

    /// A set of one key.
    pub fn of(key: Key) -> Self {
        Self { keys: vec![key], ..Self::default() }
    }

    /// The usable keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Checks a token's signature against the keys of its `kid`; without a `kid`, against the one key that fits.
    pub fn verify(&self, token: &Compact<'_>, alg: Alg) -> Result<(), Error> {
        let named: Vec<&Key> = match token.header.kid.as_deref() {
            Some(kid) => self.keys.iter().filter(|key| key.kid() == Some(kid)).collect(),
            None => self.keys.iter().filter(|key| key.fits(alg)).collect(),
        };
        if named.is_empty() || (token.header.kid.is_none() && named.len() > 1) {
            return Err(if self.empty { Error::KeySetEmpty } else { Error::KidUnknown });
        }
        if !named.iter().any(|key| key.fits(alg)) {
            return Err(Error::KeyMismatch);
        }
        // RFC 7517 §4.5 lets keys of different kinds share a `kid`, so more than one may fit.
        let matches = named.iter().any(|key| key.verify(alg, token.signing_input, &token.signature));
        if matches { Ok(()) } else { Err(Error::BadSignature) }
    }
}
