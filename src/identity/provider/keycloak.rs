//! Keycloak.
//!
//! Realms sign ID, refresh and logout tokens with the keys of access tokens and tell them apart by the claim `typ`. Its key set holds
//! encryption keys too, which are skipped wherever keys are read.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

use super::{Claims, Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        TypeRule, User,
        user::{Extra, member, string, strings},
    },
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

const REALM: &str = "the realm's name, as it stands in the issuer's URL";

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let server = reader.needed_url(&var::KEYCLOAK_SERVER_URL, "https://id.example.com");
    let server = server.filter(|server| is_server(reader, server));
    let realm = reader.needed(&var::KEYCLOAK_REALM, REALM);
    // It becomes part of a URL's path.
    let is_plain = |realm: &String| realm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte));
    if let Some(wrong) = realm.as_ref().filter(|realm| !is_plain(realm)) {
        reader.mistake_in(&var::KEYCLOAK_REALM, Some(wrong), "is not the name of a realm", &format!("set it to {REALM}"));
    }
    let realm = realm.filter(is_plain);
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

/// Whether the URL ends before `/realms`: an issuer's URL would be continued by a second one.
fn is_server(reader: &mut Reader<'_>, server: &str) -> bool {
    let Some((base, realm)) = format!("{server}/").split_once("/realms/").map(|(base, rest)| (base.to_owned(), rest.to_owned()))
    else {
        return true;
    };
    let realm = realm.split('/').next().filter(|realm| !realm.is_empty());
    let fix = format!("use {base}, and KEYCLOAK_REALM={}", realm.unwrap_or("<realm>"));
    reader.mistake_in(&var::KEYCLOAK_SERVER_URL, Some(server), "is the URL of a realm, not of the server", &fix);
    false
}

/// What Keycloak says of a user beside what everybody says, under the names of both versions of mcp-use.
#[derive(Debug, Clone)]
pub struct KeycloakUser {
    /// `preferred_username`; v1 calls it `nickname`.
    pub preferred_username: Option<String>,
    /// `given_name`.
    pub given_name: Option<String>,
    /// `family_name`.
    pub family_name: Option<String>,
    /// `email_verified`.
    pub email_verified: Option<bool>,
    /// `realm_access`: the roles in the realm.
    pub realm_access: Option<Value>,
    /// `resource_access`: the roles at each client.
    pub resource_access: Option<Value>,
}

impl Serialize for KeycloakUser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        member(&mut map, &["preferredUsername", "nickname"], self.preferred_username.as_ref())?;
        member(&mut map, &["givenName", "given_name"], self.given_name.as_ref())?;
        member(&mut map, &["familyName", "family_name"], self.family_name.as_ref())?;
        member(&mut map, &["email_verified"], self.email_verified.as_ref())?;
        member(&mut map, &["realmAccess", "realm_access"], self.realm_access.as_ref())?;
        member(&mut map, &["resourceAccess", "resource_access"], self.resource_access.as_ref())?;
        map.end()
    }
}

fn user(subject: &str, claims: &Claims) -> User {
    let realm = claims.get("realm_access").and_then(Value::as_object);
    let mut permissions = Vec::new();
    for (client, access) in claims.get("resource_access").and_then(Value::as_object).into_iter().flatten() {
        let roles = access.as_object().map_or_else(Vec::new, |access| strings(access, "roles"));
        permissions.extend(roles.iter().map(|role| format!("{client}:{role}")));
    }
    let user = User::standard(subject, claims);
    let extra = KeycloakUser {
        preferred_username: user.username.clone(),
        given_name: string(claims, "given_name"),
        family_name: string(claims, "family_name"),
        email_verified: user.email_verified,
        realm_access: claims.get("realm_access").cloned(),
        resource_access: claims.get("resource_access").cloned(),
    };
    let roles = realm.map_or_else(Vec::new, |realm| strings(realm, "roles"));
    User { roles, permissions, extra: Extra::Keycloak(Box::new(extra)), ..user }
}
