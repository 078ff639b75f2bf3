//! The compact serialization (RFC 7515 §7.1), taken apart without trusting any of it.

use serde_json::{Map, Value};

use super::{Error, base64url};
use crate::json::{JsonError, object};

/// The longest token looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A well-formed compact JWS. Its claims are **not** authentic until [`KeyStore::verify`](super::KeyStore::verify) says so.
#[derive(Debug, Clone)]
pub struct Compact<'a> {
    /// What the signature is over: the first two segments and the dot between them.
    pub signing_input: &'a [u8],
    /// The protected header.
    pub header: Header,
    /// The payload.
    pub claims: Map<String, Value>,
    /// The decoded third segment.
    pub signature: Vec<u8>,
}

/// What we read of a protected header. `jku`, `x5u`, `jwk` and `x5c` are not read: a token does not bring its own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`, as it stands there: possibly unknown, possibly `none`.
    pub alg: String,
    /// `kid`.
    pub kid: Option<String>,
    /// `typ`.
    pub typ: Option<String>,
    /// `cat`, by which Clerk tells its tokens apart.
    pub cat: Option<String>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart.
    pub fn parse(token: &'a str) -> Result<Self, Error> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::TooLarge);
        }
        let (signing_input, signature) = match token.bytes().filter(|&byte| byte == b'.').count() {
            2 => token.rsplit_once('.').ok_or(Error::Malformed)?,
            4 => return Err(Error::Encrypted),
            0 if !token.starts_with('{') => return Err(Error::Opaque),
            _ => return Err(Error::Malformed),
        };
        let (header, payload) = signing_input.split_once('.').ok_or(Error::Malformed)?;
        let header = base64url(header).ok_or(Error::Malformed)?;
        let payload = base64url(payload).ok_or(Error::Malformed)?;
        let signature = base64url(signature).ok_or(Error::Malformed)?;
        Ok(Self {
            signing_input: signing_input.as_bytes(),
            header: Header::parse(&header)?,
            claims: object(&payload).map_err(|error| strict(error, Error::Payload))?,
            signature,
        })
    }
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, Error> {
        let mut members = object(json).map_err(|error| strict(error, Error::Header))?;
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(Error::Critical);
        }
        let nested = |cty: &Value| {
            cty.as_str().is_none_or(|cty| cty.eq_ignore_ascii_case("JWT") || cty.eq_ignore_ascii_case("application/jwt"))
        };
        if members.contains_key("zip") || members.contains_key("enc") || members.get("cty").is_some_and(nested) {
            return Err(Error::Nested);
        }
        let cat = members.get("cat").and_then(Value::as_str).map(str::to_owned);
        let mut text = |name| match members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::Header),
        };
        Ok(Self { alg: text("alg")?.ok_or(Error::Header)?, kid: text("kid")?, typ: text("typ")?, cat })
    }
}

fn strict(error: JsonError, otherwise: Error) -> Error {
    match error {
        JsonError::Duplicate => Error::Duplicate,
        _ => otherwise,
    }
}
