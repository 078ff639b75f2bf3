//! Tokens we issue ourselves (`LATCH_PROXY`), by the rules of RFC 9068.

use super::{Allow, Given, Provider, supabase};
use crate::{
    config::{Config, TokenFormat},
    identity::{Audience, Entrance, TypeRule, User, Verifier, notice::Notice, user::strings},
    jose::{Alg, KeySet, KeyStore},
};

/// The users of an upstream that is not Supabase.
static ISSUED: Provider = ROW;
/// Those of a Supabase project.
static OF_SUPABASE: Provider = Provider { name: "supabase", user: supabase::user, ..ROW };

const ROW: Provider = Provider {
    name: "proxy",
    variables: &[],
    read: |_| None::<Given>,
    algorithms: &[Alg::Es256],
    typ: TypeRule::AccessToken,
    scopes: &[],
    // Nobody else makes such tokens.
    admit: |_, _| Ok(()),
    user: |subject, claims| User { permissions: strings(claims, "permissions"), ..User::standard(subject, claims) },
    audience_hint: "",
    opaque_hint: "",
};

pub(super) fn verifier(config: &Config, entrance: Entrance) -> Verifier {
    let endpoint = config.endpoint().url().to_owned();
    let signed = config.proxy().is_some_and(|proxy| proxy.tokens == TokenFormat::Jwt);
    let keys = config.keys().filter(|_| signed).and_then(|keys| KeySet::parse(keys.published().to_string().as_bytes()).ok());
    let supabase = config.proxy().is_some_and(|proxy| proxy.upstreams.iter().any(|up| up.kind.is_supabase()));
    Verifier {
        provider: if supabase { &OF_SUPABASE } else { &ISSUED },
        issuers: vec![config.issuer().to_owned()],
        keys: KeyStore::new(keys, None),
        introspection: None,
        algorithms: vec![Alg::Es256],
        typ: TypeRule::AccessToken,
        audience: Audience::new(endpoint.clone(), [], []),
        resource: endpoint,
        allow: Allow::default(),
        entrance,
        notice: Notice::default(),
    }
}
