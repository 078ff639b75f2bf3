//! Auth0.
//!
//! A token is a JWT only if the client named an API, by `audience` or `resource`; the API's identifier must be the endpoint's URL,
//! byte for byte. With `openid` the userinfo endpoint stands beside it in `aud`.

use super::{Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{TypeRule, User, user::strings},
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
    user: |subject, claims| User { permissions: strings(claims, "permissions"), ..User::standard(subject, claims) },
    audience_hint: "in Auth0, the API's identifier must be MCP_URL byte for byte, and the Resource Parameter Compatibility Profile on",
    opaque_hint: "Auth0 issues such tokens to clients that name no API (`audience` or `resource`): turn on the Resource Parameter \
                  Compatibility Profile, or set a default audience; if it has five parts, turn off the API's token encryption",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let origin = reader.host(&var::AUTH0_DOMAIN, "tenant.eu.auth0.com")?;
    Some(Given {
        also: vec![format!("{origin}/userinfo")],
        jwks_uri: Some(format!("{origin}/.well-known/jwks.json")),
        audience: reader.text(&var::AUTH0_AUDIENCE).map_or(Expected::Resource, |audience| Expected::OneOf(vec![audience])),
        // With a slash: it is compared byte for byte.
        issuers: vec![format!("{origin}/")],
        ..Given::default()
    })
}
