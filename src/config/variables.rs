//! The table of variables: the one source of what is read, of the docs table and of `latch up --help`.

use super::proxy::Kind;
use crate::identity::provider::{self, Provider};

/// One variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Other names it is read by, in this order, when it is not set itself.
    pub aliases: &'static [&'static str],
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    /// Whether its value must not be repeated in a message.
    pub secret: bool,
}

macro_rules! variables {
    ($($(#[secret($secret:literal)])? $name:ident $([$($alias:literal),+])? = $meaning:literal, $default:literal;)+) => {
        $(pub(crate) static $name: Variable = Variable {
            name: stringify!($name),
            aliases: &[$($($alias),+)?],
            meaning: $meaning,
            default: $default,
            secret: false $(|| $secret)?,
        };)+

        /// Every variable the component reads.
        pub static VARIABLES: &[&Variable] = &[$(&$name),+];
    };
}

variables! {
    MCP_URL = "Public URL of the endpoint, as clients type it; an origin gets `/mcp`.", "`latch up` on loopback: its own address; else required";
    SUPABASE_URL ["MCP_USE_OAUTH_SUPABASE_URL"] = "URL of the Supabase project, without a path.", "none; wins over `SUPABASE_PROJECT_ID`";
    SUPABASE_PROJECT_ID ["MCP_USE_OAUTH_SUPABASE_PROJECT_ID"] = "Reference of a hosted Supabase project: `https://<id>.supabase.co`.", "none";
    #[secret(true)] SUPABASE_PUBLISHABLE_KEY ["SUPABASE_ANON_KEY"] = "Sent as `apikey` to the project's gateway. A secret key stops the start.", "not sent";
    #[secret(true)] SUPABASE_JWT_SECRET ["MCP_USE_OAUTH_SUPABASE_JWT_SECRET"] = "Legacy JWT secret (32 bytes or more): accepts HS256 tokens beside the published keys.", "HS256 refused";
    SUPABASE_SESSION_TOKENS = "`allow` accepts first-party session tokens, which have no `client_id`: for smoke tests and embedded agents.", "`refuse`";
    AUTH0_DOMAIN ["MCP_USE_OAUTH_AUTH0_DOMAIN"] = "Auth0: the tenant's domain, or its custom one: `tenant.eu.auth0.com`.", "none";
    AUTH0_AUDIENCE ["MCP_USE_OAUTH_AUTH0_AUDIENCE"] = "Auth0: the API's identifier. It must be `MCP_URL`, unless `LATCH_AUDIENCE` says otherwise.", "`MCP_URL`";
    BETTER_AUTH_URL ["MCP_USE_OAUTH_BETTER_AUTH_URL"] = "Better Auth: its URL with the base path; an origin gets `/api/auth`.", "none";
    CLERK_FRONTEND_API_URL ["MCP_USE_OAUTH_CLERK_FRONTEND_API_URL"] = "Clerk: the Frontend API URL.", "none";
    WORKOS_SUBDOMAIN ["MCP_USE_OAUTH_WORKOS_SUBDOMAIN"] = "WorkOS AuthKit: its domain, such as `name.authkit.app`, or the custom one.", "none";
    KEYCLOAK_SERVER_URL ["MCP_USE_OAUTH_KEYCLOAK_SERVER_URL"] = "Keycloak: the server's public URL, with `/auth` if it has that.", "none";
    KEYCLOAK_REALM ["MCP_USE_OAUTH_KEYCLOAK_REALM"] = "Keycloak: the realm.", "required with it";
    KEYCLOAK_AUDIENCE ["MCP_USE_OAUTH_KEYCLOAK_AUDIENCE"] = "Keycloak: the audience. It must be `MCP_URL`, unless `LATCH_AUDIENCE` says otherwise.", "`MCP_URL`";
    OKTA_ISSUER = "Okta: the issuer of a custom authorization server, such as `https://example.okta.com/oauth2/default`.", "none";
    OKTA_AUDIENCE = "Okta: the authorization server's audience. `api://default` is that of every application of the organisation.", "`MCP_URL`";
    ENTRA_TENANTS = "Entra: ids of the tenants whose users may enter.", "none";
    ENTRA_CLIENT_ID = "Entra: the application (client) id of our app registration, which tokens must be for.", "required with it";
    ENTRA_APP_ID_URI = "Entra: its Application ID URI, accepted as audience beside the id.", "none";
    ENTRA_V1_TOKENS = "Entra: `allow` accepts tokens of version 1.0 too.", "`refuse`";
    ENTRA_APP_TOKENS = "Entra: `allow` accepts tokens of applications, which have no user.", "`refuse`";
    SCALEKIT_ENVIRONMENT_URL ["MCP_USE_OAUTH_SCALEKIT_ENVIRONMENT_URL"] = "Scalekit: the environment's URL.", "none";
    SCALEKIT_RESOURCE_ID ["MCP_USE_OAUTH_SCALEKIT_RESOURCE_ID"] = "Scalekit: the id of the MCP server registered there: `res_…`.", "required with it";
    CONVEX_AUTH_URL ["MCP_USE_OAUTH_CONVEX_AUTH_URL"] = "Convex: the URL of its OAuth server.", "none";
    LATCH_PROVIDERS = "Which of the configured providers are used, where variables of others are set for another reason.", "all that are configured";
    LATCH_ISSUER = "Any other issuer of access tokens, byte for byte as in `iss`. With several providers each has its own `LATCH_<NAME>_…` instead of the `LATCH_…` from `JWKS_URI` to `CLIENT_IDS`: `LATCH_AUTH0_AUDIENCE`, `LATCH_CUSTOM_JWKS_URI`.", "none";
    LATCH_JWKS_URI = "Where the issuer publishes its keys.", "where the provider has them; `LATCH_ISSUER`: what the issuer's own document says, at its own origin";
    LATCH_JWKS = "A JWK set, inline: verifies without a fetch; with a `jwks_uri` it is the first content of the cache.", "keys are fetched";
    LATCH_ALGORITHMS = "Signature algorithms accepted: RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES512 EdDSA.", "what the provider can sign with; `LATCH_ISSUER`: required, unless all its tokens are introspected";
    LATCH_AUDIENCE = "Accepted `aud` values. Every value of a token's `aud` must be one of them, or in `LATCH_AUDIENCE_ALSO`.", "what the provider's page in docs/providers says; else `MCP_URL`";
    LATCH_AUDIENCE_ALSO = "`aud` values that may stand beside an accepted one, such as the issuer's userinfo endpoint.", "what the provider puts there; with Supabase and Scalekit `MCP_URL` too";
    LATCH_TOKEN_TYPE = "Header `typ` of that issuer's tokens: `at+jwt` (RFC 9068), or `any` for older issuers.", "`at+jwt`";
    LATCH_INTROSPECT_URL = "The issuer's introspection endpoint (RFC 7662), asked about tokens that are not JWTs (docs/introspection.md).", "where the provider has it; `LATCH_ISSUER`: required with the next";
    LATCH_INTROSPECT_CLIENT_ID = "Our client there; it switches introspection on. One issuer at most may have it.", "opaque tokens are refused";
    #[secret(true)] LATCH_INTROSPECT_CLIENT_SECRET = "Its secret.", "required with it, unless there is a key";
    #[secret(true)] LATCH_INTROSPECT_CLIENT_KEY = "Instead of a secret: its private P-256 key, a JWK, for `private_key_jwt`.", "none";
    LATCH_INTROSPECT_CLIENT_AUTH = "How the secret is sent: `basic` or `post`.", "`basic`";
    LATCH_INTROSPECT_CACHE = "Seconds for which an answer is used, 0 to 60: so long a revoked token may still be good.", "`10`";
    LATCH_CLIENT_IDS = "OAuth clients that may enter; others get 403.", "any client of the issuer";
    LATCH_SCOPES = "Scopes clients should ask for: `scopes_supported` and the challenge.", "Supabase: `email`; else none";
    LATCH_REQUIRED_SCOPES = "Scopes a token must have; else 403 `insufficient_scope`.", "none";
    LATCH_ALLOWED_ORIGINS = "Browser origins that may call the endpoint, besides its own.", "none; a loopback endpoint allows loopback origins";
    LATCH_MIRROR_METADATA = "`on` repeats the issuer's metadata at our origin, for gateways that hide it and for 2025-03-26 clients.", "`off`";
    LATCH_DATA = "Which tables, views and functions of the Supabase project become tools: the declaration itself (TOML or JSON, docs/data.md), or for `latch up` the path of its file.", "no data tools; the demo declares `notes`";
    LATCH_POLICY = "Who may enter, and what each tool, prompt and resource needs: the document itself (TOML or JSON, docs/policy.md), or for `latch up` the path of its file.", "whoever has a good token may do everything";
    LATCH_LISTING = "Which tools and prompts a user sees: `reachable` (allowed, or allowed after a sign-in with more scopes), `granted` (allowed now) or `everything`.", "`reachable`";
    #[secret(true)] LATCH_KEYS = "Secrets of the endpoint, as `latch keys new` prints them: they seal what a client carries for us between two requests.", "required with `LATCH_PROXY`; else none, and tools that remember cannot";
    LATCH_TOKEN_TO_TOOLS = "Names of tools that may read the caller's raw token. They can do anything the user can: name only tools you wrote.", "none: no tool of a custom server sees a token";
    LATCH_PROXY = "Makes mcp-latch the authorization server in front of `google`, `github`, `okta`, `entra`, `auth0`, `supabase`, `supabase-legacy`, `oidc` or `oauth2`. Several, with commas: the user chooses, and each has its own `LATCH_PROXY_<NAME>_…` instead of the `LATCH_PROXY_…` from `CLIENT_ID` to `ROTATION`.", "the provider above is the authorization server";
    LATCH_PROXY_CLIENT_ID = "Our client at the upstream. Its callback is `<origin of MCP_URL>/auth/callback`.", "required, but for `supabase-legacy`";
    #[secret(true)] LATCH_PROXY_CLIENT_SECRET = "Its secret.", "required, but for `supabase`, `oidc` and `oauth2`";
    #[secret(true)] LATCH_PROXY_CLIENT_KEY = "Instead of a secret: its private P-256 key, a JWK, for `private_key_jwt`.", "none";
    LATCH_PROXY_CLIENT_AUTH = "How the secret is sent: `basic` or `post`.", "what the upstream wants";
    LATCH_PROXY_ISSUER = "The upstream's issuer. GitHub Enterprise Server: its URL.", "required for `okta`, `entra`, `auth0`, `oidc`";
    LATCH_PROXY_AUTHORIZE_URL = "Its authorization endpoint, where it is not the usual one.", "known or discovered; `oauth2`: required";
    LATCH_PROXY_TOKEN_URL = "Its token endpoint, likewise.", "known or discovered; `oauth2`: required";
    LATCH_PROXY_JWKS_URL = "Its keys, likewise. A discovered endpoint of another origin than the issuer's must be named here.", "known or discovered";
    LATCH_PROXY_USERINFO_URL = "Its userinfo endpoint, asked once at sign-in for an e-mail address and name that are not in the ID token; `oauth2`: see `IDENTITY`. GitHub: its API.", "not asked; GitHub: known";
    LATCH_PROXY_INTROSPECT_URL = "Its introspection endpoint (`oauth2`): it says who signed in.", "`oauth2`: required";
    LATCH_PROXY_REVOKE_URL = "Its revocation endpoint.", "known or discovered";
    LATCH_PROXY_SCOPES = "Scopes to ask the upstream for.", "what signing in takes";
    LATCH_PROXY_EXTRAS = "Parameters to add to the upstream's authorization requests, such as `hd=example.com&prompt=login`.", "none";
    LATCH_PROXY_TENANTS = "Who may sign in. Entra: tenant ids; Google: Workspace domains.", "everybody; required for Entra's `common` and `organizations`";
    LATCH_PROXY_PROVIDER = "`supabase-legacy`: the project's provider to sign in with, such as `google`.", "required there";
    LATCH_PROXY_RESOURCE = "`forward` passes the endpoint's URL on to the upstream as `resource`.", "`consume`";
    LATCH_PROXY_IDENTITY = "`oauth2`: `userinfo` accepts what its userinfo endpoint says, although that takes tokens of other clients too.", "`bound`: introspection says the client";
    LATCH_PROXY_ROTATION = "`on`: the upstream makes a refresh token useless once it was used, so ours may live for 30 days instead of one.", "`off`; Supabase: `on`";
    LATCH_PROXY_REDIRECTS = "Redirect URIs that codes may be sent to, beside being the client's: exact ones (a loopback port does not count), or origins.", "whatever a client registered";
    LATCH_DCR = "`off`: clients cannot register themselves (RFC 7591).", "`on`";
    LATCH_CIMD_HOSTS = "Hosts whose Client ID Metadata Documents are accepted, such as `claude.ai`.", "none: not advertised";
    LATCH_CLIENTS = "Clients that are known already: a JSON array of client metadata (RFC 7591 §2) with `client_id`.", "none";
    LATCH_TOKEN_FORMAT = "Access tokens we issue: `sealed` (opaque), or `jwt` (RFC 9068, ES256; our keys are published).", "`sealed`";
    LATCH_NAME = "The operator's name on our pages.", "the endpoint's host";
    LATCH_LOGO = "URL of the operator's logo on our pages.", "none";
    LATCH_ANONYMOUS = "What callers without a token may do: nothing (`off`), see the lists (`discovery`), or also use what `LATCH_POLICY` makes public (`tools`). Some hosted clients then never sign in: docs/anonymous.md.", "`off`";
    LATCH_CHALLENGE = "How a tool call that needs a sign-in, or more scopes, is answered: by HTTP status (`http`), or as a result with the challenge in it (`result`), which is what ChatGPT acts on.", "`http`";
    LATCH_AUDIT = "Which decisions are logged, one line each: `all`, or `refused` ones only.", "`all`";
    LATCH_DEBUG_ERRORS = "`on` tells clients the reason code of a refusal.", "`off`";
}

/// What the names of an upstream's variables start with.
pub(super) const UPSTREAM: &str = "LATCH_PROXY_";
/// The prefix that is ours alone.
pub(super) const PREFIX: &str = "LATCH_";
/// A name with that prefix that belongs to the host program.
const OF_THE_HOST: &str = "LATCH_LISTEN";
/// Names with this prefix belong to tests.
const OF_TESTS: &str = "LATCH_TEST_";

/// What is read of one upstream.
pub(super) static OF_AN_UPSTREAM: &[&Variable] = &[
    &LATCH_PROXY_CLIENT_ID,
    &LATCH_PROXY_CLIENT_SECRET,
    &LATCH_PROXY_CLIENT_KEY,
    &LATCH_PROXY_CLIENT_AUTH,
    &LATCH_PROXY_ISSUER,
    &LATCH_PROXY_AUTHORIZE_URL,
    &LATCH_PROXY_TOKEN_URL,
    &LATCH_PROXY_JWKS_URL,
    &LATCH_PROXY_USERINFO_URL,
    &LATCH_PROXY_INTROSPECT_URL,
    &LATCH_PROXY_REVOKE_URL,
    &LATCH_PROXY_SCOPES,
    &LATCH_PROXY_EXTRAS,
    &LATCH_PROXY_TENANTS,
    &LATCH_PROXY_PROVIDER,
    &LATCH_PROXY_RESOURCE,
    &LATCH_PROXY_IDENTITY,
    &LATCH_PROXY_ROTATION,
];

/// What is said of one issuer.
pub(super) static OF_AN_ISSUER: &[&Variable] = &[
    &LATCH_JWKS_URI,
    &LATCH_JWKS,
    &LATCH_ALGORITHMS,
    &LATCH_AUDIENCE,
    &LATCH_AUDIENCE_ALSO,
    &LATCH_TOKEN_TYPE,
    &LATCH_INTROSPECT_URL,
    &LATCH_INTROSPECT_CLIENT_ID,
    &LATCH_INTROSPECT_CLIENT_SECRET,
    &LATCH_INTROSPECT_CLIENT_KEY,
    &LATCH_INTROSPECT_CLIENT_AUTH,
    &LATCH_INTROSPECT_CACHE,
    &LATCH_CLIENT_IDS,
];

/// What means nothing without `LATCH_PROXY`, beside that.
pub(super) static OF_THE_PROXY: &[&Variable] = &[
    &LATCH_PROXY_CLIENT_ID,
    &LATCH_PROXY_CLIENT_SECRET,
    &LATCH_PROXY_CLIENT_KEY,
    &LATCH_PROXY_ISSUER,
    &LATCH_PROXY_REDIRECTS,
    &LATCH_DCR,
    &LATCH_CIMD_HOSTS,
    &LATCH_CLIENTS,
    &LATCH_TOKEN_FORMAT,
];

/// What means nothing with it, beside what is said of one issuer: rules for tokens that others issue.
pub(super) static OF_REMOTE_MODE: &[&Variable] = &[&LATCH_MIRROR_METADATA, &LATCH_PROVIDERS, &SUPABASE_SESSION_TOKENS];

/// Whether a name looks like ours and is not.
pub(super) fn is_unknown(name: &str) -> bool {
    name.starts_with(PREFIX)
        && name != OF_THE_HOST
        && !name.starts_with(OF_TESTS)
        && !VARIABLES.iter().any(|variable| variable.name == name)
        && upstream_of(name).is_none()
        && issuer_of(name).is_none()
}

/// Whether the component reads a variable of this name: one of [`VARIABLES`] or their aliases, or that of one of several upstreams,
/// such as `LATCH_PROXY_GOOGLE_CLIENT_ID`.
pub fn is_read(name: &str) -> bool {
    VARIABLES.iter().any(|variable| variable.name == name || variable.aliases.contains(&name))
        || upstream_of(name).is_some()
        || issuer_of(name).is_some()
}

/// Whether a variable says which provider, or which upstream, users sign in with.
pub fn is_provider(variable: &Variable) -> bool {
    let mut naming = provider::ALL.iter().flat_map(|row| row.variables);
    variable.name == LATCH_PROXY.name || naming.any(|naming| naming.name == variable.name)
}

/// Whose variable a name like `LATCH_PROXY_GOOGLE_CLIENT_ID` is.
pub(super) fn upstream_of(name: &str) -> Option<Kind> {
    let rest = name.strip_prefix(UPSTREAM)?;
    Kind::ALL.into_iter().find(|kind| {
        let last = rest.strip_prefix(&kind.infix()).and_then(|rest| rest.strip_prefix('_'));
        last.is_some_and(|last| OF_AN_UPSTREAM.iter().any(|variable| variable.name.strip_prefix(UPSTREAM) == Some(last)))
    })
}

/// Whose variable a name like `LATCH_AUTH0_AUDIENCE` is.
pub(super) fn issuer_of(name: &str) -> Option<&'static Provider> {
    let rest = name.strip_prefix(PREFIX)?;
    let own = |last: &str| OF_AN_ISSUER.iter().any(|variable| variable.name.strip_prefix(PREFIX) == Some(last));
    let of = |row: &&&Provider| rest.strip_prefix(&row.infix()).and_then(|rest| rest.strip_prefix('_')).is_some_and(own);
    provider::ALL.iter().find(of).copied()
}

/// The table as text, for `--help`.
pub fn help_table() -> String {
    let mut table = String::new();
    for variable in VARIABLES {
        let aliases = if variable.aliases.is_empty() { String::new() } else { format!(" (or {})", variable.aliases.join(", ")) };
        table += &format!("  {}{aliases}\n      {}\n      default: {}\n", variable.name, variable.meaning, variable.default);
    }
    table
}

/// The table as Markdown, for the documentation; a test compares the two.
pub fn markdown_table() -> String {
    let mut table = String::from("| variable | meaning | default |\n|---|---|---|\n");
    for variable in VARIABLES {
        let aliases: String = variable.aliases.iter().map(|alias| format!("<br>or `{alias}`")).collect();
        table += &format!("| `{}`{aliases} | {} | {} |\n", variable.name, variable.meaning, variable.default);
    }
    table
}
