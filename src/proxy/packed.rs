//! An upstream's code in little room.
//!
//! Ours is base64url around the upstream's, which mostly is base64url itself; Microsoft's has some 1,200 characters, and twice
//! encoded it would make URLs of more than 2,000. So its parts between dots are carried decoded, where that loses nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Set in a part's length if its bytes are decoded.
const DECODED: u16 = 0x8000;

/// `code` as bytes: each part after its length. `None` if a part is too long.
pub(super) fn pack(code: &str) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(code.len());
    for part in code.split('.') {
        // Only what comes out again as it was.
        let decoded = URL_SAFE_NO_PAD.decode(part).ok().filter(|bytes| !bytes.is_empty());
        let (bytes, flag) = decoded.as_deref().map_or((part.as_bytes(), 0), |bytes| (bytes, DECODED));
        let length = u16::try_from(bytes.len()).ok().filter(|length| *length < DECODED)?;
        packed.extend_from_slice(&(length | flag).to_be_bytes());
        packed.extend_from_slice(bytes);
    }
    Some(packed)
}

/// What was packed.
pub(super) fn unpack(mut packed: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    while !packed.is_empty() {
        let (head, rest) = packed.split_first_chunk::<2>()?;
        let head = u16::from_be_bytes(*head);
        let (bytes, rest) = rest.split_at_checked(usize::from(head & !DECODED))?;
        parts.push(match head & DECODED {
            0 => String::from_utf8(bytes.to_vec()).ok()?,
            _ => URL_SAFE_NO_PAD.encode(bytes),
        });
        packed = rest;
    }
    Some(parts.join("."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_of_microsoft_gets_shorter_by_a_quarter() {
        let code = format!("1.{}", "AXoA_v4j5cvGGr0-".repeat(75));
        assert_eq!(pack(&code).unwrap().len(), 2 + 1 + 2 + 900);
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_back(code in prop_oneof![any::<String>(), "[A-Za-z0-9_.-]{0,200}", "[A-Za-z0-9_/+=.-]{0,40}"]) {
            prop_assert_eq!(pack(&code).and_then(|packed| unpack(&packed)), Some(code));
        }

        #[test]
        fn nothing_that_is_unpacked_panics(bytes in any::<Vec<u8>>()) {
            let _ = unpack(&bytes);
        }
    }
}
