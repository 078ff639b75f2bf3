//! `RS*` and `PS*`: RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518 §3.3, §3.5), verification only.

use std::{borrow::Cow, convert::Infallible, marker::PhantomData};

use jwt_compact::{Algorithm, AlgorithmSignature};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha2::{
    Digest,
    digest::{FixedOutputReset, const_oid::AssociatedOid},
};

use super::{Alg, KeyError};

/// Smallest and largest modulus, in bits. 2048 is the minimum of RFC 7518 §3.3; the upper bound caps what one check can cost.
const BITS: std::ops::RangeInclusive<u32> = 2048..=4096;

/// Makes a key of big-endian modulus and public exponent.
pub(super) fn public_key(n: &[u8], e: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let invalid = |_| KeyError::Rsa("not a valid modulus and exponent");
    let bits = u32::try_from(n.len() * 8).map_err(|_| KeyError::Rsa("modulus too long"))?;
    if n.len() < 2 || n.first() == Some(&0) || !BITS.contains(&(bits - n.first().map_or(0, |byte| byte.leading_zeros()))) {
        return Err(KeyError::Rsa("modulus not within 2048 to 4096 bits"));
    }
    // FIPS 186-5 §5.1 wants 2^16 < e; smaller ones invite padding forgeries, larger ones slow checks.
    let exponent = e.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add((*byte).into()));
    let exponent =
        exponent.filter(|e| e % 2 == 1 && (65_537..1 << 32).contains(e)).ok_or(KeyError::Rsa("unusual public exponent"))?;
    if is_roca(n) {
        return Err(KeyError::Rsa("modulus has the ROCA fingerprint (CVE-2017-15361)"));
    }
    let n = BoxedUint::from_be_slice(n, bits).map_err(|_| KeyError::Rsa("modulus too long"))?;
    RsaPublicKey::new(n, BoxedUint::from(exponent)).map_err(invalid)
}

/// Whether a modulus looks like one of the keys of CVE-2017-15361: a power of 65537 modulo each small prime.
fn is_roca(n: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
        127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.into_iter().all(|prime| {
        let residue = n.iter().fold(0, |sum, byte| (sum * 256 + u32::from(*byte)) % prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
        powers.take(prime as usize).any(|power| power == residue)
    })
}

/// A signature. Its length is checked against the modulus by the scheme.
pub(super) struct Signature(Vec<u8>);

impl AlgorithmSignature for Signature {
    fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(bytes.to_vec()))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }
}

/// `RS256`, `RS384`, `RS512`: `D` is the hash function.
pub(super) struct Pkcs1<D>(pub(super) Alg, pub(super) PhantomData<D>);

impl<D: Digest + AssociatedOid> Algorithm for Pkcs1<D> {
    type SigningKey = Infallible;
    type VerifyingKey = RsaPublicKey;
    type Signature = Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.0.name())
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &Signature, key: &RsaPublicKey, message: &[u8]) -> bool {
        key.verify(Pkcs1v15Sign::new::<D>(), &D::digest(message), &signature.0).is_ok()
    }
}

/// `PS256`, `PS384`, `PS512`: `D` is the hash function, of the message and of MGF1; the salt is as long as its output.
pub(super) struct Psa<D>(pub(super) Alg, pub(super) PhantomData<D>);

impl<D: Digest + FixedOutputReset> Algorithm for Psa<D> {
    type SigningKey = Infallible;
    type VerifyingKey = RsaPublicKey;
    type Signature = Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.0.name())
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &Signature, key: &RsaPublicKey, message: &[u8]) -> bool {
        key.verify(Pss::<D>::new(), &D::digest(message), &signature.0).is_ok()
    }
}
