//! The user of an [`Identity`](super::Identity), under the member names of mcp-use's v1 and v2.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Aal,
    provider::{
        Auth0User, BetterAuthUser, ClerkUser, ConvexUser, KeycloakUser, OktaUser, ScalekitUser, SupabaseUser, WorkOsUser,
    },
};

/// A user as the provider describes them. Everything but `id` is optional and, unless said otherwise, the user's own claim:
/// good for display, not for decisions.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// The token's `sub`: stable, unique per issuer.
    pub id: String,
    /// The same, under mcp-use v1's name.
    pub user_id: String,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the issuer says it verified the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// User name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Roles the issuer gives.
    pub roles: Vec<String>,
    /// Groups the issuer says the user is in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The same list as [`Identity::permissions`](super::Identity::permissions), where mcp-use v1 looks for it.
    pub permissions: Vec<String>,
    /// The sign-in session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The organisation the user acts in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Entra: the tenant the user signed in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// What this provider alone says, as members of the user.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What one provider says of its users, under the names of mcp-use. Each is described in the provider's file.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Extra {
    /// Nothing.
    #[default]
    #[serde(serialize_with = "no_members")]
    None,
    /// A user of a Supabase project.
    Supabase(SupabaseUser),
    /// A user of an Auth0 tenant.
    Auth0(Auth0User),
    /// A user of a Keycloak realm.
    Keycloak(Box<KeycloakUser>),
    /// A user of an Okta organisation.
    Okta(OktaUser),
    /// A user of a Scalekit environment.
    Scalekit(ScalekitUser),
    /// A user of an app on Convex.
    Convex(ConvexUser),
    /// A user of an application with Better Auth.
    BetterAuth(BetterAuthUser),
    /// A user of a Clerk instance.
    Clerk(ClerkUser),
    /// A user of a WorkOS environment.
    WorkOs(WorkOsUser),
}

/// The reader of [`Extra`] expects members.
fn no_members<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap as _;
    serializer.serialize_map(Some(0))?.end()
}

/// Writes a member under each of its names, if there is one. A `null` would be another answer than none.
pub(super) fn member<M: serde::ser::SerializeMap, T: Serialize>(
    map: &mut M,
    names: &[&'static str],
    value: Option<&T>,
) -> Result<(), M::Error> {
    for (name, value) in names.iter().flat_map(|name| value.map(|value| (name, value))) {
        map.serialize_entry(name, value)?;
    }
    Ok(())
}

impl User {
    /// What the provider says of how the user signed in.
    pub(super) fn aal(&self) -> Option<Aal> {
        if let Extra::Supabase(user) = &self.extra { user.aal.as_deref().and_then(Aal::parse) } else { None }
    }

    /// The claims OpenID Connect Core §5.1 names. A claim of another type is left out: nothing here decides anything.
    pub(super) fn standard(subject: &str, claims: &Map<String, Value>) -> Self {
        let text = |name| string(claims, name);
        Self {
            id: subject.to_owned(),
            user_id: subject.to_owned(),
            email: text("email"),
            email_verified: claims.get("email_verified").and_then(Value::as_bool),
            name: text("name"),
            username: text("preferred_username"),
            picture: text("picture"),
            roles: strings(claims, "roles"),
            groups: strings(claims, "groups"),
            session_id: text("sid"),
            organization_id: text("org_id"),
            ..Self::default()
        }
    }
}

/// A non-empty string member.
pub(super) fn string(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The strings of an array member.
pub(super) fn strings(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = claims.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
