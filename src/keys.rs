//! `LATCH_KEYS`: the secrets of an endpoint, in one value.
//!
//! ```text
//! seal=CURRENT,PREVIOUS;client=CURRENT;sign=CURRENT
//! ```
//!
//! Three rings that never share a key, so that rotating one touches nothing else:
//!
//! | ring | for |
//! |---|---|
//! | `seal` | what clients carry for us and bring back within hours or days |
//! | `client` | client registrations, which live for as long as their key is listed |
//! | `sign` | tokens that others verify (P-256) |
//!
//! Each key is 32 random bytes in base64url without padding; the first of a ring is used, those after it are still accepted.
//! `latch keys new` prints such a value, `latch keys rotate` a successor that still opens what the last ones sealed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    jose::SigningKey,
    seal::{KeyError, MAX_KEYS, Ring},
    secret::Secret,
};

const RINGS: [&str; 3] = ["seal", "client", "sign"];
/// Keys that a rotation keeps, besides the new one: what they seal lives for days at most.
const KEPT: usize = 2;
/// The same for the ring `client`: a registration lives for as long as its key is listed.
const KEPT_CLIENTS: usize = MAX_KEYS - 1;

/// The rings of an endpoint.
#[derive(Debug, Clone)]
pub struct Keys {
    seal: Ring,
    client: Ring,
    sign: Vec<Secret>,
}

/// Why a value is not one of ours. Says nothing of the keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A part is not of the form `ring=key,key`.
    #[error("part {0} is not written ring=key,key")]
    Part(usize),
    /// There is no such ring.
    #[error("part {0} names none of the rings seal, client, sign")]
    Unknown(usize),
    /// A ring is there twice.
    #[error("the ring {0} is there twice")]
    Twice(&'static str),
    /// A ring is missing.
    #[error("the ring {0} is missing")]
    Missing(&'static str),
    /// A ring's keys are wrong.
    #[error("in the ring {0}, {1}")]
    Ring(&'static str, KeyError),
    /// Two rings share a key.
    #[error("the rings {0} and {1} share a key")]
    Shared(&'static str, &'static str),
}

impl Keys {
    /// Reads the value of `LATCH_KEYS`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let [seal, client, sign] = rings(text)?;
        let ring = |name: &'static str, keys: &[&str]| Ring::parse(&keys.join(",")).map_err(|error| KeysError::Ring(name, error));
        // Read as a ring too, so that a mistake is told now.
        ring(RINGS[2], &sign)?;
        let parsed = Self {
            seal: ring(RINGS[0], &seal)?,
            client: ring(RINGS[1], &client)?,
            sign: sign.iter().map(|key| Secret::new(*key)).collect(),
        };
        let bytes = |key: &&str| URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')).unwrap_or_default();
        for (one, other, first, second) in
            [(RINGS[0], RINGS[1], &seal, &client), (RINGS[0], RINGS[2], &seal, &sign), (RINGS[1], RINGS[2], &client, &sign)]
        {
            if first.iter().any(|key| second.iter().any(|found| bytes(found) == bytes(key))) {
                return Err(KeysError::Shared(one, other));
            }
        }
        Ok(parsed)
    }

    /// Seals what clients carry.
    pub const fn seal(&self) -> &Ring {
        &self.seal
    }

    /// Seals client registrations.
    pub const fn client(&self) -> &Ring {
        &self.client
    }

    /// The key that signs.
    pub(crate) fn sign(&self) -> Option<SigningKey> {
        self.sign.first().and_then(|key| SigningKey::parse(key.expose()))
    }

    /// The public keys of the ring `sign`, a JWK set: the current one, and those before it.
    pub(crate) fn published(&self) -> Value {
        let keys = self.sign.iter().filter_map(|key| SigningKey::parse(key.expose()));
        json!({ "keys": keys.map(|key| key.public()).collect::<Vec<_>>() })
    }

    /// A new value. `random` fills 32 bytes.
    pub fn generate(random: impl FnMut(&mut [u8; 32])) -> Secret {
        written(Default::default(), random)
    }

    /// A value with new keys in front and the last ones behind them, for a configuration that still knows what was sealed before.
    ///
    /// # Errors
    /// `text` is no value of ours.
    pub fn rotate(text: &str, random: impl FnMut(&mut [u8; 32])) -> Result<Secret, KeysError> {
        Self::parse(text)?;
        Ok(written(rings(text)?, random))
    }
}

/// The keys of each ring, as they are written.
fn rings(text: &str) -> Result<[Vec<&str>; 3], KeysError> {
    let mut rings: [Vec<&str>; 3] = Default::default();
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    for (index, part) in parts.enumerate() {
        let number = index + 1;
        let (name, keys) = part.split_once('=').ok_or(KeysError::Part(number))?;
        let place = RINGS.iter().position(|ring| *ring == name.trim()).ok_or(KeysError::Unknown(number))?;
        let (Some(ring), Some(name)) = (rings.get_mut(place), RINGS.get(place)) else { continue };
        if !ring.is_empty() {
            return Err(KeysError::Twice(name));
        }
        *ring = keys.split(|char: char| char == ',' || char.is_ascii_whitespace()).filter(|key| !key.is_empty()).collect();
    }
    match RINGS.iter().zip(&rings).find(|(_, ring)| ring.is_empty()) {
        Some((name, _)) => Err(KeysError::Missing(name)),
        None => Ok(rings),
    }
}

fn written(old: [Vec<&str>; 3], mut random: impl FnMut(&mut [u8; 32])) -> Secret {
    let rings = RINGS.iter().zip(old).map(|(name, old)| {
        let mut key = [0; 32];
        random(&mut key);
        // A P-256 private key is a number between 0 and the order; all but 1 in 2^32 draws are.
        while *name == "sign" && p256::SecretKey::from_slice(&key).is_err() {
            random(&mut key);
        }
        let new = URL_SAFE_NO_PAD.encode(key);
        let kept = if *name == "client" { KEPT_CLIENTS } else { KEPT };
        let keys: Vec<&str> = std::iter::once(new.as_str()).chain(old.into_iter().take(kept)).collect();
        format!("{name}={}", keys.join(","))
    });
    Secret::new(rings.collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8; 32]) {
        let mut count = 0;
        move |bytes| {
            count += 1;
            bytes.fill(count);
        }
    }

    #[test]
    fn a_new_value_is_read_and_rotates() {
        let first = Keys::generate(counting());
        assert!(Keys::parse(first.expose()).is_ok());
        let mut draw = 100;
        let mut value = first.expose().to_owned();
        for keys in [2, 3, 3] {
            let random = |bytes: &mut [u8; 32]| {
                draw += 1;
                bytes.fill(draw);
            };
            let next = Keys::rotate(&value, random).unwrap().expose().to_owned();
            assert_eq!(next.split(';').next().unwrap().split(',').count(), keys);
            assert!(Keys::parse(&next).is_ok());
            value = next;
        }
    }

    #[test]
    fn a_signing_key_that_is_none_is_drawn_again() {
        let mut draws = 0;
        let value = Keys::generate(|bytes| {
            draws += 1;
            // The third draw, of the signing key, is above the order of the curve.
            bytes.fill(if draws == 3 { 0xff } else { draws });
        });
        assert_eq!(draws, 4);
        assert!(Keys::parse(value.expose()).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_keys() {
        let key = |byte: u8| URL_SAFE_NO_PAD.encode([byte; 32]);
        let (a, b, c) = (key(1), key(2), key(3));
        for (text, expected) in [
            (String::new(), KeysError::Missing("seal")),
            (a.clone(), KeysError::Part(1)),
            (format!("seal={a};key={b}"), KeysError::Unknown(2)),
            (format!("seal={a};client={b}"), KeysError::Missing("sign")),
            (format!("seal={a};seal={b};client={b};sign={c}"), KeysError::Twice("seal")),
            (format!("seal={a};client=short;sign={c}"), KeysError::Ring("client", KeyError::Malformed(1))),
            (format!("seal={a},{a};client={b};sign={c}"), KeysError::Ring("seal", KeyError::Repeated(2))),
            (format!("seal={a};client={b},{a};sign={c}"), KeysError::Shared("seal", "client")),
            (format!("seal={a} {b};client={b};sign={c}"), KeysError::Shared("seal", "client")),
            (format!("seal=,;client={b};sign={c}"), KeysError::Missing("seal")),
        ] {
            assert_eq!(Keys::parse(&text).unwrap_err(), expected, "{text}");
            assert!(!expected.to_string().contains(&a[..8]));
        }
        assert!(Keys::parse(&format!("seal={a},;client={b},;sign={c}")).is_ok());
        assert!(Keys::parse(&format!(" seal = {a}, {b} ; client={c};\nsign={}; ", key(4))).is_ok());
    }
}
