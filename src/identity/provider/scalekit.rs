//! Scalekit.
//!
//! An MCP server registered there is a resource with an issuer of its own, `{environment}/resources/{id}`; tokens may name the
//! environment instead. Whom they are for is the resource's id, not its URL. The environment's sign-in sessions have the same issuer
//! and keys, and their client in `aud`.

use serde::Serialize;

use super::{Claims, Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{
        TypeRule, User,
        user::{Extra, string, strings},
    },
    jose::Alg,
};

pub(super) static SCALEKIT: Provider = Provider {
    name: "scalekit",
    variables: &[&var::SCALEKIT_ENVIRONMENT_URL, &var::SCALEKIT_RESOURCE_ID],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit: access_token,
    user,
    audience_hint: "it must be for the MCP server that SCALEKIT_RESOURCE_ID names; audiences beside it must be in LATCH_AUDIENCE_ALSO",
    opaque_hint: "it is not one of a Scalekit environment",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let fix = "the id of the MCP server in Scalekit's dashboard: res_…";
    let environment = if reader.has(&var::SCALEKIT_ENVIRONMENT_URL) {
        reader.host(&var::SCALEKIT_ENVIRONMENT_URL, "https://name.scalekit.com")
    } else {
        reader.needed(&var::SCALEKIT_ENVIRONMENT_URL, "the environment's URL, such as https://name.scalekit.com")
    };
    let id = reader.needed(&var::SCALEKIT_RESOURCE_ID, fix);
    let is_id = |id: &String| {
        id.strip_prefix("res_")
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    if let Some(wrong) = id.as_ref().filter(|id| !is_id(id)) {
        reader.mistake_in(&var::SCALEKIT_RESOURCE_ID, Some(wrong), "is not the id of a resource", &format!("set it to {fix}"));
    }
    let (environment, id) = (environment?, id.filter(is_id)?);
    Some(Given {
        jwks_uri: Some(format!("{environment}/keys")),
        // The first has the metadata that clients need.
        issuers: vec![format!("{environment}/resources/{id}"), environment],
        audience: Expected::OneOf(vec![id]),
        ..Given::default()
    })
}

/// What Scalekit says of a user beside what everybody says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalekitUser {
    /// `machine` if a client acts for itself, else `user`.
    pub subject_type: &'static str,
}

fn user(subject: &str, members: &Claims) -> User {
    let is_client =
        ["client_id", "azp"].iter().any(|name| members.get(*name).and_then(serde_json::Value::as_str) == Some(subject));
    let user = User::standard(subject, members);
    User {
        // Its sign-in tokens call it `oid`.
        organization_id: user.organization_id.or_else(|| string(members, "oid")),
        permissions: strings(members, "permissions"),
        extra: Extra::Scalekit(ScalekitUser { subject_type: if is_client { "machine" } else { "user" } }),
        ..user
    }
}
