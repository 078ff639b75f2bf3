//! Convex, by the OAuth server of an app that runs on it.
//!
//! Tokens name their client in `cid` or `client_id`, and the endpoint in `aud`. The app's own sign-in tokens are for `convex`.

use serde::Serialize;

use super::{Claims, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        TypeRule, User,
        user::{Extra, string},
    },
    jose::Alg,
};

pub(super) static CONVEX: Provider = Provider {
    name: "convex",
    variables: &[&var::CONVEX_AUTH_URL],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256, Alg::Es256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit: access_token,
    user,
    audience_hint: "the OAuth server must put MCP_URL, which clients send as `resource`, into `aud`",
    opaque_hint: "it is not one of the OAuth server at CONVEX_AUTH_URL: those are JWTs",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let issuer = reader.needed_url(&var::CONVEX_AUTH_URL, "https://name.convex.site")?;
    Some(Given { jwks_uri: Some(format!("{issuer}/.well-known/jwks.json")), issuers: vec![issuer], ..Given::default() })
}

/// What Convex says of a user beside what everybody says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConvexUser {
    /// The OAuth client that acts for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

fn user(subject: &str, members: &Claims) -> User {
    let client_id = string(members, "cid").or_else(|| string(members, "client_id"));
    User { extra: Extra::Convex(ConvexUser { client_id }), ..User::standard(subject, members) }
}
