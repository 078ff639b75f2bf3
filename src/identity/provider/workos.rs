//! WorkOS AuthKit.
//!
//! A token is for the environment's client id, and so for every application of the environment, until the endpoint's URL is a
//! Resource Indicator there and the client asks for it. Session tokens of User Management have another issuer.

use serde::Serialize;

use super::{Claims, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        TypeRule, User,
        user::{Extra, string, strings},
    },
    jose::Alg,
};

pub(super) static WORKOS: Provider = Provider {
    name: "workos",
    variables: &[&var::WORKOS_SUBDOMAIN],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit: access_token,
    user,
    audience_hint: "in the WorkOS dashboard, MCP_URL must be a Resource Indicator, byte for byte; without one a token is for the \
                    environment's client id, and so for every application of it",
    opaque_hint: "AuthKit's access tokens are JWTs; see LATCH_INTROSPECT_CLIENT_ID",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let example = "name.authkit.app";
    let text = reader.text(&var::WORKOS_SUBDOMAIN).unwrap_or_default();
    // Other libraries' variable of this name is the whole domain; the dashboard shows both.
    if !text.is_empty() && text != "localhost" && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        let fix = format!("use the whole domain, such as {text}.authkit.app");
        reader.mistake_in(&var::WORKOS_SUBDOMAIN, Some(&text), "is a word, not a domain", &fix);
        return None;
    }
    let issuer = reader.host(&var::WORKOS_SUBDOMAIN, example)?;
    Some(Given {
        jwks_uri: Some(format!("{issuer}/oauth2/jwks")),
        introspect: Some(format!("{issuer}/oauth2/introspection")),
        issuers: vec![issuer],
        ..Given::default()
    })
}

/// What WorkOS says of a user beside what everybody says. Names and addresses are in a token only if a JWT template of the
/// environment puts them there.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkOsUser {
    /// `preferred_username`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The organisation, under mcp-use v1's name.
    #[serde(rename = "organization_id", skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The session, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

fn user(subject: &str, members: &Claims) -> User {
    User {
        permissions: strings(members, "permissions"),
        extra: Extra::WorkOs(WorkOsUser {
            preferred_username: string(members, "preferred_username"),
            first_name: string(members, "first_name"),
            last_name: string(members, "last_name"),
            organization_id: string(members, "org_id"),
            sid: string(members, "sid"),
        }),
        ..User::standard(subject, members)
    }
}
