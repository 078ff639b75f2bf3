//! Whose token it was, for the log: not who may do what.

use sha2::{Digest as _, Sha256};

use super::{Identity, claims};

/// Longest client id that a line repeats, in characters.
const MAX_CLIENT: usize = 200;

/// The bearer of an authentic token, let in or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// The token's issuer.
    pub(crate) issuer: String,
    /// A pseudonym of the user: 16 hexadecimal digits, the same for the same `iss` and `sub` and for nobody else. Who knows both can
    /// compute it; who reads the log does not learn them.
    pub(crate) subject: String,
    /// The OAuth client.
    pub(crate) client: Option<String>,
}

impl Bearer {
    /// That of an identity, or of what there is of one that was refused.
    pub(crate) fn of(identity: &Identity) -> Self {
        let subject = claims::text(&identity.claims, "sub").ok().flatten().unwrap_or(&identity.user.id);
        let digest = Sha256::digest(format!("{}\n{subject}", identity.issuer));
        let first: [u8; 8] = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
        let client = claims::client_id(&identity.claims).ok().flatten();
        Self {
            issuer: identity.issuer.clone(),
            subject: format!("{:016x}", u64::from_be_bytes(first)),
            client: client.map(|client| client.chars().take(MAX_CLIENT).collect()),
        }
    }
}
