//! Keycloak.
//!
//! Realms sign ID, refresh and logout tokens with the keys of access tokens and tell them apart by the claim `typ`. Its key set holds
//! encryption keys too, which are skipped wherever keys are read.

use serde_json::Value;

use super::{Claims, Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{TypeRule, User, user::strings},
    jose::Alg,
};

pub(super) static KEYCLOAK: Provider = Provider {
    name: "keycloak",
    variables: &[&var::KEYCLOAK_SERVER_URL, &var::KEYCLOAK_REALM],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit: access_token,
    user,
    audience_hint: "in Keycloak, give a client scope an Audience mapper whose Included Custom Audience is MCP_URL; audiences beside \
                    it must be in LATCH_AUDIENCE_ALSO",
    opaque_hint: "see LATCH_INTROSPECT_CLIENT_ID",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let server = reader.needed_url(&var::KEYCLOAK_SERVER_URL, "https://id.example.com");
    let realm = reader.needed(&var::KEYCLOAK_REALM, "the realm's name, as it stands in the issuer's URL");
    let audience = reader.text(&var::KEYCLOAK_AUDIENCE).map_or(Expected::Resource, |audience| Expected::OneOf(vec![audience]));
    let issuer = format!("{}/realms/{}", server?.trim_end_matches('/'), realm?);
    Some(Given {
        jwks_uri: Some(format!("{issuer}/protocol/openid-connect/certs")),
        introspect: Some(format!("{issuer}/protocol/openid-connect/token/introspect")),
        // Keycloak adds its own account console for every user with a role there.
        also: vec!["account".to_owned()],
        audience,
        issuers: vec![issuer],
        ..Given::default()
    })
}

fn user(subject: &str, claims: &Claims) -> User {
    let realm = claims.get("realm_access").and_then(Value::as_object);
    let mut permissions = Vec::new();
    for (client, access) in claims.get("resource_access").and_then(Value::as_object).into_iter().flatten() {
        let roles = access.as_object().map_or_else(Vec::new, |access| strings(access, "roles"));
        permissions.extend(roles.iter().map(|role| format!("{client}:{role}")));
    }
    User { roles: realm.map_or_else(Vec::new, |realm| strings(realm, "roles")), permissions, ..User::standard(subject, claims) }
}
