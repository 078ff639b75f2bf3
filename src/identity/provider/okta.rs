//! Okta, by a custom authorization server (`/oauth2/…`).
//!
//! Okta documents the tokens of the organisation's own server, without `/oauth2/`, as opaque: they look like JWTs, and nobody else
//! may verify them. Access tokens name their client in `cid` and their scopes in an array, `scp`.

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

pub(super) static OKTA: Provider = Provider {
    name: "okta",
    variables: &[&var::OKTA_ISSUER],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit,
    user,
    audience_hint: "in Okta, the authorization server's audience must be MCP_URL, or what OKTA_AUDIENCE says",
    opaque_hint: "it is not one of a custom authorization server: those are JWTs",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let example = "https://example.okta.com/oauth2/default";
    let issuer = reader.needed_url(&var::OKTA_ISSUER, example)?;
    let server = issuer.split_once("/oauth2/").map(|(_, server)| server);
    // The organisation's server has its endpoints below /oauth2/v1.
    if server.is_none_or(|server| server.is_empty() || server.contains('/') || server == "v1") {
        let problem = "is not the issuer of a custom authorization server (…/oauth2/…); tokens of the organisation's own server are \
                       opaque to everybody but Okta";
        let fix = format!("use the Issuer URI under Security → API → Authorization Servers, such as {example}");
        reader.mistake_in(&var::OKTA_ISSUER, Some(&issuer), problem, &fix);
        return None;
    }
    Some(Given {
        jwks_uri: Some(format!("{issuer}/v1/keys")),
        introspect: Some(format!("{issuer}/v1/introspect")),
        audience: reader.text(&var::OKTA_AUDIENCE).map_or(Expected::Resource, |audience| Expected::OneOf(vec![audience])),
        issuers: vec![issuer],
        ..Given::default()
    })
}

fn admit(members: &Claims, allow: Allow) -> Result<(), Refusal> {
    access_token(members, allow)?;
    // ID tokens have the same issuer and key. They name no client but in `aud`.
    if claims::text(members, "cid")?.is_none() {
        return Err(Refusal::NotAnAccessToken);
    }
    // Absent if there is no user: the client acts for itself.
    if claims::text(members, "uid")?.is_none_or(str::is_empty) { Err(Refusal::AppToken) } else { Ok(()) }
}

/// What Okta says of a user beside what everybody says. The names are ours: mcp-use has no Okta.
#[derive(Debug, Clone, Serialize)]
pub struct OktaUser {
    /// The token's `sub`: the name the user signs in with, unless the authorization server says otherwise. It can change, and be
    /// somebody else's later; `id` is the user's number (`uid`).
    pub login: String,
    /// Groups, if the authorization server has a claim of that name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

fn user(subject: &str, members: &Claims) -> User {
    let user = User::standard(subject, members);
    let id = string(members, "uid").unwrap_or_default();
    User {
        user_id: id.clone(),
        id,
        username: user.username.or_else(|| Some(subject.to_owned())),
        extra: Extra::Okta(OktaUser { login: subject.to_owned(), groups: strings(members, "groups") }),
        ..user
    }
}
