//! One verification key: a JWK (RFC 7517) that proved usable.

use std::{fmt, marker::PhantomData};

use jwt_compact::{
    Algorithm, AlgorithmSignature,
    alg::{Hs256, Hs256Key},
};
use serde_json::{Map, Value};
use sha2::{Sha256, Sha384, Sha512};

use super::{
    Alg, base64url,
    ecdsa::{self, Es256, Es512},
    eddsa::{self, Ed25519},
    hs256,
    rsa::{self, Pkcs1, Psa},
};
use crate::secret::Secret;

/// A key and what it may be used for.
#[derive(Clone)]
pub struct Key {
    kid: Option<String>,
    /// The JWK's own `alg`: the only algorithm the key is for.
    alg: Option<Alg>,
    material: Material,
}

/// Key bytes, parsed. The variant fixes the algorithm family.
#[derive(Clone)]
enum Material {
    Rsa(Box<::rsa::RsaPublicKey>),
    P256(p256::ecdsa::VerifyingKey),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Ed25519(ed25519_dalek::VerifyingKey),
    Hmac(Hs256Key),
}

/// The private members of asymmetric keys (RFC 7518 §6.2.2, §6.3.2): each of them alone gives the key away.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Why a JWK is not usable. It is skipped; its neighbours in the set are not affected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// `use` is not `sig`, or `key_ops` lacks `verify`.
    #[error("not for checking signatures (`use` or `key_ops`)")]
    Use,
    /// A key type, curve or algorithm we do not know.
    #[error("of an unsupported kind (`kty`, `crv` or `alg`)")]
    Kind,
    /// A symmetric key: whoever can read the set could sign with it.
    #[error("symmetric, in a public key set")]
    Symmetric,
    /// A private member: whoever can read the set could sign with it.
    #[error("published with its private part")]
    Private,
    /// A required member is missing or not strict base64url, or a member has the wrong JSON type.
    #[error("malformed (member `{0}`)")]
    Member(&'static str),
    /// Not a point of the curve, or one of small order.
    #[error("not a point of its curve")]
    Point,
    /// An RSA key out of bounds.
    #[error("an RSA key out of bounds: {0}")]
    Rsa(&'static str),
}

impl Key {
    /// Reads one JWK of a published set.
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        if text(jwk, "use")?.is_some_and(|usage| usage != "sig") || !may_verify(jwk)? {
            return Err(KeyError::Use);
        }
        let kty = text(jwk, "kty")?.ok_or(KeyError::Member("kty"))?;
        if kty == "oct" {
            return Err(KeyError::Symmetric);
        }
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyError::Private);
        }
        let material = match (kty, text(jwk, "crv")?) {
            ("RSA", _) => Material::Rsa(Box::new(rsa::public_key(&bytes(jwk, "n")?, &bytes(jwk, "e")?)?)),
            ("EC", Some("P-256")) => Material::P256(ecdsa::p256_key(&bytes(jwk, "x")?, &bytes(jwk, "y")?)?),
            ("EC", Some("P-521")) => Material::P521(Box::new(ecdsa::p521_key(&bytes(jwk, "x")?, &bytes(jwk, "y")?)?)),
            ("OKP", Some("Ed25519")) => Material::Ed25519(eddsa::public_key(&bytes(jwk, "x")?)?),
            _ => return Err(KeyError::Kind),
        };
        let alg = match text(jwk, "alg")? {
            None => None,
            // RFC 9864 gives the curve its own name; tokens of such issuers still say EdDSA.
            Some("Ed25519") => Some(Alg::EdDsa),
            Some(name) => Some(name.parse().map_err(|_| KeyError::Kind)?),
        };
        let key = Self { kid: text(jwk, "kid")?.map(str::to_owned), alg: None, material };
        match alg {
            Some(alg) if !key.fits(alg) => Err(KeyError::Kind),
            alg => Ok(Self { alg, ..key }),
        }
    }

    /// A legacy Supabase project's secret, for HS256 and nothing else. `None` if it is shorter than 32 bytes.
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        Some(Self { kid: None, alg: Some(Alg::Hs256), material: Material::Hmac(hs256::key(secret)?) })
    }

    /// The key's identifier.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the key is of the kind `alg` needs, and not declared for another algorithm.
    pub fn fits(&self, alg: Alg) -> bool {
        let family = match self.material {
            Material::Rsa(_) => matches!(alg, Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512),
            Material::P256(_) => alg == Alg::Es256,
            Material::P521(_) => alg == Alg::Es512,
            Material::Ed25519(_) => alg == Alg::EdDsa,
            Material::Hmac(_) => alg == Alg::Hs256,
        };
        family && self.alg.is_none_or(|only| only == alg)
    }

    /// Checks a signature. `false` also when the key does not [fit](Self::fits) the algorithm.
    pub fn verify(&self, alg: Alg, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(alg) {
            return false;
        }
        match (&self.material, alg) {
            (Material::Rsa(key), Alg::Rs256) => check(&Pkcs1(alg, PhantomData::<Sha256>), key, message, signature),
            (Material::Rsa(key), Alg::Rs384) => check(&Pkcs1(alg, PhantomData::<Sha384>), key, message, signature),
            (Material::Rsa(key), Alg::Rs512) => check(&Pkcs1(alg, PhantomData::<Sha512>), key, message, signature),
            (Material::Rsa(key), Alg::Ps256) => check(&Psa(alg, PhantomData::<Sha256>), key, message, signature),
            (Material::Rsa(key), Alg::Ps384) => check(&Psa(alg, PhantomData::<Sha384>), key, message, signature),
            (Material::Rsa(key), Alg::Ps512) => check(&Psa(alg, PhantomData::<Sha512>), key, message, signature),
            (Material::P256(key), Alg::Es256) => check(&Es256, key, message, signature),
            (Material::P521(key), Alg::Es512) => check(&Es512, key, message, signature),
            (Material::Ed25519(key), Alg::EdDsa) => check(&Ed25519, key, message, signature),
            (Material::Hmac(key), Alg::Hs256) => check(&Hs256, key, message, signature),
            _ => false,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.material {
            Material::Rsa(_) => "RSA",
            Material::P256(_) => "P-256",
            Material::P521(_) => "P-521",
            Material::Ed25519(_) => "Ed25519",
            Material::Hmac(_) => "HMAC",
        };
        f.debug_struct("Key").field("kid", &self.kid).field("alg", &self.alg).field("kind", &kind).finish_non_exhaustive()
    }
}

fn check<A: Algorithm>(algorithm: &A, key: &A::VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    A::Signature::LENGTH.is_none_or(|length| length.get() == signature.len())
        && A::Signature::try_from_slice(signature).is_ok_and(|signature| algorithm.verify_signature(&signature, key, message))
}

fn may_verify(jwk: &Map<String, Value>) -> Result<bool, KeyError> {
    match jwk.get("key_ops") {
        None => Ok(true),
        Some(Value::Array(operations)) => Ok(operations.iter().any(|operation| operation == "verify")),
        Some(_) => Err(KeyError::Member("key_ops")),
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, KeyError> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyError::Member(name)),
    }
}

fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    text(jwk, name)?.and_then(base64url).ok_or(KeyError::Member(name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// RFC 7515 A.1 and RFC 7520 §4.4. Their secrets are not text, so no configured secret can be one of them.
    #[test]
    fn the_hs256_examples_of_the_rfcs_verify() {
        let joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let frodo = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9h\
            ZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG\
            9mZiB0by4";
        let examples = [
            (
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
                format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{joe}"),
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            ),
            (
                "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
                format!("eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.{frodo}"),
                "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
            ),
        ];
        for (secret, input, mac) in examples {
            let material = Material::Hmac(Hs256Key::new(base64url(secret).unwrap()));
            let key = Key { kid: None, alg: Some(Alg::Hs256), material };
            let mut mac = base64url(mac).unwrap();
            assert!(key.verify(Alg::Hs256, input.as_bytes(), &mac), "{input}");
            assert!(!key.verify(Alg::Hs256, input.as_bytes(), &mac[..31]), "{input}, truncated");
            assert!(!key.verify(Alg::Hs256, input.as_bytes(), &[]), "{input}, empty");
            for other in Alg::ALL.into_iter().filter(|alg| *alg != Alg::Hs256) {
                assert!(!key.verify(other, input.as_bytes(), &mac), "{input} as {other}");
            }
            mac[31] ^= 1;
            assert!(!key.verify(Alg::Hs256, input.as_bytes(), &mac), "{input}, a bit of the MAC");
        }
    }

    #[test]
    fn debug_does_not_print_the_secret() {
        let key = Key::from_secret(&Secret::new("super-secret-jwt-token-with-at-least-32-characters")).unwrap();
        assert_eq!(format!("{key:?}"), r#"Key { kid: None, alg: Some(Hs256), kind: "HMAC", .. }"#);
    }
}
