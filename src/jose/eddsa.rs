//! `EdDSA` with Ed25519 (RFC 8037), verification only.

use std::{borrow::Cow, convert::Infallible, num::NonZeroUsize};

use ed25519_dalek::{Signature, VerifyingKey};
use jwt_compact::{Algorithm, AlgorithmSignature};

use super::{Alg, KeyError};

/// `EdDSA` on Ed25519. Ed448 is not supported.
pub(super) struct Ed25519;

/// 64 bytes, R ‖ S.
pub(super) struct Ed25519Signature(Signature);

/// Makes a key of its 32-byte encoding. Keys of small order, under which one signature fits many messages, are refused.
pub(super) fn public_key(x: &[u8]) -> Result<VerifyingKey, KeyError> {
    let bytes = x.try_into().map_err(|_| KeyError::Point)?;
    VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).ok_or(KeyError::Point)
}

impl AlgorithmSignature for Ed25519Signature {
    const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new(64);

    fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(Signature::from_slice(bytes)?))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.to_bytes().to_vec())
    }
}

impl Algorithm for Ed25519 {
    type SigningKey = Infallible;
    type VerifyingKey = VerifyingKey;
    type Signature = Ed25519Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Alg::EdDsa.name())
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> Ed25519Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &Ed25519Signature, key: &VerifyingKey, message: &[u8]) -> bool {
        key.verify_strict(message, &signature.0).is_ok()
    }
}
