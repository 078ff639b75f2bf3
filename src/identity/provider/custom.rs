//! Any issuer of JWT access tokens, by the rules of RFC 9068.

use super::{Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{TypeRule, User, user::strings},
};

pub(super) static CUSTOM: Provider = Provider {
    name: "custom",
    variables: &[&var::LATCH_ISSUER],
    read: |reader| read(reader),
    algorithms: &[],
    typ: TypeRule::AccessToken,
    scopes: &[],
    admit: access_token,
    user: |subject, claims| User { permissions: strings(claims, "permissions"), ..User::standard(subject, claims) },
    audience_hint: "see LATCH_AUDIENCE",
    opaque_hint: "the issuer must be asked about such tokens: see LATCH_INTROSPECT_URL",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    Some(Given { issuers: vec![reader.url(&var::LATCH_ISSUER)?], ..Given::default() })
}
