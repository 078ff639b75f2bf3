//! `ES256` and `ES512`: ECDSA with fixed-length signatures (RFC 7518 §3.4), verification only.

use std::{borrow::Cow, convert::Infallible, num::NonZeroUsize};

use jwt_compact::{Algorithm, AlgorithmSignature};
use p256::ecdsa::signature::Verifier as _;

use super::{Alg, KeyError};

/// `ES256`.
pub(super) struct Es256;

/// `ES512`: the curve is P-521, the hash SHA-512.
pub(super) struct Es512;

/// r ‖ s, each as long as the curve's order. Zero and values not below the order are refused while parsing, which is what
/// CVE-2022-21449 ("psychic signatures") was about.
pub(super) struct P256Signature(p256::ecdsa::Signature);

/// r ‖ s of 66 bytes each.
pub(super) struct P521Signature(p521::ecdsa::Signature);

/// Makes a P-256 key of affine coordinates; a point that is not on the curve is refused.
pub(super) fn p256_key(x: &[u8], y: &[u8]) -> Result<p256::ecdsa::VerifyingKey, KeyError> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed::<32>(x, y)?).map_err(|_| KeyError::Point)
}

/// Makes a P-521 key of affine coordinates.
pub(super) fn p521_key(x: &[u8], y: &[u8]) -> Result<p521::ecdsa::VerifyingKey, KeyError> {
    p521::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed::<66>(x, y)?).map_err(|_| KeyError::Point)
}

/// SEC 1 §2.3.3, uncompressed. RFC 7518 §6.2.1.2 wants coordinates of exactly the field's length.
fn uncompressed<const N: usize>(x: &[u8], y: &[u8]) -> Result<Vec<u8>, KeyError> {
    if x.len() != N || y.len() != N {
        return Err(KeyError::Point);
    }
    Ok([&[4], x, y].concat())
}

impl AlgorithmSignature for P256Signature {
    const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new(64);

    fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(p256::ecdsa::Signature::from_slice(bytes)?))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.to_bytes().to_vec())
    }
}

impl AlgorithmSignature for P521Signature {
    const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new(132);

    fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(p521::ecdsa::Signature::from_slice(bytes)?))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.to_bytes().to_vec())
    }
}

impl Algorithm for Es256 {
    type SigningKey = Infallible;
    type VerifyingKey = p256::ecdsa::VerifyingKey;
    type Signature = P256Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Alg::Es256.name())
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> P256Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &P256Signature, key: &Self::VerifyingKey, message: &[u8]) -> bool {
        key.verify(message, &signature.0).is_ok()
    }
}

impl Algorithm for Es512 {
    type SigningKey = Infallible;
    type VerifyingKey = p521::ecdsa::VerifyingKey;
    type Signature = P521Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Alg::Es512.name())
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> P521Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &P521Signature, key: &Self::VerifyingKey, message: &[u8]) -> bool {
        key.verify(message, &signature.0).is_ok()
    }
}
