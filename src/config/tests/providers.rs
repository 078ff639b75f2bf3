//! Which providers variables mean, and what is wrong with those that mean none.

use super::*;

const MCP_URL: (&str, &str) = ("MCP_URL", "https://api.example.com/mcp");
const AUTH0: (&str, &str) = ("AUTH0_DOMAIN", "tenant.eu.auth0.com");
const SUPABASE: (&str, &str) = ("SUPABASE_PROJECT_ID", "abc");
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

fn of(more: &[(&str, &str)]) -> Result<Config, Errors> {
    config(&[MCP_URL], more)
}

fn refused(more: &[(&str, &str)]) -> String {
    of(more).expect_err(&format!("{more:?}")).to_string()
}

/// A provider, the variables of mcp-use that mean it, and the issuer.
type Alias = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const ALIASES: [Alias; 9] = [
    ("supabase", &[("MCP_USE_OAUTH_SUPABASE_URL", "https://abc.supabase.co")], "https://abc.supabase.co/auth/v1"),
    ("supabase", &[("MCP_USE_OAUTH_SUPABASE_PROJECT_ID", "abc")], "https://abc.supabase.co/auth/v1"),
    (
        "auth0",
        &[("MCP_USE_OAUTH_AUTH0_DOMAIN", "tenant.eu.auth0.com"), ("MCP_USE_OAUTH_AUTH0_AUDIENCE", "https://api.example.com/mcp")],
        "https://tenant.eu.auth0.com/",
    ),
    ("better_auth", &[("MCP_USE_OAUTH_BETTER_AUTH_URL", "https://app.example.com/api/auth")], "https://app.example.com/api/auth"),
    (
        "clerk",
        &[("MCP_USE_OAUTH_CLERK_FRONTEND_API_URL", "https://verb-noun-00.clerk.accounts.dev")],
        "https://verb-noun-00.clerk.accounts.dev",
    ),
    ("workos", &[("MCP_USE_OAUTH_WORKOS_SUBDOMAIN", "x-26.authkit.app")], "https://x-26.authkit.app"),
    (
        "keycloak",
        &[
            ("MCP_USE_OAUTH_KEYCLOAK_SERVER_URL", "https://kc.example.com/auth/"),
            ("MCP_USE_OAUTH_KEYCLOAK_REALM", "mcp"),
            ("MCP_USE_OAUTH_KEYCLOAK_AUDIENCE", "https://api.example.com/mcp"),
            // Documented by mcp-use, and read by nobody.
            ("MCP_USE_OAUTH_KEYCLOAK_CLIENT_ID", "ignored"),
        ],
        "https://kc.example.com/auth/realms/mcp",
    ),
    (
        "scalekit",
        &[
            ("MCP_USE_OAUTH_SCALEKIT_ENVIRONMENT_URL", "https://name.scalekit.com"),
            ("MCP_USE_OAUTH_SCALEKIT_RESOURCE_ID", "res_1"),
        ],
        "https://name.scalekit.com/resources/res_1",
    ),
    ("convex", &[("MCP_USE_OAUTH_CONVEX_AUTH_URL", "https://name.convex.site/oauth/")], "https://name.convex.site/oauth"),
];

/// The rows there are.
fn aliases() -> impl Iterator<Item = Alias> {
    ALIASES.into_iter().filter(|(name, ..)| provider::ALL.iter().any(|row| row.name == *name))
}

#[test]
fn the_variables_of_mcp_use_pick_their_provider() {
    for (name, variables, issuer) in aliases() {
        let found = of(variables).unwrap_or_else(|errors| panic!("{name}: {errors}"));
        assert_eq!((found.provider().as_str(), found.issuer()), (name, issuer));
        // The native name wins, and means the same.
        let native: Vec<_> = variables.iter().filter(|(alias, _)| !alias.ends_with("KEYCLOAK_CLIENT_ID")).collect();
        let native: Vec<_> = native.iter().map(|(alias, value)| (alias.trim_start_matches("MCP_USE_OAUTH_"), *value)).collect();
        let wrong = variables.iter().map(|(alias, _)| (*alias, "https://wrong.example/x?y"));
        let both: Vec<_> = native.iter().copied().chain(wrong).collect();
        assert_eq!(of(&both).unwrap_or_else(|errors| panic!("{name}: {errors}")).issuer(), issuer);
    }
    // mcp-use knows no other provider of ours.
    for row in provider::ALL.iter().filter(|row| !["okta", "entra", "custom"].contains(&row.name)) {
        assert!(ALIASES.iter().any(|(name, ..)| *name == row.name), "{} has no row here", row.name);
    }
}

#[test]
fn every_alias_is_in_the_table_of_aliases() {
    let tested: Vec<&str> = ALIASES.iter().flat_map(|(_, variables, _)| variables.iter().map(|(alias, _)| *alias)).collect();
    for alias in VARIABLES.iter().flat_map(|variable| variable.aliases).filter(|alias| alias.starts_with("MCP_USE_")) {
        assert!(tested.contains(alias) || *alias == "MCP_USE_OAUTH_SUPABASE_JWT_SECRET", "{alias}");
    }
}

#[test]
fn providers_without_aliases() {
    let okta = of(&[("OKTA_ISSUER", "example.okta.com/oauth2/default/")]).unwrap();
    assert_eq!((okta.provider().as_str(), okta.issuer()), ("okta", "https://example.okta.com/oauth2/default"));
    assert_eq!(okta.issuers()[0].jwks_uri.as_deref(), Some("https://example.okta.com/oauth2/default/v1/keys"));
    assert_eq!(okta.issuers()[0].audience.accepted(), ["https://api.example.com/mcp"]);
    let named = of(&[("OKTA_ISSUER", "https://example.okta.com/oauth2/default"), ("OKTA_AUDIENCE", "api://default")]).unwrap();
    assert_eq!(named.issuers()[0].audience.accepted(), ["api://default"]);

    let entra = of(&[("ENTRA_TENANTS", &TENANT.to_uppercase()), ("ENTRA_CLIENT_ID", &CLIENT.to_uppercase())]).unwrap();
    assert_eq!(entra.issuer(), format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    let keys = format!("https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys");
    assert_eq!(entra.issuers()[0].jwks_uri.as_ref(), Some(&keys));
    assert_eq!(entra.issuers()[0].audience.accepted(), [CLIENT]);
    assert_eq!(entra.outbound(), ["https://login.microsoftonline.com"]);
    let two = of(&[("ENTRA_TENANTS", &format!("{TENANT} {CLIENT}")), ("ENTRA_CLIENT_ID", CLIENT)]).unwrap();
    assert_eq!(two.issuers()[0].names.len(), 2);
    assert_eq!(two.issuers()[0].jwks_uri.as_deref(), Some("https://login.microsoftonline.com/common/discovery/v2.0/keys"));

    let scalekit = of(&[("SCALEKIT_ENVIRONMENT_URL", "name.scalekit.com"), ("SCALEKIT_RESOURCE_ID", "res_1")]).unwrap();
    assert_eq!(scalekit.issuers()[0].names, ["https://name.scalekit.com/resources/res_1", "https://name.scalekit.com"]);
    assert_eq!(scalekit.issuers()[0].jwks_uri.as_deref(), Some("https://name.scalekit.com/keys"));
}

#[test]
fn what_is_configured_is_used_unless_the_list_says_otherwise() {
    assert_eq!(of(&[AUTH0]).unwrap().provider(), "auth0");
    let both = of(&[AUTH0, SUPABASE]).unwrap();
    assert_eq!(both.provider(), "supabase+auth0");
    assert_eq!(both.authorization_servers(), ["https://abc.supabase.co/auth/v1", "https://tenant.eu.auth0.com/"]);
    assert_eq!(both.outbound(), ["https://abc.supabase.co", "https://tenant.eu.auth0.com"]);
    assert_eq!(both.scopes(), Vec::<String>::new(), "whose scopes would they be?");
    let only = |list| of(&[AUTH0, SUPABASE, ("LATCH_PROVIDERS", list)]).unwrap().provider();
    assert_eq!(only("auth0"), "auth0");
    assert_eq!(only("supabase"), "supabase");
    assert_eq!(only("auth0, supabase"), "supabase+auth0");
    // One provider needs no name in its variables, and may have it.
    for name in ["LATCH_CLIENT_IDS", "LATCH_AUTH0_CLIENT_IDS"] {
        assert_eq!(of(&[AUTH0, (name, "a,b")]).unwrap().issuers()[0].client_ids, ["a", "b"], "{name}");
    }
    let named = of(&[AUTH0, SUPABASE, ("LATCH_AUTH0_CLIENT_IDS", "a"), ("LATCH_SUPABASE_AUDIENCE", "x")]).unwrap();
    let [supabase, auth0] = named.issuers() else { panic!("{named:?}") };
    assert_eq!((supabase.client_ids.len(), auth0.client_ids.as_slice()), (0, ["a".to_owned()].as_slice()));
    assert_eq!(
        (supabase.audience.accepted(), auth0.audience.accepted()),
        (["x".to_owned()].as_slice(), ["https://api.example.com/mcp".to_owned()].as_slice())
    );
}

/// Each row: what is set, the variable of the first message, and words of it.
#[test]
fn every_mistake_names_the_variable_and_the_fix() {
    type Row = (&'static [(&'static str, &'static str)], &'static str, &'static str);
    const OTHER_API: &str = "https://other.example.com/api";
    const KEYCLOAK: (&str, &str) = ("KEYCLOAK_SERVER_URL", "https://kc.example.com");
    const REALM: (&str, &str) = ("KEYCLOAK_REALM", "mcp");
    const TENANTS: (&str, &str) = ("ENTRA_TENANTS", TENANT);
    const OURS: (&str, &str) = ("ENTRA_CLIENT_ID", CLIENT);
    const RESOURCE: (&str, &str) = ("SCALEKIT_RESOURCE_ID", "res_1");
    const ENVIRONMENT: (&str, &str) = ("SCALEKIT_ENVIRONMENT_URL", "https://name.scalekit.com");
    let rows: &[Row] = &[
        // Audiences that are not the endpoint.
        (&[AUTH0, ("AUTH0_AUDIENCE", OTHER_API)], "AUTH0_AUDIENCE", "LATCH_AUDIENCE"),
        (&[AUTH0, ("MCP_USE_OAUTH_AUTH0_AUDIENCE", OTHER_API)], "MCP_USE_OAUTH_AUTH0_AUDIENCE", "is not this endpoint (MCP_URL)"),
        (&[AUTH0, ("AUTH0_AUDIENCE", "https://api.example.com/mcp/")], "AUTH0_AUDIENCE", "is not this endpoint (MCP_URL)"),
        (&[KEYCLOAK, REALM, ("KEYCLOAK_AUDIENCE", "mcp-api")], "KEYCLOAK_AUDIENCE", "is not this endpoint (MCP_URL)"),
        // Names with and without the provider's.
        (&[AUTH0, ("LATCH_AUDIENCE", "a"), ("LATCH_AUTH0_AUDIENCE", "b")], "LATCH_AUDIENCE", "is set under two names"),
        (&[AUTH0, SUPABASE, ("LATCH_AUDIENCE", "a")], "LATCH_AUDIENCE", "LATCH_SUPABASE_AUDIENCE"),
        (&[AUTH0, SUPABASE, ("LATCH_CLIENT_IDS", "a")], "LATCH_CLIENT_IDS", "does not say which of the providers"),
        (&[AUTH0, SUPABASE, ("LATCH_ALGORITHMS", "RS256")], "LATCH_ALGORITHMS", "does not say which of the providers"),
        (&[SUPABASE, ("LATCH_AUTH0_CLIENT_IDS", "a")], "LATCH_AUTH0_CLIENT_IDS", "set AUTH0_DOMAIN"),
        (&[SUPABASE, ("LATCH_OKTA_AUDIENCE", "a")], "LATCH_OKTA_AUDIENCE", "set OKTA_ISSUER"),
        (&[AUTH0, ("LATCH_AUTH0_DOMAIN", "a")], "LATCH_AUTH0_DOMAIN", "there is no such variable"),
        (&[AUTH0, SUPABASE, ("LATCH_AUTH0_CLIENT_IDS", " , ")], "LATCH_AUTH0_CLIENT_IDS", "is a list of nothing"),
        // The list of providers.
        (&[AUTH0, ("LATCH_PROVIDERS", "auth0 google")], "LATCH_PROVIDERS", "use some of supabase, auth0"),
        (&[AUTH0, ("LATCH_PROVIDERS", "auth0 okta")], "LATCH_PROVIDERS", "set OKTA_ISSUER"),
        (&[AUTH0, ("LATCH_PROVIDERS", ",")], "LATCH_PROVIDERS", "is a list of nothing"),
        (&[AUTH0, SUPABASE, ("LATCH_MIRROR_METADATA", "on")], "LATCH_MIRROR_METADATA", "there are several"),
        // Hosts with more than a host, URLs that are none.
        (&[("AUTH0_DOMAIN", "https://tenant.eu.auth0.com/authorize")], "AUTH0_DOMAIN", "use https://tenant.eu.auth0.com"),
        (&[("AUTH0_DOMAIN", "tenant.eu.auth0.com/api/v2/")], "AUTH0_DOMAIN", "has a path"),
        (&[("AUTH0_DOMAIN", "tenant")], "AUTH0_DOMAIN", "tenant.eu.auth0.com"),
        (&[("AUTH0_DOMAIN", "http://tenant.eu.auth0.com")], "AUTH0_DOMAIN", "not encrypted"),
        (&[("AUTH0_DOMAIN", "user:secret@tenant.eu.auth0.com")], "AUTH0_DOMAIN", "password"),
        (&[("CONVEX_AUTH_URL", "https://name.convex.site/oauth?x=1")], "CONVEX_AUTH_URL", "has a query"),
        (
            &[("SCALEKIT_ENVIRONMENT_URL", "https://name.scalekit.com/resources/res_1"), RESOURCE],
            "SCALEKIT_ENVIRONMENT_URL",
            "has a path",
        ),
        // Half a provider.
        (&[KEYCLOAK], "KEYCLOAK_REALM", "is missing"),
        (
            &[("KEYCLOAK_SERVER_URL", "https://kc.example.com/auth/realms/mcp/"), REALM],
            "KEYCLOAK_SERVER_URL",
            "use https://kc.example.com/auth, and KEYCLOAK_REALM=mcp",
        ),
        (&[("KEYCLOAK_SERVER_URL", "https://kc.example.com/realms"), REALM], "KEYCLOAK_SERVER_URL", "not of the server"),
        (&[REALM], "KEYCLOAK_SERVER_URL", "is missing"),
        (&[KEYCLOAK, ("KEYCLOAK_REALM", "mcp/protocol")], "KEYCLOAK_REALM", "is not the name of a realm"),
        (&[ENVIRONMENT], "SCALEKIT_RESOURCE_ID", "is missing"),
        (&[RESOURCE], "SCALEKIT_ENVIRONMENT_URL", "is missing"),
        (&[ENVIRONMENT, ("SCALEKIT_RESOURCE_ID", "skc_1")], "SCALEKIT_RESOURCE_ID", "is not the id of a resource"),
        (&[ENVIRONMENT, ("SCALEKIT_RESOURCE_ID", "res_1/../2")], "SCALEKIT_RESOURCE_ID", "is not the id of a resource"),
        // Okta's own server.
        (&[("OKTA_ISSUER", "https://example.okta.com")], "OKTA_ISSUER", "opaque to everybody but Okta"),
        (&[("OKTA_ISSUER", "https://example.okta.com/oauth2")], "OKTA_ISSUER", "custom authorization server"),
        (&[("OKTA_ISSUER", "https://example.okta.com/oauth2/")], "OKTA_ISSUER", "custom authorization server"),
        (&[("OKTA_ISSUER", "https://example.okta.com/oauth2/v1")], "OKTA_ISSUER", "custom authorization server"),
        (&[("OKTA_ISSUER", "https://example.okta.com/oauth2/default/v1/keys")], "OKTA_ISSUER", "custom authorization server"),
        (&[("OKTA_ISSUER", "https://example.okta.com?x=/oauth2/default")], "OKTA_ISSUER", "has a query"),
        // Entra's tenants.
        (&[OURS], "ENTRA_TENANTS", "anybody with a Microsoft account"),
        (&[OURS, ("ENTRA_TENANTS", "common")], "ENTRA_TENANTS", "is not a tenant's id"),
        (&[OURS, ("ENTRA_TENANTS", "organizations")], "ENTRA_TENANTS", "is not a tenant's id"),
        (&[OURS, ("ENTRA_TENANTS", "contoso.onmicrosoft.com")], "ENTRA_TENANTS", "they are UUIDs"),
        (&[OURS, ("ENTRA_TENANTS", "72f988bf-86f1-41af-91ab-2d7cd011db47,common")], "ENTRA_TENANTS", "\"common\""),
        (&[OURS, ("ENTRA_TENANTS", ",")], "ENTRA_TENANTS", "is a list of nothing"),
        (&[TENANTS], "ENTRA_CLIENT_ID", "is missing"),
        (&[TENANTS, ("ENTRA_CLIENT_ID", "api://mcp")], "ENTRA_CLIENT_ID", "is not an application's id"),
        (&[TENANTS, OURS, ("ENTRA_APP_TOKENS", "yes")], "ENTRA_APP_TOKENS", "use `allow` or `refuse`"),
        (&[TENANTS, OURS, ("LATCH_TOKEN_TYPE", "any")], "LATCH_TOKEN_TYPE", "is for LATCH_ISSUER"),
        (&[AUTH0, ("LATCH_ALGORITHMS", "ES256")], "LATCH_ALGORITHMS", "choose from RS256, PS256"),
        // Values as documentation has them.
        (&[OURS, ("ENTRA_TENANTS", "{tenant}")], "ENTRA_TENANTS", "is a template"),
        (&[("AUTH0_DOMAIN", "{tenant}.eu.auth0.com")], "AUTH0_DOMAIN", "is a template"),
        (&[("OKTA_ISSUER", "https://{yourOktaDomain}/oauth2/default")], "OKTA_ISSUER", "is a template"),
        (&[("OKTA_ISSUER", "https://example.okta.com/oauth2/${authorizationServerId}")], "OKTA_ISSUER", "is a template"),
        (&[KEYCLOAK, ("KEYCLOAK_REALM", "{realm}")], "KEYCLOAK_REALM", "is a template"),
        (&[ENVIRONMENT, ("SCALEKIT_RESOURCE_ID", "<resource_id>")], "SCALEKIT_RESOURCE_ID", "is a template"),
        (&[("CONVEX_AUTH_URL", "https://<deployment>.convex.site")], "CONVEX_AUTH_URL", "is a template"),
        (&[("LATCH_ISSUER", "https://login.microsoftonline.com/{tenantid}/v2.0")], "LATCH_ISSUER", "is a template"),
        (&[AUTH0, ("LATCH_CLIENT_IDS", "{client}")], "LATCH_CLIENT_IDS", "is a template"),
        (&[AUTH0, SUPABASE, ("LATCH_AUTH0_AUDIENCE", "{audience}")], "LATCH_AUTH0_AUDIENCE", "is a template"),
    ];
    for (more, variable, words) in rows {
        let text = refused(more);
        assert!(text.contains(&format!("{variable}: ")) && text.contains(words) && text.contains("fix: "), "{more:?}\n{text}");
        assert!(!text.contains("secret@"), "{text}");
    }
}

#[test]
fn another_audience_is_said_in_so_many_words() {
    let more = [AUTH0, ("AUTH0_AUDIENCE", "https://other.example.com/api"), ("LATCH_AUDIENCE", "https://other.example.com/api")];
    assert_eq!(of(&more).unwrap().issuers()[0].audience.accepted(), ["https://other.example.com/api"]);
    // With several, the provider's own name says it, and another's does not.
    let two =
        |name| [AUTH0, SUPABASE, ("AUTH0_AUDIENCE", "https://other.example.com/api"), (name, "https://other.example.com/api")];
    assert!(of(&two("LATCH_AUTH0_AUDIENCE")).is_ok());
    assert!(refused(&two("LATCH_SUPABASE_AUDIENCE")).starts_with("AUTH0_AUDIENCE: "));
}
