//! Supabase Auth.
//!
//! Its OAuth server ignores RFC 8707: `aud` is always `authenticated`, so a token does not say which MCP server it is for.
//! What can be demanded instead is that it came through the OAuth server at all (`client_id`), that it is a user's
//! (`role`, `session_id`, not anonymous), and, where an access-token hook adds audiences, that they name us and nobody else.

use serde_json::{Map, Value};

use crate::{
    config::{Config, Supabase},
    identity::{Audience, Policy, Refusal, TypeRule, User, Verifier, claims, refusal::shorten, user::string, verifier},
    jose::{KeyStore, Remote},
    uuid::is_uuid,
};

/// The value of `aud`, and of `role`, for signed-in users.
const AUTHENTICATED: &str = "authenticated";

pub(super) fn verifier(config: &Config, settings: &Supabase, policy: Policy) -> Verifier {
    let remote = config.jwks_uri().map(|uri| Remote { uri, headers: config.gateway_headers() });
    let keys = KeyStore::new(config.pinned().cloned(), remote);
    let mut accept = config.audience().iter().cloned();
    let also = config.audience_also().iter().cloned().chain([config.endpoint().url().to_owned()]);
    Verifier {
        provider: config.provider(),
        issuer: settings.issuer.clone(),
        keys: match &settings.jwt_secret {
            Some(secret) => keys.with_secret((**secret).clone()),
            None => keys,
        },
        algorithms: settings.algorithms.clone(),
        typ: TypeRule::AccessTokenOrJwt,
        dialect: Box::new(Dialect { session_tokens: settings.session_tokens }),
        audience: Audience::new(accept.next().unwrap_or_else(|| AUTHENTICATED.to_owned()), accept, also),
        resource: config.endpoint().url().to_owned(),
        policy,
    }
}

#[derive(Debug)]
struct Dialect {
    /// Tokens without `client_id` are acceptable.
    session_tokens: bool,
}

impl verifier::Dialect for Dialect {
    fn admit(&self, members: &Map<String, Value>) -> Result<(), Refusal> {
        match claims::text(members, "role")? {
            Some(AUTHENTICATED) => {}
            Some("service_role") => return Err(Refusal::ServiceRole),
            Some(other) => return Err(Refusal::Role { got: shorten(other) }),
            // PostgREST would run such a token as `anon` and answer 200 with no rows.
            None if members.contains_key("session_id") => return Err(Refusal::Role { got: "none".to_owned() }),
            None => return Err(Refusal::IdToken),
        }
        if claims::flag(members, "is_anonymous")? == Some(true) {
            return Err(Refusal::AnonymousUser);
        }
        if claims::text(members, "session_id")?.is_none_or(str::is_empty) {
            return Err(Refusal::SessionMissing);
        }
        if claims::text(members, "client_id")?.is_none() && !self.session_tokens {
            return Err(Refusal::SessionToken);
        }
        let subject = claims::text(members, "sub")?.unwrap_or_default();
        // What `auth.uid()` can be cast to.
        if is_uuid(subject) { Ok(()) } else { Err(Refusal::Claim("sub")) }
    }

    fn user(&self, subject: &str, members: &Map<String, Value>) -> (User, Vec<String>) {
        user(subject, members)
    }
}

/// The claims as a user, and the user's permissions.
pub(super) fn user(subject: &str, members: &Map<String, Value>) -> (User, Vec<String>) {
    let none = Map::new();
    let metadata = members.get("user_metadata").and_then(Value::as_object).unwrap_or(&none);
    let role = string(members, "role");
    let aal = string(members, "aal");
    let permissions = aal.iter().map(|aal| format!("aal:{aal}")).collect();
    let user = User {
        name: string(metadata, "full_name").or_else(|| string(metadata, "name")),
        username: string(metadata, "username").or_else(|| string(metadata, "user_name")),
        picture: string(metadata, "avatar_url").or_else(|| string(metadata, "picture")),
        roles: role.iter().cloned().collect(),
        role,
        aal,
        amr: members.get("amr").cloned(),
        session_id: string(members, "session_id"),
        ..User::standard(subject, members)
    };
    (user, permissions)
}
