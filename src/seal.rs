//! Sealed values: what we give to a client to bring back, unread and unchanged.
//!
//! ```text
//! base64url( version 1 ‖ key id 4 ‖ expiry 8 ‖ nonce 24 ‖ XChaCha20-Poly1305(content) )
//!            └──────────── associated data, with purpose and binding ───┘
//! ```
//!
//! A sealed value is opened only for the purpose it was sealed for, which is a type, and only with the same binding, such as
//! the user it was made for. XChaCha20-Poly1305: its nonce is long enough to be drawn at random in every instance, and it is
//! fast without special instructions. The key ring is `[current, previous…]`: the first seals, all of them open.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::host::{Host, UnixTime};

/// What a sealed value is for. Two purposes never open each other's values.
pub trait Purpose {
    /// A name that is never used for anything else.
    const NAME: &'static str;
    /// What is sealed.
    type Content: Serialize + DeserializeOwned;

    /// The content as bytes: JSON, if nothing shorter is said.
    fn write(content: &Self::Content) -> Option<Vec<u8>> {
        serde_json::to_vec(content).ok()
    }

    /// The content of bytes that [`write`](Self::write) made.
    fn read(bytes: &[u8]) -> Option<Self::Content> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Keys in the order of a configuration: the current one, then those before it.
#[derive(Clone)]
pub struct Ring {
    current: Key,
    previous: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: [u8; ID],
    cipher: XChaCha20Poly1305,
}

/// Why a value was not opened. One answer to all of them: whoever made it up learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// Not one of ours, for another purpose or binding, or changed.
    #[error("the value was not sealed here, or not for this")]
    Foreign,
    /// Past its time.
    #[error("the value has expired")]
    Expired,
}

/// Why a ring cannot be made. Says nothing of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key at all.
    #[error("there is no key")]
    Empty,
    /// Not base64url of 32 bytes; the position, from 1.
    #[error("key {0} is not 32 bytes in base64url")]
    Malformed(usize),
    /// The same key twice.
    #[error("key {0} is there twice")]
    Repeated(usize),
    /// More than [`MAX_KEYS`].
    #[error("there are more than {MAX_KEYS} keys")]
    TooMany,
}

/// Most keys of a ring.
pub const MAX_KEYS: usize = 8;
/// Longest sealed value that is looked at, in bytes.
const MAX_TEXT: usize = 64 * 1024;
const VERSION: u8 = 1;
const ID: usize = 4;
const HEAD: usize = 1 + ID + 8;
const NONCE: usize = 24;

impl Ring {
    /// Reads keys separated by commas or white space, the current one first; each 32 bytes in base64url without padding.
    ///
    /// # Errors
    /// The first key that is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<Key> = Vec::new();
        let texts = text.split(|char: char| char == ',' || char.is_ascii_whitespace()).filter(|text| !text.is_empty());
        for (index, text) in texts.enumerate() {
            let number = index + 1;
            let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| KeyError::Malformed(number))?;
            let key = Key::new(&bytes).ok_or(KeyError::Malformed(number))?;
            match keys.iter().any(|other| other.id == key.id) {
                true => return Err(KeyError::Repeated(number)),
                false if keys.len() == MAX_KEYS => return Err(KeyError::TooMany),
                false => keys.push(key),
            }
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(KeyError::Empty)?;
        Ok(Self { current, previous: keys.collect() })
    }

    /// Seals `content` until `expires`. Whoever opens it must bring the same `binding`.
    pub fn seal<P: Purpose>(&self, host: &dyn Host, content: &P::Content, expires: UnixTime, binding: &[u8]) -> Option<String> {
        let mut nonce = [0; NONCE];
        host.random(&mut nonce);
        let mut sealed = Vec::with_capacity(256);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(&expires.to_be_bytes());
        let aad = associated::<P>(&sealed, binding);
        let plain = P::write(content)?;
        let secret = self.current.cipher.encrypt(&nonce.into(), Payload { msg: &plain, aad: &aad }).ok()?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&secret);
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed for the same purpose and binding.
    ///
    /// # Errors
    /// It was not, or its time is over.
    pub fn open<P: Purpose>(&self, text: &str, now: UnixTime, binding: &[u8]) -> Result<P::Content, Unsealed> {
        if text.len() > MAX_TEXT {
            return Err(Unsealed::Foreign);
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unsealed::Foreign)?;
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or(Unsealed::Foreign)?;
        let (nonce, secret) = rest.split_at_checked(NONCE).ok_or(Unsealed::Foreign)?;
        let (version_and_id, &expires) = head.split_last_chunk::<8>().ok_or(Unsealed::Foreign)?;
        let (&version, id) = version_and_id.split_first().ok_or(Unsealed::Foreign)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Unsealed::Foreign)?;
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        let key = keys.find(|key| version == VERSION && key.id == id).ok_or(Unsealed::Foreign)?;
        let aad = associated::<P>(head, binding);
        let plain = key.cipher.decrypt(&nonce.into(), Payload { msg: secret, aad: &aad }).map_err(|_| Unsealed::Foreign)?;
        // Only now the expiry is known to be ours.
        if now >= UnixTime::from_be_bytes(expires) {
            return Err(Unsealed::Expired);
        }
        P::read(&plain).ok_or(Unsealed::Foreign)
    }
}

impl Key {
    fn new(bytes: &[u8]) -> Option<Self> {
        let cipher = XChaCha20Poly1305::new_from_slice(bytes).ok()?;
        let digest = Sha256::new().chain_update(b"mcp-latch key id\0").chain_update(bytes).finalize();
        Some(Self { id: digest.first_chunk().copied()?, cipher })
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Ring({} keys)", 1 + self.previous.len())
    }
}

/// Lengths stand before what they measure, so that no two inputs read the same.
fn associated<P: Purpose>(head: &[u8], binding: &[u8]) -> Vec<u8> {
    let mut data = head.to_vec();
    for part in [P::NAME.as_bytes(), binding] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[cfg(test)]
mod tests;
