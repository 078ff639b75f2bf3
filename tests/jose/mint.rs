//! Tokens, as an issuer or an attacker would make them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use rand::{SeedableRng as _, rngs::StdRng};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Something that signs. Which algorithm it uses is up to the caller, as it is for an attacker.
pub(crate) enum Signer {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P521(Box<p521::ecdsa::SigningKey>),
    Ed25519(ed25519_dalek::SigningKey),
    Hmac(Vec<u8>),
}

impl Signer {
    pub(crate) fn sign(&self, alg: &str, input: &[u8]) -> Vec<u8> {
        let rng = &mut StdRng::seed_from_u64(7);
        match (self, alg) {
            (Self::Rsa(key), "RS256") => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(input)).unwrap(),
            (Self::Rsa(key), "RS384") => key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(input)).unwrap(),
            (Self::Rsa(key), "RS512") => key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(input)).unwrap(),
            (Self::Rsa(key), "PS256") => key.sign_with_rng(rng, Pss::<Sha256>::new(), &Sha256::digest(input)).unwrap(),
            (Self::Rsa(key), "PS384") => key.sign_with_rng(rng, Pss::<Sha384>::new(), &Sha384::digest(input)).unwrap(),
            (Self::Rsa(key), "PS512") => key.sign_with_rng(rng, Pss::<Sha512>::new(), &Sha512::digest(input)).unwrap(),
            (Self::P256(key), "ES256") => {
                let signature: p256::ecdsa::Signature = key.sign(input);
                signature.to_bytes().to_vec()
            }
            (Self::P521(key), "ES512") => {
                let signature: p521::ecdsa::Signature = key.sign(input);
                signature.to_bytes().to_vec()
            }
            (Self::Ed25519(key), "EdDSA") => key.sign(input).to_bytes().to_vec(),
            (Self::Hmac(key), "HS256") => {
                Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(input).finalize().into_bytes().to_vec()
            }
            _ => panic!("this key does not sign {alg}"),
        }
    }
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A token of any bytes at all; `sign` gets the signing input.
pub(crate) fn raw(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", b64(header), b64(payload));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", b64(signature))
}

/// A token of two JSON values, signed with `alg` whatever its header says.
pub(crate) fn token(header: &Value, claims: &Value, signer: &Signer, alg: &str) -> String {
    raw(header.to_string(), claims.to_string(), |input| signer.sign(alg, input))
}
