//! What clients and browsers carry for us, each under its own purpose, so that none can be opened as another.
//!
//! | value | carried by | life | good once because |
//! |---|---|---|---|
//! | [`Question`] | the consent page's form, with a cookie | 10 min | the cookie is removed with the decision |
//! | [`Transaction`] | a cookie named by the upstream's `state` | 10 min | the cookie is removed at the callback |
//! | [`AuthCode`] | `code` | 60 s | the upstream's code in it is spent by redeeming it |
//! | [`Access`] | the access token | ≤ 15 min | – |
//! | [`Refresh`] | the refresh token | days | the upstream's refresh token in it, where that rotates; the ledger, where there is a store |
//!
//! Member names are single letters: some of these stand in URLs.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::packed;
use crate::{config::Kind, host::Host, seal::Purpose};

/// Seconds from the consent page to the decision, and from there to the callback.
pub(super) const TRANSACTION: u64 = 600;
/// Seconds from the callback to the token endpoint.
pub(super) const CODE: u64 = 60;

/// An authorization request, as it was checked. The resource is always ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    #[serde(rename = "c")]
    pub(super) client: String,
    #[serde(rename = "r")]
    pub(super) redirect_uri: String,
    /// The client's own.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    /// The client's S256 `code_challenge`.
    #[serde(rename = "h")]
    pub(super) challenge: String,
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
}

/// A consent page that waits for its decision.
pub(super) enum Question {}

impl Purpose for Question {
    const NAME: &'static str = "proxy question";
    type Content = Asked;
}

/// A user who said yes and is on the way to the upstream and back.
pub(super) enum Transaction {}

/// See [`Transaction`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Underway {
    #[serde(rename = "a")]
    pub(super) asked: Asked,
    #[serde(rename = "u")]
    pub(super) upstream: Name,
    #[serde(rename = "e")]
    pub(super) seed: Seed,
}

impl Purpose for Transaction {
    const NAME: &'static str = "proxy transaction";
    type Content = Underway;
}

/// An authorization code.
pub(super) enum AuthCode {}

/// See [`AuthCode`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Unredeemed {
    #[serde(rename = "c")]
    pub(super) client: Digest,
    #[serde(rename = "r")]
    pub(super) redirect_uri: Digest,
    #[serde(rename = "h")]
    pub(super) challenge: String,
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
    #[serde(rename = "u")]
    pub(super) upstream: Name,
    #[serde(rename = "e")]
    pub(super) seed: Seed,
    /// The upstream's code, not yet spent.
    #[serde(skip)]
    pub(super) code: String,
}

impl Purpose for AuthCode {
    const NAME: &'static str = "proxy code";
    type Content = Unredeemed;

    /// JSON without the upstream's code, and that behind it.
    fn write(content: &Unredeemed) -> Option<Vec<u8>> {
        let mut bytes = serde_json::to_vec(content).ok()?;
        // JSON has no such byte.
        bytes.push(0);
        bytes.extend(packed::pack(&content.code)?);
        Some(bytes)
    }

    fn read(bytes: &[u8]) -> Option<Unredeemed> {
        let (json, rest) = bytes.split_at_checked(bytes.iter().position(|byte| *byte == 0)?)?;
        let code = packed::unpack(rest.get(1..)?)?;
        Some(Unredeemed { code, ..serde_json::from_slice(json).ok()? })
    }
}

/// An access token, or what a signed one does not show.
pub(super) enum Access {}

/// See [`Access`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Admission {
    #[serde(rename = "c")]
    pub(super) client: String,
    #[serde(rename = "b")]
    pub(super) subject: String,
    #[serde(rename = "p", default, skip_serializing_if = "String::is_empty")]
    pub(super) scope: String,
    #[serde(rename = "g")]
    pub(super) grant: String,
    #[serde(rename = "u")]
    pub(super) upstream: Name,
    #[serde(rename = "i")]
    pub(super) issued_at: u64,
    #[serde(rename = "e")]
    pub(super) expires_at: u64,
    /// What is known of the user, if the upstream's token does not say it.
    #[serde(rename = "k", default, skip_serializing_if = "Map::is_empty")]
    pub(super) claims: Map<String, Value>,
    /// The upstream's access token, where tools need it.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
}

impl Purpose for Access {
    const NAME: &'static str = "proxy access";
    type Content = Admission;
}

/// A refresh token.
pub(super) enum Refresh {}

/// See [`Refresh`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Renewal {
    #[serde(rename = "c")]
    pub(super) client: Digest,
    #[serde(rename = "b")]
    pub(super) subject: String,
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
    #[serde(rename = "g")]
    pub(super) grant: String,
    /// How often it was renewed.
    #[serde(rename = "n")]
    pub(super) generation: u64,
    /// When the user signed in.
    #[serde(rename = "i")]
    pub(super) since: u64,
    #[serde(rename = "u")]
    pub(super) upstream: Name,
    /// What the upstream wants to see again.
    #[serde(rename = "x")]
    pub(super) keep: String,
    /// What is known of the user, for upstreams that say it once.
    #[serde(rename = "k", default, skip_serializing_if = "Map::is_empty")]
    pub(super) claims: Map<String, Value>,
}

impl Purpose for Refresh {
    const NAME: &'static str = "proxy refresh";
    type Content = Renewal;
}

/// An upstream, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(super) struct Name(pub(super) Kind);

impl From<Name> for &'static str {
    fn from(Name(kind): Name) -> Self {
        kind.name()
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).map(Self).ok_or("no upstream")
    }
}

/// Half of a SHA-256: says whether two values are the same, in little room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest(String);

impl Digest {
    pub(super) fn of(text: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..16]))
    }
}

/// One draw of randomness that our PKCE verifier and nonce at the upstream come from.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seed(String);

impl Seed {
    pub(super) fn new(host: &dyn Host) -> Self {
        Self(random(host))
    }

    /// Our `code_verifier` at the upstream (RFC 7636 §4.1).
    pub(super) fn code_verifier(&self) -> String {
        self.derive("verifier")
    }

    /// Its S256 challenge.
    pub(super) fn code_challenge(&self) -> String {
        s256(&self.code_verifier())
    }

    /// Our `nonce` there.
    pub(super) fn nonce(&self) -> String {
        self.derive("nonce")
    }

    fn derive(&self, label: &str) -> String {
        let digest =
            Sha256::new().chain_update(b"mcp-latch proxy\0").chain_update(label).chain_update(b"\0").chain_update(&self.0);
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }
}

/// What holds a secret of somebody does not print itself.
macro_rules! silent {
    ($($name:ident)+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("…")
            }
        })+
    };
}

silent!(Unredeemed Admission Renewal Seed);

/// 256 random bits in base64url.
pub(super) fn random(host: &dyn Host) -> String {
    let mut bytes = [0; 32];
    host.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether text may be 256 bits in base64url: something we drew, or a digest.
pub(super) fn is_256_bits(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `BASE64URL(SHA256(…))` (RFC 7636 §4.2).
pub(super) fn s256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// A name for a grant that whoever has its code can tell, and nobody who has the name can go back from.
pub(super) fn grant_of(code: &str) -> String {
    Sha256::new().chain_update(b"mcp-latch grant\0").chain_update(code).finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pkce_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_seed_gives_two_unrelated_values() {
        let seed = Seed("s".into());
        assert_ne!(seed.code_verifier(), seed.nonce());
        assert_eq!(seed.code_verifier().len(), 43);
        assert_eq!(format!("{seed:?}"), "…");
    }
}
