//! How a client proves itself at the token endpoint (RFC 6749 §2.3.1): by one method, never by two at once.

use base64::{Engine as _, alphabet, engine};
use http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest as _, Sha256};

use super::super::Form;

/// SHA-256 of a secret. Secrets themselves are not kept.
pub(super) type Digest = [u8; 32];

/// Base64 with or without padding.
const LENIENT: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::STANDARD,
    engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
);

/// Identifier and secret.
type Credentials = (String, Option<String>);

/// The ways to read a request's credentials; none if they contradict each other. `Basic` can be read in two: with its parts
/// form-encoded, as the RFC says, and as they are, as many clients send them. Whoever guesses a secret gains nothing by that.
pub(super) fn readings(headers: &HeaderMap, form: &Form) -> Vec<Credentials> {
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let mut values = headers.get_all(AUTHORIZATION).iter();
    // We have no key of any client to check an assertion with.
    if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
        return Vec::new();
    }
    let Some(value) = values.next() else {
        let credentials = id.map(|id| (id.to_owned(), secret.map(str::to_owned)));
        return credentials.into_iter().collect();
    };
    let pair = value.to_str().ok().and_then(basic).filter(|_| values.next().is_none() && secret.is_none());
    let Some((user, password)) = pair else { return Vec::new() };
    let read = |decode: &dyn Fn(&str) -> Option<String>| Some((decode(&user)?, decode(&password)?));
    [read(&form_decoded), read(&|text| Some(text.to_owned()))]
        .into_iter()
        .flatten()
        .filter(|(user, _)| id.is_none_or(|id| id == user))
        // No password is no secret, as an empty parameter is none.
        .map(|(user, password)| (user, Some(password).filter(|password| !password.is_empty())))
        .collect()
}

fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = LENIENT.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

/// The digest of a secret.
pub(super) fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// A digest as it is written: base64url of 32 bytes.
pub(super) fn digest_from(text: &str) -> Option<Digest> {
    let bytes = engine::general_purpose::URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    bytes.try_into().ok()
}

/// Compares in a time that says nothing of either: of digests, and without an early end.
pub(super) fn matches(expected: &Digest, secret: &str) -> bool {
    let difference = expected.iter().zip(digest(secret)).fold(0, |difference, (one, other)| difference | (one ^ other));
    std::hint::black_box(difference) == 0
}
