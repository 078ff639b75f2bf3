//! Unguessable strings.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::rand_core::{Rng as _, UnwrapErr};

/// `N` random bytes from the operating system.
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A machine without randomness cannot sign anybody in; the panic ends one request.
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
    bytes
}

/// 128 bits in 22 characters that need no escaping anywhere.
pub(super) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// A version 4 UUID (RFC 9562 §5.4).
pub(super) fn uuid() -> String {
    let mut bytes = bytes::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_looks_like_one() {
        let uuid = super::uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(uuid, super::uuid());
    }
}
