//! Project Wycheproof's vectors through [`Key::from_jwk`] and [`Key::verify`].
//!
//! A vector labelled "acceptable" is refused here: all of them are PKCS #1 encodings whose DigestInfo lacks the NULL. RFC 8017
//! §8.2.2 compares with the one encoding that has it, and no JOSE library writes the other.

use mcp_latch::jose::{Alg, Key, KeyError};
use serde_json::json;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

use crate::{
    keys::{ec_jwk, members},
    mint::b64,
};

/// What became of one file's vectors.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
    /// Vectors under a key that our policy refuses, so that no signature is ever checked with it.
    key_refused: usize,
}

impl Count {
    fn total(&self) -> usize {
        self.accepted + self.refused + self.key_refused
    }

    fn print(&self, file: &str) {
        let Self { accepted, refused, key_refused } = self;
        println!("wycheproof {file}: {accepted} valid accepted, {refused} invalid refused, {key_refused} under a refused key");
    }

    /// Checks one vector.
    fn check(&mut self, what: &str, key: &Key, alg: Alg, message: &[u8], signature: &[u8], valid: bool) {
        assert_eq!(key.verify(alg, message, signature), valid, "{what}");
        if valid {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }
}

fn rsa_key(n: &[u8], e: &[u8]) -> Result<Key, KeyError> {
    let strip = |bytes: &[u8]| b64(bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>());
    Key::from_jwk(&members(json!({ "kty": "RSA", "n": strip(n), "e": strip(e) })))
}

fn ecdsa_file(file: &str, name: ecdsa::TestName, curve: &str, alg: Alg, valid: impl Fn(TestResult) -> bool) -> Count {
    let set = ecdsa::TestSet::load(name).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        let key = Key::from_jwk(&ec_jwk(curve, &group.key.key)).unwrap();
        for test in &group.tests {
            let what = format!("{file} #{} {}", test.tc_id, test.comment);
            count.check(&what, &key, alg, &test.msg, &test.sig, valid(test.result));
        }
    }
    count.print(file);
    assert_eq!(count.total(), set.number_of_tests);
    count
}

#[test]
fn ecdsa() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256P1363, EcdsaSecp521r1Sha512P1363};
    let is_valid = |result| result == TestResult::Valid;
    let count = ecdsa_file("ecdsa_secp256r1_sha256_p1363", EcdsaSecp256r1Sha256P1363, "P-256", Alg::Es256, is_valid);
    assert_eq!(count, Count { accepted: 173, refused: 89, key_refused: 0 });
    let count = ecdsa_file("ecdsa_secp521r1_sha512_p1363", EcdsaSecp521r1Sha512P1363, "P-521", Alg::Es512, is_valid);
    assert_eq!(count, Count { accepted: 231, refused: 87, key_refused: 0 });
}

/// RFC 7518 §3.4: a signature is r ‖ s. The same signatures in DER are no JWS signatures, valid or not.
#[test]
fn ecdsa_in_der_is_refused() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256, EcdsaSecp521r1Sha512};
    let count = ecdsa_file("ecdsa_secp256r1_sha256 (DER)", EcdsaSecp256r1Sha256, "P-256", Alg::Es256, |_| false);
    assert!(count.refused >= 480, "{count:?}");
    let count = ecdsa_file("ecdsa_secp521r1_sha512 (DER)", EcdsaSecp521r1Sha512, "P-521", Alg::Es512, |_| false);
    assert!(count.refused >= 540, "{count:?}");
}

/// Curves that have a JOSE name but that this verifier does not know, under their own name and under the name of P-256.
#[test]
fn other_curves_are_refused() {
    use ecdsa::TestName::{EcdsaSecp256k1Sha256P1363, EcdsaSecp384r1Sha384P1363};
    for (file, name, curve) in [
        ("ecdsa_secp384r1_sha384_p1363", EcdsaSecp384r1Sha384P1363, "P-384"),
        ("ecdsa_secp256k1_sha256_p1363", EcdsaSecp256k1Sha256P1363, "secp256k1"),
    ] {
        let mut count = Count::default();
        for group in &ecdsa::TestSet::load(name).unwrap().test_groups {
            assert_eq!(Key::from_jwk(&ec_jwk(curve, &group.key.key)).unwrap_err(), KeyError::Kind);
            assert_eq!(Key::from_jwk(&ec_jwk("P-256", &group.key.key)).unwrap_err(), KeyError::Point);
            count.key_refused += group.tests.len();
        }
        count.print(file);
        assert!(count.key_refused >= 200, "{count:?}");
    }
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        let key = Key::from_jwk(&members(json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(&*group.key.pk) }))).unwrap();
        for test in &group.tests {
            let what = format!("ed25519 #{} {}", test.tc_id, test.comment);
            count.check(&what, &key, Alg::EdDsa, &test.msg, &test.sig, test.result == TestResult::Valid);
        }
    }
    count.print("ed25519");
    assert_eq!(count.total(), set.number_of_tests);
    assert_eq!(count, Count { accepted: 88, refused: 63, key_refused: 0 });
}

#[test]
fn ed448_keys_are_refused() {
    let mut count = Count::default();
    for group in &eddsa::TestSet::load(eddsa::TestName::Ed448).unwrap().test_groups {
        for (curve, error) in [("Ed448", KeyError::Kind), ("Ed25519", KeyError::Point)] {
            let jwk = members(json!({ "kty": "OKP", "crv": curve, "x": b64(&*group.key.pk) }));
            assert_eq!(Key::from_jwk(&jwk).unwrap_err(), error);
        }
        count.key_refused += group.tests.len();
    }
    count.print("ed448");
    assert!(count.key_refused >= 80, "{count:?}");
}

fn pkcs1_file(file: &str, name: pkcs1::TestName, alg: Alg) -> Count {
    let set = pkcs1::TestSet::load(name).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        let key = match rsa_key(&group.key.n, &group.key.e) {
            Ok(key) => key,
            Err(error) => {
                // Small exponents (3) invite padding forgeries, and 8192 bits cost too much: such keys are never used.
                let out_of_bounds = group.key_size > 4096 || group.key.e.len() < 3;
                assert!(matches!(error, KeyError::Rsa(_)) && out_of_bounds, "{file}: {error}");
                count.key_refused += group.tests.len();
                continue;
            }
        };
        for test in &group.tests {
            let what = format!("{file} #{} {}", test.tc_id, test.comment);
            count.check(&what, &key, alg, &test.msg, &test.sig, test.result == TestResult::Valid);
        }
    }
    count.print(file);
    assert_eq!(count.total(), set.number_of_tests);
    count
}

#[test]
fn rsa_pkcs1() {
    use pkcs1::TestName::*;
    for (file, name, alg, accepted, refused, key_refused) in [
        ("rsa_signature_2048_sha256", Rsa2048Sha256, Alg::Rs256, 7, 250, 2),
        ("rsa_signature_2048_sha384", Rsa2048Sha384, Alg::Rs384, 7, 251, 0),
        ("rsa_signature_2048_sha512", Rsa2048Sha512, Alg::Rs512, 7, 251, 1),
        ("rsa_signature_3072_sha256", Rsa3072Sha256, Alg::Rs256, 7, 251, 1),
        ("rsa_signature_3072_sha384", Rsa3072Sha384, Alg::Rs384, 7, 252, 0),
        ("rsa_signature_3072_sha512", Rsa3072Sha512, Alg::Rs512, 7, 252, 1),
        ("rsa_signature_4096_sha256", Rsa4096Sha256, Alg::Rs256, 7, 251, 0),
        ("rsa_signature_4096_sha384", Rsa4096Sha384, Alg::Rs384, 7, 252, 0),
        ("rsa_signature_4096_sha512", Rsa4096Sha512, Alg::Rs512, 7, 252, 0),
        ("rsa_signature_8192_sha256", Rsa8192Sha256, Alg::Rs256, 0, 0, 258),
    ] {
        assert_eq!(pkcs1_file(file, name, alg), Count { accepted, refused, key_refused }, "{file}");
    }
}

/// Vectors that are invalid in their file for having the parameters that JOSE prescribes.
const OURS_ELSEWHERE: [&str; 1] = ["rsa_pss_2048_sha256_mgf1_0 #69 s_len changed to 32"];

/// RFC 7518 §3.5 fixes MGF1 with the same hash and a salt as long as the hash. Valid signatures with other parameters are
/// refused, like everything else that is not a `PS*` signature.
fn pss_file(file: &str, name: pss::TestName) -> Count {
    use wycheproof::HashFunction::{Sha2_256, Sha2_384, Sha2_512};
    let set = pss::TestSet::load(name).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        let key = rsa_key(&group.key.n, &group.key.e).unwrap();
        let (alg, ours) = match (group.hash, group.mgf_hash, group.salt_size) {
            (Sha2_256, mgf, salt) => (Alg::Ps256, mgf == Some(Sha2_256) && salt == 32),
            (Sha2_384, mgf, salt) => (Alg::Ps384, mgf == Some(Sha2_384) && salt == 48),
            (Sha2_512, mgf, salt) => (Alg::Ps512, mgf == Some(Sha2_512) && salt == 64),
            _ => (Alg::Ps256, false),
        };
        for test in &group.tests {
            let what = format!("{file} #{} {}", test.tc_id, test.comment);
            // Invalid with the file's salt length, and exactly what JOSE asks for.
            let valid = if ours { test.result == TestResult::Valid } else { OURS_ELSEWHERE.contains(&what.as_str()) };
            count.check(&what, &key, alg, &test.msg, &test.sig, valid);
        }
    }
    count.print(file);
    assert_eq!(count.total(), set.number_of_tests);
    count
}

#[test]
fn rsa_pss() {
    use pss::TestName::*;
    for (file, name, accepted, refused) in [
        ("rsa_pss_2048_sha256_mgf1_32", RsaPss2048Sha256Mgf1SaltLen32, 63, 45),
        ("rsa_pss_2048_sha384_mgf1_48", RsaPss2048Sha384Mgf1SaltLen48, 95, 46),
        ("rsa_pss_3072_sha256_mgf1_32", RsaPss3072Sha256Mgf1SaltLen32, 63, 45),
        ("rsa_pss_4096_sha256_mgf1_32", RsaPss4096Sha256Mgf1SaltLen32, 63, 45),
        ("rsa_pss_4096_sha384_mgf1_48", RsaPss4096Sha384Mgf1SaltLen48, 95, 46),
        ("rsa_pss_4096_sha512_mgf1_64", RsaPss4096Sha512Mgf1SaltLen64, 132, 47),
    ] {
        assert_eq!(pss_file(file, name), Count { accepted, refused, key_refused: 0 }, "{file}");
    }
}

#[test]
fn rsa_pss_with_other_parameters_is_refused() {
    use pss::TestName::*;
    for (file, name, accepted, refused) in [
        ("rsa_pss_2048_sha1_mgf1_20", RsaPss2048Sha1Mgf1SaltLen20, 0, 88),
        ("rsa_pss_2048_sha256_mgf1_0", RsaPss2048Sha256Mgf1SaltLen0, 1, 102),
        ("rsa_pss_2048_sha256_mgf1sha1_20", RsaPss2048Sha256Mgf1Sha1_20, 0, 108),
        ("rsa_pss_2048_sha512_256_mgf1_32", RsaPss2048Sha512_256Mgf1SaltLen32, 0, 115),
        ("rsa_pss_2048_sha512_mgf1sha256_32", RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams, 0, 178),
        ("rsa_pss_4096_sha512_mgf1_32", RsaPss4096Sha512Mgf1SaltLen32, 0, 177),
        ("rsa_pss_misc", RsaPssmisc, 3, 147),
    ] {
        assert_eq!(pss_file(file, name), Count { accepted, refused, key_refused: 0 }, "{file}");
    }
}
