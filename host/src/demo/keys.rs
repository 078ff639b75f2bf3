//! Signing keys, new at every start: one ES256, one RS256. Both are published, one signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa;
use p256::elliptic_curve::Generate as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15;
use rsa::rand_core::UnwrapErr;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The algorithm tokens are signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SigningAlg {
    /// ECDSA on P-256: what new Supabase projects use.
    #[default]
    Es256,
    /// RSA, 2048 bits, PKCS#1 v1.5.
    Rs256,
}

impl SigningAlg {
    /// Its name in a JWS header (RFC 7518 §3.1).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

pub(super) struct Keys {
    alg: SigningAlg,
    ec: ecdsa::SigningKey,
    rsa: pkcs1v15::SigningKey<Sha256>,
    ec_jwk: Value,
    rsa_jwk: Value,
}

impl Keys {
    /// Makes both keys: some 0.1 s, nearly all of it for the RSA primes.
    pub(super) fn generate(alg: SigningAlg) -> rsa::Result<Self> {
        let ec = ecdsa::SigningKey::generate();
        let rsa = RsaPrivateKey::new(&mut UnwrapErr(getrandom::SysRng), 2048)?;
        let (ec_jwk, rsa_jwk) = (ec_jwk(&ec), rsa_jwk(&rsa));
        Ok(Self { alg, ec, rsa: pkcs1v15::SigningKey::new(rsa), ec_jwk, rsa_jwk })
    }

    pub(super) fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The public halves (RFC 7517 §5).
    pub(super) fn jwks(&self) -> Value {
        json!({ "keys": [self.ec_jwk, self.rsa_jwk] })
    }

    /// A compact JWS over `claims` with `typ: JWT`, as Supabase makes them (not `at+jwt`).
    pub(super) fn sign(&self, claims: &Value) -> String {
        let jwk = match self.alg {
            SigningAlg::Es256 => &self.ec_jwk,
            SigningAlg::Rs256 => &self.rsa_jwk,
        };
        let header = json!({ "alg": self.alg.name(), "kid": jwk["kid"], "typ": "JWT" });
        let mut token = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = match self.alg {
            SigningAlg::Es256 => {
                let signature: ecdsa::Signature = self.ec.sign(token.as_bytes());
                signature.to_vec()
            }
            SigningAlg::Rs256 => self.rsa.sign(token.as_bytes()).to_vec(),
        };
        token.push('.');
        token.push_str(&encode(signature));
        token
    }
}

fn ec_jwk(key: &ecdsa::SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let [x, y] = [point.x(), point.y()].map(|coordinate| coordinate.map(encode).unwrap_or_default());
    let kid = thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig", "key_ops": ["verify"] })
}

fn rsa_jwk(key: &RsaPrivateKey) -> Value {
    let (n, e) = (encode(key.n_bytes()), encode(key.e_bytes()));
    let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    json!({ "kty": "RSA", "n": n, "e": e, "kid": kid, "alg": "RS256", "use": "sig", "key_ops": ["verify"] })
}

/// RFC 7638 §3: a digest of the required members in lexicographic order.
fn thumbprint(canonical: &str) -> String {
    encode(Sha256::digest(canonical))
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_those_of_rfc_7638() {
        // §3.1
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst\
                 n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9\
                 1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let canonical = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#);
        assert_eq!(thumbprint(&canonical), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn signatures_verify_with_the_published_keys() {
        for alg in [SigningAlg::Es256, SigningAlg::Rs256] {
            let keys = Keys::generate(alg).unwrap();
            let token = keys.sign(&json!({ "sub": "x" }));
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            use rsa::signature::Verifier as _;
            match alg {
                SigningAlg::Es256 => {
                    let signature = ecdsa::Signature::from_slice(&signature).unwrap();
                    keys.ec.verifying_key().verify(signed.as_bytes(), &signature).unwrap();
                }
                SigningAlg::Rs256 => {
                    use rsa::signature::Keypair as _;
                    let signature = pkcs1v15::Signature::try_from(&signature[..]).unwrap();
                    keys.rsa.verifying_key().verify(signed.as_bytes(), &signature).unwrap();
                }
            }
        }
    }
}
