//! Better Auth, with its OAuth provider plugin.
//!
//! A token is a JWT only if the client named a `resource`. The 1.6 line put whatever the token request named into `aud`, without
//! asking what the user had agreed to (GHSA-p2fr-6hmx-4528), so that no audience but ours and userinfo's is tolerated.

use serde::Serialize;

use super::{Allow, Claims, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        Refusal, TypeRule, User, claims,
        user::{Extra, string, strings},
    },
    jose::Alg,
};

pub(super) static BETTER_AUTH: Provider = Provider {
    name: "better_auth",
    variables: &[&var::BETTER_AUTH_URL],
    read: |reader| read(reader),
    // EdDSA unless the application says otherwise.
    algorithms: &[Alg::EdDsa, Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::Es512],
    // Its session and ID tokens have the same keys and another `typ`.
    typ: TypeRule::AccessToken,
    scopes: &[],
    admit,
    user,
    audience_hint: "in Better Auth, MCP_URL must be one of the plugin's resources, byte for byte, and the client must send it as \
                    `resource` and nothing beside it",
    opaque_hint: "Better Auth issues such tokens to clients that send no `resource`; MCP clients do, so this one was probably got \
                  some other way",
};

/// Where Better Auth is if nobody says otherwise.
const BASE_PATH: &str = "/api/auth";

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let url = reader.needed_url(&var::BETTER_AUTH_URL, "https://app.example.com/api/auth")?;
    let is_origin = url.split_once("://").is_some_and(|(_, rest)| !rest.contains('/'));
    let issuer = if is_origin { format!("{url}{BASE_PATH}") } else { url };
    Some(Given {
        // What `openid` adds.
        also: vec![format!("{issuer}/oauth2/userinfo")],
        jwks_uri: Some(format!("{issuer}/jwks")),
        introspect: Some(format!("{issuer}/oauth2/introspect")),
        issuers: vec![issuer],
        ..Given::default()
    })
}

fn admit(members: &Claims, allow: Allow) -> Result<(), Refusal> {
    access_token(members, allow)?;
    for name in ["is_anonymous", "isAnonymous"] {
        if claims::flag(members, name)? == Some(true) && !allow.anonymous_users {
            return Err(Refusal::AnonymousUser);
        }
    }
    // The client credentials grant: the client is its own subject.
    let subject = claims::text(members, "sub")?;
    for name in ["client_id", "azp"] {
        if claims::text(members, name)?.is_some_and(|client| Some(client) == subject) && !allow.app_tokens {
            return Err(Refusal::AppToken);
        }
    }
    Ok(())
}

/// What Better Auth says of a user beside what everybody says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BetterAuthUser {
    /// Whether the user signed in without saying who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// The session, under mcp-use v1's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

fn user(subject: &str, members: &Claims) -> User {
    let flag = |name: &str| members.get(name).and_then(serde_json::Value::as_bool);
    let is_anonymous = flag("is_anonymous").or_else(|| flag("isAnonymous"));
    User {
        permissions: strings(members, "permissions"),
        extra: Extra::BetterAuth(BetterAuthUser { is_anonymous, sid: string(members, "sid") }),
        ..User::standard(subject, members)
    }
}
