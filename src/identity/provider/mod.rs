//! Identity providers as data: a new provider is one file here, with what its access tokens look like and where its keys are.
//!
//! A file says what is particular; [`Provider`] has the rows. What an operator sets is read by a row's `read` into a `Given`, which
//! `config` completes with what may be said of every issuer; the verifier is the same for all.

mod auth0;
mod better_auth;
mod clerk;
mod convex;
mod custom;
mod entra;
mod issued;
mod keycloak;
mod okta;
mod scalekit;
mod supabase;
mod workos;

use serde_json::{Map, Value};

pub use self::{
    auth0::Auth0User, better_auth::BetterAuthUser, clerk::ClerkUser, convex::ConvexUser, keycloak::KeycloakUser, okta::OktaUser,
    scalekit::ScalekitUser, supabase::SupabaseUser, workos::WorkOsUser,
};
use super::{Entrance, Refusal, TypeRule, User, Verifier, claims};
use crate::{
    config::{Config, Issuer, Reader, Variable},
    jose::{Alg, Key},
};

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// An identity provider: what its access tokens look like.
#[derive(Debug)]
pub struct Provider {
    /// Its name, such as `auth0`: in an identity, in `LATCH_PROVIDERS` and, in capitals, in the names of variables.
    pub name: &'static str,
    /// It is configured when one of these is set.
    pub(crate) variables: &'static [&'static Variable],
    /// Reads them.
    pub(crate) read: fn(&mut Reader<'_>) -> Option<Given>,
    /// What it can sign with; empty if only the operator can know.
    pub(crate) algorithms: &'static [Alg],
    /// Which header `typ` its access tokens have.
    pub(crate) typ: TypeRule,
    /// Scopes a client should ask for, if the operator does not say.
    pub(crate) scopes: &'static [&'static str],
    /// What its access tokens must look like beyond RFC 9068; checked before the audience, so that another kind of token is called
    /// by its name.
    pub(crate) admit: fn(&Claims, Allow) -> Result<(), Refusal>,
    /// The claims as a user, with the permissions.
    pub(crate) user: fn(&str, &Claims) -> User,
    /// What to do about a token for somebody else.
    pub(crate) audience_hint: &'static str,
    /// What to do about a token that is no JWT.
    pub(crate) opaque_hint: &'static str,
}

/// Every provider of remote mode, in the order of the documentation.
#[rustfmt::skip]
pub(crate) static ALL: &[&Provider] = &[
    &supabase::SUPABASE,
    &auth0::AUTH0,
    &better_auth::BETTER_AUTH,
    &clerk::CLERK,
    &workos::WORKOS,
    &keycloak::KEYCLOAK,
    &okta::OKTA,
    &entra::ENTRA,
    &scalekit::SCALEKIT,
    &convex::CONVEX,
    &custom::CUSTOM,
];

/// What a provider's own variables say.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// The values of `iss`, byte for byte. The first is the one clients are sent to.
    pub(crate) issuers: Vec<String>,
    /// Where its keys are.
    pub(crate) jwks_uri: Option<String>,
    /// Whom its tokens are for, unless `LATCH_AUDIENCE` says.
    pub(crate) audience: Expected,
    /// Who may stand beside that.
    pub(crate) also: Vec<String>,
    /// Its introspection endpoint, used if there is a client for it.
    pub(crate) introspect: Option<String>,
    /// A legacy HS256 secret.
    pub(crate) secret: Option<Box<Key>>,
    pub(crate) allow: Allow,
}

/// Whom tokens are for.
#[derive(Debug, Default)]
pub(crate) enum Expected {
    /// This endpoint.
    #[default]
    Resource,
    /// Who one of these names.
    OneOf(Vec<String>),
    /// Likewise, but these stand in all tokens of the issuer: they are good for every client of it.
    Shared(Vec<String>),
    /// The provider does not say: a token without an audience is good for every client of the issuer.
    Unbound,
}

/// What an operator lets in that is refused otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allow {
    /// Supabase: first-party session tokens, which carry no `client_id`.
    pub session_tokens: bool,
    /// Supabase, Better Auth: users who signed in without saying who they are.
    pub anonymous_users: bool,
    /// Entra: tokens of applications, without a user.
    pub app_tokens: bool,
}

impl Provider {
    /// The part of the names of variables that are for this one of several.
    pub(crate) fn infix(&self) -> String {
        self.name.to_ascii_uppercase()
    }
}

/// Issuers sign ID tokens, and some their refresh tokens, with the same key.
fn access_token(members: &Claims, _: Allow) -> Result<(), Refusal> {
    // OpenID Connect Core §2: claims only an ID token has.
    if ["nonce", "at_hash", "c_hash"].iter().any(|name| members.contains_key(*name)) {
        return Err(Refusal::IdToken);
    }
    // Cognito's name of the kind, and that of some others.
    match claims::text(members, "token_use")? {
        None | Some("access" | "access_token") => {}
        Some("id" | "id_token") => return Err(Refusal::IdToken),
        Some(_) => return Err(Refusal::NotAnAccessToken),
    }
    // Keycloak tells its tokens apart by a claim, and it is not alone.
    match claims::text(members, "typ")? {
        Some("ID") => Err(Refusal::IdToken),
        Some(typ) if !typ.eq_ignore_ascii_case("Bearer") => Err(Refusal::NotAnAccessToken),
        _ => Ok(()),
    }
}

/// The verifiers a configuration asks for: one for each issuer of remote mode.
pub fn verifiers(config: &Config) -> Vec<Verifier> {
    config.issuers().iter().map(|issuer| Verifier::of(issuer, config.endpoint().url(), entrance(config, issuer))).collect()
}

/// The verifier of tokens we issue ourselves.
pub(crate) fn issued(config: &Config) -> Verifier {
    issued::verifier(config, Entrance { client_ids: Vec::new(), policy: config.policy().clone() })
}

fn entrance(config: &Config, issuer: &Issuer) -> Entrance {
    Entrance { client_ids: issuer.client_ids.clone(), policy: config.policy().clone() }
}

/// The verifier of a Supabase project's own tokens for one of its OAuth clients, or without one for those of its legacy
/// sign-in: what the upstream of `LATCH_PROXY` must answer.
pub(crate) fn supabase_upstream(config: &Config, client_id: Option<&str>) -> Option<Verifier> {
    let issuer = config.issuers().iter().find(|issuer| issuer.provider.name == supabase::SUPABASE.name)?;
    let entrance = Entrance { client_ids: client_id.map(str::to_owned).into_iter().collect(), ..Entrance::default() };
    let allow = Allow { session_tokens: client_id.is_none(), ..issuer.allow };
    Some(Verifier::of(&Issuer { allow, ..issuer.clone() }, config.endpoint().url(), entrance))
}
