//! Signing with ES256: the tokens we issue, and our client's assertions at an upstream. The nonce is that of RFC 6979, so a
//! signature needs no randomness.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey as P256, signature::Signer as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::base64url;

/// A P-256 private key.
#[derive(Clone)]
pub struct SigningKey {
    key: P256,
    /// The public key, as RFC 7518 §6.2 writes it.
    x: String,
    y: String,
    kid: String,
}

impl SigningKey {
    /// Reads 32 bytes in base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let key = P256::from_slice(&base64url(text.trim_end_matches('='))?).ok()?;
        let point = key.verifying_key().to_sec1_point(false);
        let (x, y) = (URL_SAFE_NO_PAD.encode(point.x()?), URL_SAFE_NO_PAD.encode(point.y()?));
        // The thumbprint of RFC 7638: members in alphabetical order, no white space.
        let kid = Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        Some(Self { key, kid: URL_SAFE_NO_PAD.encode(kid), x, y })
    }

    /// Reads a private JWK (RFC 7518 §6.2.2); its own `kid` stays.
    pub(crate) fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("kty") != Some("EC") || text("crv") != Some("P-256") {
            return None;
        }
        let key = Self::parse(text("d")?)?;
        let is_whole = text("x").is_none_or(|x| x == key.x) && text("y").is_none_or(|y| y == key.y);
        let kid = text("kid").map_or_else(|| key.kid.clone(), str::to_owned);
        is_whole.then_some(Self { kid, ..key })
    }

    /// The public JWK.
    pub(crate) fn public(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": self.x, "y": self.y })
    }

    /// Signs claims as a token of a type, such as `at+jwt`.
    pub(crate) fn sign(&self, typ: &str, claims: &Map<String, Value>) -> String {
        let header = json!({ "alg": "ES256", "typ": typ, "kid": self.kid });
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let claims = serde_json::to_string(claims).unwrap_or_default();
        let input = format!("{}.{}", part(header.to_string()), part(claims));
        let signature: Signature = self.key.sign(input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{
        jose::{Compact, KeySet},
        json::object,
    };

    /// RFC 7515 A.3.1.
    const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

    #[test]
    fn what_is_signed_verifies_under_the_public_key() {
        let key = SigningKey::from_jwk(&object(JWK.as_bytes()).unwrap()).unwrap();
        let token = key.sign("at+jwt", &object(br#"{"sub":"ada"}"#).unwrap());
        let set = KeySet::parse(json!({ "keys": [key.public()] }).to_string().as_bytes()).unwrap();
        let token = Compact::parse(&token).unwrap();
        assert_eq!(set.verify(&token, crate::jose::Alg::Es256), Ok(()));
        assert_eq!((token.header.typ.as_deref(), &token.claims["sub"]), (Some("at+jwt"), &json!("ada")));
    }

    #[test]
    fn a_key_that_does_not_fit_its_point_is_none() {
        let wrong = JWK.replace("f83OJ3D2", "f83OJ3D3");
        assert!(SigningKey::from_jwk(&object(wrong.as_bytes()).unwrap()).is_none());
        assert!(SigningKey::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").is_none());
    }
}
