//! Any issuer of JWT access tokens, by the rules of RFC 9068.

use serde_json::{Map, Value};

use crate::{
    config::{Config, Custom, TokenTypes},
    identity::{Audience, Policy, Refusal, TypeRule, User, Verifier, claims, user::strings, verifier},
    jose::{KeyStore, Remote},
};

pub(super) fn verifier(config: &Config, settings: &Custom, policy: Policy) -> Verifier {
    let remote = settings.jwks_uri.clone().map(|uri| Remote { uri, headers: Vec::new() });
    let mut accept = config.audience().iter().cloned();
    let first = accept.next().unwrap_or_else(|| config.endpoint().url().to_owned());
    Verifier {
        provider: config.provider(),
        issuer: settings.issuer.clone(),
        keys: KeyStore::new(config.pinned().cloned(), remote),
        algorithms: settings.algorithms.clone(),
        typ: match settings.token_types {
            TokenTypes::AccessToken => TypeRule::AccessToken,
            TokenTypes::Any => TypeRule::AccessTokenOrJwt,
        },
        dialect: Box::new(Dialect),
        audience: Audience::new(first, accept, config.audience_also().iter().cloned()),
        resource: config.endpoint().url().to_owned(),
        policy,
    }
}

#[derive(Debug)]
struct Dialect;

impl verifier::Dialect for Dialect {
    /// Issuers sign ID tokens, and some their refresh tokens, with the same key.
    fn admit(&self, members: &Map<String, Value>) -> Result<(), Refusal> {
        // OpenID Connect Core §2: claims only an ID token has.
        if ["nonce", "at_hash", "c_hash"].iter().any(|name| members.contains_key(*name)) {
            return Err(Refusal::IdToken);
        }
        // Keycloak tells its tokens apart by a claim.
        match claims::text(members, "typ")? {
            Some("ID") => Err(Refusal::IdToken),
            Some(typ) if !typ.eq_ignore_ascii_case("Bearer") => Err(Refusal::NotAnAccessToken),
            _ => Ok(()),
        }
    }

    fn user(&self, subject: &str, members: &Map<String, Value>) -> (User, Vec<String>) {
        (User::standard(subject, members), strings(members, "permissions"))
    }
}
