//! Supabase Auth.
//!
//! Its OAuth server ignores RFC 8707: `aud` is always `authenticated`, so a token does not say which MCP server it is for.
//! What can be demanded instead is that it came through the OAuth server at all (`client_id`), that it is a user's
//! (`role`, `session_id`, not anonymous), and, where an access-token hook adds audiences, that they name us and nobody else.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Allow, Claims, Expected, Given, Provider};
use crate::{
    config::{Reader, Supabase, variables as var},
    identity::{
        Refusal, TypeRule, User, claims,
        refusal::shorten,
        user::{Extra, string},
    },
    jose::{Alg, Key, hs256::MIN_SECRET_BYTES},
    uuid::is_uuid,
};

/// The value of `aud`, and of `role`, for signed-in users.
const AUTHENTICATED: &str = "authenticated";

pub(super) static SUPABASE: Provider = Provider {
    name: "supabase",
    variables: &[&var::SUPABASE_URL, &var::SUPABASE_PROJECT_ID],
    read: |reader| read(reader),
    // What Supabase Auth can sign with, besides HS256.
    algorithms: &[Alg::Es256, Alg::Rs256, Alg::Es512, Alg::Rs512, Alg::EdDsa],
    typ: TypeRule::AccessTokenOrJwt,
    // It knows no custom scopes; `email` is what it grants by default, and unlike `openid` it works on projects that still sign
    // with HS256.
    scopes: &["email"],
    admit,
    user,
    audience_hint: "see LATCH_AUDIENCE",
    opaque_hint: "it is not one of a Supabase project",
};

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    let jwt_secret = reader.secret(&var::SUPABASE_JWT_SECRET).and_then(|secret| {
        let key = Key::from_secret(&secret);
        if key.is_none() {
            let problem = format!("is shorter than {MIN_SECRET_BYTES} bytes");
            let fix = "copy the whole JWT secret from the project's settings";
            reader.mistake_in(&var::SUPABASE_JWT_SECRET, None, &problem, fix);
        }
        key.map(Box::new)
    });
    let session_tokens = reader.switch(&var::SUPABASE_SESSION_TOKENS, "allow", "refuse");
    let issuer = Supabase::read_issuer(reader)?;
    Some(Given {
        jwks_uri: Some(format!("{issuer}/.well-known/jwks.json")),
        issuers: vec![issuer],
        audience: Expected::Shared(vec![AUTHENTICATED.to_owned()]),
        secret: jwt_secret,
        allow: Allow { session_tokens, ..Allow::default() },
        ..Given::default()
    })
}

fn admit(members: &Claims, allow: Allow) -> Result<(), Refusal> {
    match claims::text(members, "role")? {
        Some(AUTHENTICATED) => {}
        Some("service_role") => return Err(Refusal::ServiceRole),
        Some(other) => return Err(Refusal::Role { got: shorten(other) }),
        // PostgREST would run such a token as `anon` and answer 200 with no rows.
        None if members.contains_key("session_id") => return Err(Refusal::Role { got: "none".to_owned() }),
        None => return Err(Refusal::IdToken),
    }
    if claims::flag(members, "is_anonymous")? == Some(true) && !allow.anonymous_users {
        return Err(Refusal::AnonymousUser);
    }
    if claims::text(members, "session_id")?.is_none_or(str::is_empty) {
        return Err(Refusal::SessionMissing);
    }
    if claims::text(members, "client_id")?.is_none() && !allow.session_tokens {
        return Err(Refusal::SessionToken);
    }
    let subject = claims::text(members, "sub")?.unwrap_or_default();
    // What `auth.uid()` can be cast to.
    if is_uuid(subject) { Ok(()) } else { Err(Refusal::Claim("sub")) }
}

/// What Supabase says of a user beside what everybody says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupabaseUser {
    /// `user_metadata.full_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// `user_metadata.avatar_url`, which is the picture too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// The PostgreSQL role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Authenticator assurance level, `aal1` or `aal2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aal: Option<String>,
    /// How and when the user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amr: Option<Value>,
    /// The session, under mcp-use v1's name.
    #[serde(rename = "session_id", skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// The claims as a user.
pub(super) fn user(subject: &str, members: &Claims) -> User {
    let none = Map::new();
    let metadata = members.get("user_metadata").and_then(Value::as_object).unwrap_or(&none);
    let role = string(members, "role");
    let aal = string(members, "aal");
    let session = string(members, "session_id");
    let permissions = aal.iter().map(|aal| format!("aal:{aal}")).collect();
    User {
        name: string(metadata, "full_name").or_else(|| string(metadata, "name")),
        username: string(metadata, "username").or_else(|| string(metadata, "user_name")),
        picture: string(metadata, "avatar_url").or_else(|| string(metadata, "picture")),
        permissions,
        roles: role.iter().cloned().collect(),
        session_id: session.clone(),
        extra: Extra::Supabase(SupabaseUser {
            full_name: string(metadata, "full_name"),
            avatar_url: string(metadata, "avatar_url"),
            role,
            aal,
            amr: members.get("amr").cloned(),
            session,
        }),
        ..User::standard(subject, members)
    }
}
