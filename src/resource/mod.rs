//! Our role as protected resource (RFC 9728): the metadata that tells a client where to sign in, and the challenge that
//! points to it.

mod challenge;
mod metadata;
mod mirror;

pub(crate) use self::{
    challenge::{Challenge, challenge},
    metadata::Metadata,
    mirror::Mirror,
};
