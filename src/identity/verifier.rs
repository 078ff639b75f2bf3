//! From a token to authentic claims; what must hold of those is in `steps`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Audience, Bearer, Entrance, Identity, Refusal, TypeRule, claims,
    introspection::Introspection,
    notice::Notice,
    provider::{Allow, Provider},
    refusal::{ENCRYPTED, shorten},
};
use crate::{
    config::Issuer,
    host::Host,
    jose::{self, Alg, Compact, KeyStore, MAX_TOKEN_BYTES, Remote},
    outbound::DiscoveredKeys,
};

/// Everything that must hold for tokens of one issuer.
#[derive(Debug)]
pub struct Verifier {
    pub(super) provider: &'static Provider,
    /// Compared byte for byte: no slash, case or port is forgiven.
    pub(super) issuers: Vec<String>,
    pub(super) keys: KeyStore,
    /// Asked about what the keys cannot say.
    pub(super) introspection: Option<Introspection>,
    pub(super) algorithms: Vec<Alg>,
    pub(super) typ: TypeRule,
    pub(super) audience: Audience,
    /// The endpoint's URL.
    pub(super) resource: String,
    pub(super) allow: Allow,
    pub(super) entrance: Entrance,
    pub(super) notice: Notice,
}

/// The verifiers of several issuers. A token is for the one that its `iss` names, and for no other.
#[derive(Debug)]
pub struct Verifiers(Vec<Verifier>);

impl Verifiers {
    /// Those of a configuration.
    pub fn new(verifiers: Vec<Verifier>) -> Self {
        Self(verifiers)
    }

    /// Lets a token's bearer in, or says why not. A token of an issuer that is not ours never causes a fetch.
    pub async fn verify(&self, host: &dyn Host, token: &str) -> Result<Identity, Refusal> {
        self.verify_noting(host, token, &mut None).await
    }

    /// The same, and whose token it was, if it was refused although it is authentic.
    pub(crate) async fn verify_noting(
        &self,
        host: &dyn Host,
        token: &str,
        refused: &mut Option<Box<Bearer>>,
    ) -> Result<Identity, Refusal> {
        let (verifier, claims) = match Compact::parse(token) {
            Ok(jwt) => {
                let verifier = self.of(&jwt.claims)?;
                (verifier, verifier.vouch(host, token, jwt).await?)
            }
            Err(error) => {
                // It does not say whose it is; at most one issuer is asked about such tokens.
                let (verifier, introspection) = self.asks().filter(|_| is_opaque(token)).ok_or_else(|| self.unreadable(error))?;
                (verifier, introspection.ask(host, token, &verifier.issuers).await?)
            }
        };
        let admitted = verifier.admit_known(verifier.provider.name, claims, host.now());
        let identity = admitted.map_err(|(refusal, bearer)| {
            *refused = Some(bearer);
            refusal
        })?;
        verifier.notice.give(host, verifier);
        Ok(identity)
    }

    /// The verifier of the issuer that a token names. Nothing is authentic yet: this only decides whose keys are asked for.
    pub(super) fn of(&self, members: &Map<String, Value>) -> Result<&Verifier, Refusal> {
        let issuer = claims::text(members, "iss")?.unwrap_or_default();
        let found = self.0.iter().find(|verifier| verifier.issuers.iter().any(|name| name == issuer));
        found.ok_or_else(|| {
            let expected: Vec<&str> = self.0.iter().flat_map(|verifier| &verifier.issuers).map(String::as_str).collect();
            Refusal::Issuer { got: shorten(issuer), expected: expected.join(" ") }
        })
    }

    /// The one who is asked about tokens that do not say whose they are.
    pub(super) fn asks(&self) -> Option<(&Verifier, &Introspection)> {
        self.0.iter().find_map(|verifier| Some((verifier, verifier.introspection.as_ref()?)))
    }

    /// What is to be done about a token that nobody can read.
    pub(super) fn unreadable(&self, error: jose::Error) -> Refusal {
        let hint = match (&error, self.0.as_slice()) {
            (jose::Error::Opaque | jose::Error::Encrypted, [only]) => Some(only.provider.opaque_hint),
            _ => None,
        };
        match (error, hint) {
            // A hint that leads to introspection is none.
            (error @ jose::Error::Encrypted, hint) if hint.is_none_or(|hint| hint.contains("LATCH_INTROSPECT")) => {
                Refusal::Unreadable { error, hint: ENCRYPTED }
            }
            (error, Some(hint)) => Refusal::Unreadable { error, hint },
            (error, None) => error.into(),
        }
    }
}

impl Verifier {
    /// The verifier of an issuer's tokens for a resource.
    pub(super) fn of(issuer: &Issuer, resource: &str, entrance: Entrance) -> Self {
        let known = issuer.jwks_uri.clone().map(|uri| Remote::at(uri, issuer.headers.clone()));
        let found = issuer.discovers.then(|| Remote::found_by(Arc::new(DiscoveredKeys::of(issuer.name()))));
        let remote = known.or(found);
        let keys = KeyStore::new(issuer.pinned.clone(), remote);
        Self {
            provider: issuer.provider,
            issuers: issuer.names.clone(),
            keys: match &issuer.secret {
                Some(secret) => keys.with_secret((**secret).clone()),
                None => keys,
            },
            introspection: issuer.introspection.as_ref().map(|settings| Introspection::new(settings, issuer.name())),
            algorithms: issuer.algorithms.clone(),
            typ: issuer.typ,
            audience: issuer.audience.clone(),
            resource: resource.to_owned(),
            allow: issuer.allow,
            entrance,
            notice: Notice::default(),
        }
    }

    /// The issuer whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        self.issuers.first().map_or("", String::as_str)
    }

    /// Lets a token's bearer in, or says why not. Cheap checks on untrusted claims come first where they save a fetch.
    pub async fn verify(&self, host: &dyn Host, token: &str) -> Result<Identity, Refusal> {
        let claims = self.authenticate(host, token).await?;
        self.admit(self.provider.name, claims, host.now())
    }

    /// A token's claims, if it is authentic and an access token.
    pub(crate) async fn authenticate(&self, host: &dyn Host, token: &str) -> Result<Map<String, Value>, Refusal> {
        let token = Compact::parse(token)?;
        let issuer = claims::text(&token.claims, "iss")?.unwrap_or_default();
        if !self.issuers.iter().any(|name| name == issuer) {
            return Err(Refusal::Issuer { got: shorten(issuer), expected: self.issuers.join(" ") });
        }
        self.prove(host, token).await
    }

    /// The issuer of authentic claims. Those we sealed need not say it.
    pub(super) fn named(&self, members: &Map<String, Value>) -> String {
        let issuer = members.get("iss").and_then(Value::as_str);
        let known = self.issuers.iter().find(|name| Some(name.as_str()) == issuer);
        known.map_or_else(|| self.issuer(), String::as_str).to_owned()
    }

    /// A JWT's claims, by the issuer's keys; where there are none, by the issuer's word.
    async fn vouch(&self, host: &dyn Host, token: &str, jwt: Compact<'_>) -> Result<Map<String, Value>, Refusal> {
        match &self.introspection {
            Some(introspection) if self.keys.is_none() => {
                // Nothing of this is authentic, but what says of itself that it is no access token is none, whatever the issuer says.
                (self.provider.admit)(&jwt.claims, self.allow)?;
                introspection.ask(host, token, &self.issuers).await
            }
            _ => self.prove(host, jwt).await,
        }
    }

    async fn prove(&self, host: &dyn Host, token: Compact<'_>) -> Result<Map<String, Value>, Refusal> {
        let signature = self.keys.verify(host, &token, &self.algorithms).await;
        signature.map_err(|error| Refusal::of_signature(error, &token.header, &self.algorithms, self.issuer()))?;
        self.typ.check(&token.header)?;
        Ok(token.claims)
    }
}

/// Whether a token that is no JWT is one that its issuer may be able to read. Five parts are a JWE, and three a JWS: what is wrong with
/// one of those is wrong whoever is asked.
pub(super) fn is_opaque(token: &str) -> bool {
    let dots = token.bytes().filter(|&byte| byte == b'.').count();
    token.len() <= MAX_TOKEN_BYTES && dots != 2 && dots != 4 && !token.starts_with('{')
}
