//! Tokens we issue ourselves (`LATCH_PROXY`), by the rules of RFC 9068.

use super::{Allow, Claims, Given, Provider, supabase};
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
    user: |subject, claims| User {
        permissions: strings(claims, "permissions"),
        tenant_id: tenant(subject, claims),
        ..User::standard(subject, claims)
    },
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

/// The tenant that Entra says, which is the beginning of the subject too (`entra|<tid>.<oid>`): what another upstream calls `tid` is
/// something else.
fn tenant(subject: &str, claims: &Claims) -> Option<String> {
    let tenant = claims.get("tid")?.as_str()?;
    let is_it = subject.strip_prefix("entra|")?.strip_prefix(tenant)?.starts_with('.');
    is_it.then(|| tenant.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    /// Whom Entra signed in is in a tenant; what another upstream calls so is none.
    #[test]
    fn users_of_entra_have_their_tenant() {
        let mut claims = Map::new();
        claims.insert("tid".to_owned(), json!("t"));
        let tenant = |subject: &str| (super::ISSUED.user)(subject, &claims).tenant_id;
        assert_eq!(tenant("entra|t.o").as_deref(), Some("t"));
        for subject in ["oidc|t.o", "entra", "entra|", "entra|x.o", "entrat.o", "entra|t", "x|entra|t.o"] {
            assert_eq!(tenant(subject), None, "{subject}");
        }
    }
}
