//! Names in the store.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The key of something of a kind: `latch:` kind `:` hash.
pub(super) fn key(kind: &str, name: &str) -> String {
    hashed(kind, &hash(name))
}

/// As [`key`], when the name is hashed already.
pub(super) fn hashed(kind: &str, hash: &str) -> String {
    format!("latch:{kind}:{hash}")
}

/// 128 bits of SHA-256, in hexadecimal. Whatever a name consists of, every store takes this; and it does not tell the name.
pub(super) fn hash(name: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Sha256::digest(name).iter().take(16) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
