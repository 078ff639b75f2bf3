//! UUIDs, as identity providers number users and tenants.

/// Whether text is 8-4-4-4-12 hexadecimal digits (RFC 9562 §4).
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
