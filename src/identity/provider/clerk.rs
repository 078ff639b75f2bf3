//! Clerk.
//!
//! One key signs everything an instance issues, and everything has the same issuer: what a token is stands in its header. Most of
//! its OAuth tokens name no audience, and then open whatever trusts the issuer.

use serde::Serialize;

use super::{Allow, Claims, Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        Refusal, TypeRule, User, claims,
        user::{Extra, string, strings},
    },
    jose::Alg,
};

pub(super) static CLERK: Provider = Provider {
    name: "clerk",
    variables: &[&var::CLERK_FRONTEND_API_URL],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256],
    // Some instances stamp `cl_I7d4PD111III` on everything, so that no other category means anything.
    typ: TypeRule::AccessTokenBut(&[
        ("cl_B7d4PD111AAA", "a session token, made for the application's own pages"),
        ("cl_B7d4PD222AAA", "a token of a JWT template, made for another service"),
        ("cl_B7d4PD333AAA", "a machine's token, without a user"),
    ]),
    scopes: &[],
    admit,
    user,
    audience_hint: "a token of Clerk that names audiences must name MCP_URL; see LATCH_AUDIENCE",
    opaque_hint: "Clerk's opaque tokens (oat_…) are known to nobody but Clerk: have the OAuth application issue JWTs, or see \
                  LATCH_INTROSPECT_CLIENT_ID",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let issuer = reader.host(&var::CLERK_FRONTEND_API_URL, "https://clerk.example.com")?;
    Some(Given {
        jwks_uri: Some(format!("{issuer}/.well-known/jwks.json")),
        introspect: Some(format!("{issuer}/oauth/token_info")),
        audience: Expected::Unbound,
        issuers: vec![issuer],
        ..Given::default()
    })
}

fn admit(members: &Claims, allow: Allow) -> Result<(), Refusal> {
    access_token(members, allow)?;
    // Machines have subjects of their own kind, whatever the header says.
    let machine = claims::text(members, "sub")?.is_some_and(|subject| subject.starts_with("mch_"));
    if machine && !allow.app_tokens { Err(Refusal::AppToken) } else { Ok(()) }
}

/// What Clerk says of a user beside what everybody says. The organisation is in a token only if the client asked for
/// `user:org:read`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClerkUser {
    /// The user's role in the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_role: Option<String>,
    /// The organisation's name in URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_slug: Option<String>,
    /// The organisation, under mcp-use v1's name.
    #[serde(rename = "org_id", skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The role, likewise.
    #[serde(rename = "org_role", skip_serializing_if = "Option::is_none")]
    pub org_role: Option<String>,
}

fn user(subject: &str, members: &Claims) -> User {
    let role = string(members, "org_role");
    let standard = User::standard(subject, members);
    User {
        username: string(members, "username").or_else(|| standard.username.clone()),
        roles: role.iter().cloned().collect(),
        permissions: strings(members, "org_permissions"),
        extra: Extra::Clerk(ClerkUser {
            organization_role: role.clone(),
            organization_slug: string(members, "org_slug"),
            org_id: string(members, "org_id"),
            org_role: role,
        }),
        ..standard
    }
}
