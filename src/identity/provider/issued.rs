//! Tokens we issue ourselves (`LATCH_PROXY`), by the rules of RFC 9068.

use serde_json::{Map, Value};

use super::supabase;
use crate::{
    config::{Config, TokenFormat},
    identity::{Audience, Policy, Refusal, TypeRule, User, Verifier, user::strings, verifier},
    jose::{Alg, KeySet, KeyStore},
};

pub(super) fn verifier(config: &Config, policy: Policy) -> Verifier {
    let endpoint = config.endpoint().url().to_owned();
    let signed = config.proxy().is_some_and(|proxy| proxy.tokens == TokenFormat::Jwt);
    let keys = config.keys().filter(|_| signed).and_then(|keys| KeySet::parse(keys.published().to_string().as_bytes()).ok());
    Verifier {
        provider: config.provider(),
        issuer: config.issuer().to_owned(),
        keys: KeyStore::new(keys, None),
        algorithms: vec![Alg::Es256],
        typ: TypeRule::AccessToken,
        audience: Audience::new(endpoint.clone(), [], []),
        resource: endpoint,
        dialect: Box::new(Dialect {
            supabase: config.proxy().is_some_and(|proxy| proxy.upstreams.iter().any(|up| up.kind.is_supabase())),
        }),
        policy,
    }
}

#[derive(Debug)]
struct Dialect {
    /// The claims of the user are those of a Supabase project.
    supabase: bool,
}

impl verifier::Dialect for Dialect {
    /// Nobody else makes such tokens.
    fn admit(&self, _: &Map<String, Value>) -> Result<(), Refusal> {
        Ok(())
    }

    fn user(&self, subject: &str, members: &Map<String, Value>) -> (User, Vec<String>) {
        if self.supabase {
            return supabase::user(subject, members);
        }
        (User::standard(subject, members), strings(members, "permissions"))
    }
}
