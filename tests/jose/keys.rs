//! The keys of the tests. They protect nothing: every private part is in this directory or follows from a public label.

use std::sync::LazyLock;

use mcp_latch::jose::KeySet;
use rsa::{BoxedUint, RsaPrivateKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::mint::{Signer, b64, unb64};

/// A key pair and the JWK an issuer would publish for it.
pub(crate) struct TestKey {
    pub(crate) kid: &'static str,
    pub(crate) alg: &'static str,
    pub(crate) signer: Signer,
    /// The public JWK, without `kid`, `alg` and `use`.
    pub(crate) bare: Map<String, Value>,
}

impl TestKey {
    /// The JWK as published.
    pub(crate) fn jwk(&self) -> Value {
        self.jwk_with(json!({}))
    }

    /// The JWK as published, with members added or replaced; `null` removes one.
    pub(crate) fn jwk_with(&self, changes: Value) -> Value {
        let mut jwk = self.bare.clone();
        jwk.insert("kid".into(), json!(self.kid));
        jwk.insert("alg".into(), json!(self.alg));
        jwk.insert("use".into(), json!("sig"));
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => jwk.remove(name),
                value => jwk.insert(name.clone(), value.clone()),
            };
        }
        Value::Object(jwk)
    }

    /// A header that names this key.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": self.alg, "kid": self.kid, "typ": "JWT" })
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        self.signer.sign(self.alg, input)
    }
}

/// The issuer's RSA key.
pub(crate) static RSA: LazyLock<TestKey> = LazyLock::new(|| rsa_key("rsa-a", include_str!("keys/rsa_a.json")));
/// Another project's RSA key, or an attacker's.
pub(crate) static RSA_OTHER: LazyLock<TestKey> = LazyLock::new(|| rsa_key("rsa-b", include_str!("keys/rsa_b.json")));
/// The issuer's P-256 key.
pub(crate) static EC: LazyLock<TestKey> = LazyLock::new(|| p256_key("ec-a", "ec_a"));
/// Another project's P-256 key, or an attacker's.
pub(crate) static EC_OTHER: LazyLock<TestKey> = LazyLock::new(|| p256_key("ec-b", "ec_b"));
/// The issuer's P-521 key.
pub(crate) static P521: LazyLock<TestKey> = LazyLock::new(|| {
    let mut scalar = [0; 66];
    scalar[34..].copy_from_slice(&seed("p521_a"));
    let signer = p521::ecdsa::SigningKey::from_slice(&scalar).unwrap();
    let point = signer.verifying_key().to_sec1_point(false);
    let bare = ec_jwk("P-521", point.as_bytes());
    TestKey { kid: "p521-a", alg: "ES512", signer: Signer::P521(Box::new(signer)), bare }
});
/// The issuer's Ed25519 key.
pub(crate) static ED25519: LazyLock<TestKey> = LazyLock::new(|| ed25519_key("ed-a", "ed_a"));
/// Another project's Ed25519 key, or an attacker's.
#[allow(dead_code)]
pub(crate) static ED25519_OTHER: LazyLock<TestKey> = LazyLock::new(|| ed25519_key("ed-b", "ed_b"));

/// The issuer's public keys in the encodings an attacker might use as an HMAC secret.
pub(crate) const RSA_SPKI_PEM: &str = include_str!("keys/rsa_a.spki.pem");
pub(crate) const RSA_PKCS1_PEM: &str = include_str!("keys/rsa_a.pkcs1.pem");
pub(crate) const EC_SPKI_PEM: &str = include_str!("keys/ec_a.spki.pem");

/// A member of `refused.json`: public key material that must not be used.
pub(crate) fn refused(name: &str) -> Value {
    serde_json::from_str::<Value>(include_str!("keys/refused.json")).unwrap()[name].take()
}

/// The document at a `jwks_uri`.
pub(crate) fn document(jwks: &[Value]) -> Vec<u8> {
    json!({ "keys": jwks }).to_string().into_bytes()
}

/// A parsed key set.
pub(crate) fn set(jwks: &[Value]) -> KeySet {
    KeySet::parse(&document(jwks)).unwrap()
}

pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

fn seed(label: &str) -> [u8; 32] {
    Sha256::digest(format!("mcp-latch test key {label}")).into()
}

fn p256_key(kid: &'static str, label: &str) -> TestKey {
    let signer = p256::ecdsa::SigningKey::from_slice(&seed(label)).unwrap();
    let point = signer.verifying_key().to_sec1_point(false);
    TestKey { kid, alg: "ES256", bare: ec_jwk("P-256", point.as_bytes()), signer: Signer::P256(signer) }
}

fn ed25519_key(kid: &'static str, label: &str) -> TestKey {
    let signer = ed25519_dalek::SigningKey::from_bytes(&seed(label));
    let bare = members(json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(signer.verifying_key().as_bytes()) }));
    TestKey { kid, alg: "EdDSA", signer: Signer::Ed25519(signer), bare }
}

/// `point` is uncompressed (SEC 1 §2.3.3).
pub(crate) fn ec_jwk(curve: &str, point: &[u8]) -> Map<String, Value> {
    let (x, y) = point[1..].split_at(point.len() / 2);
    members(json!({ "kty": "EC", "crv": curve, "x": b64(x), "y": b64(y) }))
}

fn rsa_key(kid: &'static str, json: &str) -> TestKey {
    let jwk: Map<String, Value> = serde_json::from_str(json).unwrap();
    let number = |name: &str| BoxedUint::from_be_slice_vartime(&unb64(jwk[name].as_str().unwrap()));
    let key = RsaPrivateKey::from_components(number("n"), number("e"), number("d"), vec![number("p"), number("q")]).unwrap();
    let bare = members(json!({ "kty": "RSA", "n": jwk["n"], "e": jwk["e"] }));
    TestKey { kid, alg: "RS256", signer: Signer::Rsa(Box::new(key)), bare }
}
