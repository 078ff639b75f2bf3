//! Auth0.
//!
//! A token is a JWT only if the client named an API, by `audience` or `resource`; the API's identifier must be the endpoint's URL,
//! byte for byte. With `openid` the userinfo endpoint stands beside it in `aud`.

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

pub(super) static AUTH0: Provider = Provider {
    name: "auth0",
    variables: &[&var::AUTH0_DOMAIN],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256, Alg::Ps256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit: access_token,
    user,
    audience_hint: "in Auth0, the API's identifier must be MCP_URL byte for byte, and the Resource Parameter Compatibility Profile on",
    opaque_hint: "Auth0 issues such tokens to clients that name no API (`audience` or `resource`): turn on the Resource Parameter \
                  Compatibility Profile, or set a default audience; if it has five parts, turn off the API's token encryption",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let origin = reader.host(&var::AUTH0_DOMAIN, "tenant.eu.auth0.com")?;
    let (_, host) = origin.split_once("://").unwrap_or_default();
    if !host.contains('.') && !host.starts_with("localhost") && !host.starts_with('[') {
        let fix = "use the tenant's whole domain, such as tenant.eu.auth0.com";
        reader.mistake_in(&var::AUTH0_DOMAIN, Some(host), "is no domain", fix);
        return None;
    }
    Some(Given {
        also: vec![format!("{origin}/userinfo")],
        jwks_uri: Some(format!("{origin}/.well-known/jwks.json")),
        audience: reader.text(&var::AUTH0_AUDIENCE).map_or(Expected::Resource, |audience| Expected::OneOf(vec![audience])),
        // With a slash: it is compared byte for byte.
        issuers: vec![format!("{origin}/")],
        ..Given::default()
    })
}

/// What Auth0 says of a user beside what everybody says.
#[derive(Debug, Clone)]
pub struct Auth0User {
    /// `nickname`.
    pub nickname: Option<String>,
    /// `email_verified`, under mcp-use v1's name too.
    pub email_verified: Option<bool>,
    /// When the profile changed last (`updated_at`), as Auth0 writes it; mcp-use v1 keeps the claim's name.
    pub updated_at: Option<Value>,
}

impl Serialize for Auth0User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        member(&mut map, &["nickname"], self.nickname.as_ref())?;
        member(&mut map, &["email_verified"], self.email_verified.as_ref())?;
        member(&mut map, &["updatedAt", "updated_at"], self.updated_at.as_ref())?;
        map.end()
    }
}

fn user(subject: &str, members: &Claims) -> User {
    let user = User::standard(subject, members);
    let extra = Auth0User {
        nickname: string(members, "nickname"),
        email_verified: user.email_verified,
        updated_at: members.get("updated_at").cloned(),
    };
    User { permissions: strings(members, "permissions"), extra: Extra::Auth0(extra), ..user }
}
