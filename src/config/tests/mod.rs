use super::*;

mod providers;

const BASE: [(&str, &str); 2] = [("MCP_URL", "https://api.example.com"), ("SUPABASE_URL", "https://abc.supabase.co")];
const CUSTOM: [(&str, &str); 4] = [
    ("MCP_URL", "https://api.example.com/mcp"),
    ("LATCH_ISSUER", "https://id.example.com/"),
    ("LATCH_JWKS_URI", "https://keys.example.com/jwks"),
    ("LATCH_ALGORITHMS", "RS256 PS256"),
];
const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters";

fn config(base: &[(&str, &str)], more: &[(&str, &str)]) -> Result<Config, Errors> {
    let pairs = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_env(pairs)
}

#[test]
fn supabase_by_url_or_project_id_or_alias() {
    for (name, value) in [
        ("SUPABASE_URL", "https://abc.supabase.co"),
        ("SUPABASE_URL", " https://ABC.supabase.co/ "),
        ("SUPABASE_PROJECT_ID", "abc"),
        ("MCP_USE_OAUTH_SUPABASE_URL", "https://abc.supabase.co"),
        ("MCP_USE_OAUTH_SUPABASE_PROJECT_ID", "abc"),
    ] {
        let config = config(&BASE[..1], &[(name, value)]).unwrap();
        assert_eq!(config.issuer(), "https://abc.supabase.co/auth/v1", "{name}");
        assert_eq!(config.outbound(), ["https://abc.supabase.co"]);
        assert_eq!(config.provider(), "supabase");
    }
}

#[test]
fn the_endpoint_is_canonical() {
    for (given, url, path) in [
        ("https://api.example.com", "https://api.example.com/mcp", "/mcp"),
        ("https://API.example.com:443/", "https://api.example.com/mcp", "/mcp"),
        ("https://api.example.com/a/b/", "https://api.example.com/a/b", "/a/b"),
        ("http://localhost:8787", "http://localhost:8787/mcp", "/mcp"),
        ("http://[::1]:8787/x", "http://[::1]:8787/x", "/x"),
    ] {
        let config = config(&BASE[1..], &[("MCP_URL", given)]).unwrap();
        assert_eq!((config.endpoint().url(), config.endpoint().path()), (url, path));
    }
}

#[test]
fn a_custom_issuer_keeps_its_spelling() {
    let config = config(&CUSTOM, &[]).unwrap();
    assert_eq!(config.issuer(), "https://id.example.com/");
    assert_eq!(config.outbound(), ["https://keys.example.com"]);
}

/// Each row: what is set, and the variable and the words the message must contain.
#[test]
fn every_mistake_names_the_variable_and_the_fix() {
    type Row = (&'static [(&'static str, &'static str)], &'static str, &'static str);
    let rows: [Row; 26] = [
        (&[("MCP_URL", "")], "MCP_URL", "missing"),
        (&[("MCP_URL", "api.example.com")], "MCP_URL", "absolute"),
        (&[("MCP_URL", "https://bücher.example")], "MCP_URL", "xn--"),
        (&[("MCP_URL", "http://api.example.com")], "MCP_URL", "not encrypted"),
        (&[("MCP_URL", "https://u:p@api.example.com")], "MCP_URL", "password"),
        (&[("MCP_URL", "https://api.example.com/mcp?x=1")], "MCP_URL", "query"),
        (&[("MCP_URL", "https://api.example.com/mcp#x")], "MCP_URL", "fragment"),
        (&[("MCP_URL", "https://api.example.com/m%20cp")], "MCP_URL", "unusual"),
        (&[("SUPABASE_URL", "")], "SUPABASE_URL", "no identity provider"),
        (&[("SUPABASE_URL", "https://abc.supabase.co/auth/v1")], "SUPABASE_URL", "use https://abc.supabase.co"),
        (&[("SUPABASE_URL", ""), ("SUPABASE_PROJECT_ID", "https://abc")], "SUPABASE_PROJECT_ID", "reference"),
        (&[("SUPABASE_JWT_SECRET", "short")], "SUPABASE_JWT_SECRET", "32 bytes"),
        (&[("SUPABASE_PUBLISHABLE_KEY", "sb_secret_abcdef")], "SUPABASE_PUBLISHABLE_KEY", "secret key"),
        (&[("SUPABASE_ANON_KEY", "e30.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x")], "SUPABASE_ANON_KEY", "secret key"),
        (&[("SUPABASE_SESSION_TOKENS", "yes")], "SUPABASE_SESSION_TOKENS", "allow"),
        (&[("LATCH_ISSUER", "https://id.example.com")], "LATCH_CUSTOM_ALGORITHMS", "no safe default"),
        (&[("LATCH_ALGORITHMS", "none")], "LATCH_ALGORITHMS", "choose from"),
        (&[("LATCH_ALGORITHMS", "HS256")], "LATCH_ALGORITHMS", "choose from"),
        (&[("LATCH_JWKS", "{}")], "LATCH_JWKS", "JWK set"),
        (&[("LATCH_JWKS", r#"{"keys":[{"kty":"oct","k":"AA"}]}"#)], "LATCH_JWKS", "symmetric"),
        (&[("LATCH_SCOPES", "read\"x")], "LATCH_SCOPES", "not a scope"),
        (&[("LATCH_ALLOWED_ORIGINS", "https://a.example/x")], "LATCH_ALLOWED_ORIGINS", "without a path"),
        (&[("LATCH_REQUIRED_SCOPES", "offline_access")], "LATCH_REQUIRED_SCOPES", "SEP-2207"),
        (&[("LATCH_LISTENN", "0.0.0.0:9")], "LATCH_LISTENN", "no such variable"),
        (&[("LATCH_LISTEN_ADDR", "0.0.0.0:9")], "LATCH_LISTEN_ADDR", "no such variable"),
        (&[("LATCH_REQUIERD_SCOPES", "read")], "LATCH_REQUIERD_SCOPES", "no such variable"),
    ];
    for (more, variable, words) in rows {
        let text = config(&BASE, more).expect_err(variable).to_string();
        assert!(text.contains(&format!("{variable}: ")) && text.contains(words) && text.contains("fix: "), "{text}");
    }
}

#[test]
fn a_custom_issuer_needs_algorithms_and_says_itself_where_its_keys_are() {
    let text = config(&CUSTOM, &[("LATCH_ALGORITHMS", "")]).unwrap_err().to_string();
    assert!(text.starts_with("LATCH_ALGORITHMS"), "{text}");
    let discovered = config(&CUSTOM, &[("LATCH_JWKS_URI", "")]).unwrap();
    assert!(discovered.issuers()[0].discovers);
    assert_eq!(discovered.outbound(), ["https://id.example.com"]);
    let keys = json_keys();
    for (name, value) in [("LATCH_JWKS_URI", "https://keys.example.com/jwks"), ("LATCH_JWKS", keys.as_str())] {
        let told = config(&CUSTOM, &[("LATCH_JWKS_URI", ""), (name, value)]).unwrap();
        assert!(!told.issuers()[0].discovers, "{name}");
    }
    let text = config(&CUSTOM, &[("SUPABASE_JWT_SECRET", SECRET)]).unwrap_err().to_string();
    assert!(text.contains("SUPABASE_JWT_SECRET: is for a Supabase project, and there is none"), "{text}");
}

#[test]
fn no_message_repeats_a_secret() {
    let secrets = [("SUPABASE_JWT_SECRET", "tooshortsecret"), ("SUPABASE_PUBLISHABLE_KEY", "sb_secret_tooshortsecret")];
    let errors = config(&BASE, &secrets).unwrap_err();
    assert_eq!(errors.0.len(), 2);
    assert!(!format!("{errors} {errors:?}").contains("tooshortsecret"));
    let accepted = config(&BASE, &[("SUPABASE_JWT_SECRET", SECRET)]).unwrap();
    assert!(!format!("{accepted:?}").contains(SECRET));
}

/// Where a password or a private key may stand by mistake, the value is not repeated.
#[test]
fn no_message_repeats_what_may_be_a_secret() {
    for (name, value) in [
        ("LATCH_JWKS", r#"{"keys":[{"kty":"oct","k":"canary"}]}"#),
        ("LATCH_JWKS", r#"{"keys":[{"kty":"EC","crv":"P-256","d":"canary"}]}"#),
        ("LATCH_JWKS", "canary"),
        ("SUPABASE_URL", "https://postgres:canary@abc.supabase.co"),
        ("SUPABASE_URL", "postgres://postgres:canary@abc.supabase.co"),
        ("MCP_URL", "https://u:canary@api.example.com/mcp"),
        ("AUTH0_DOMAIN", "https://{user}:canary@{tenant}.auth0.com"),
    ] {
        let errors = config(&BASE, &[(name, value)]).unwrap_err();
        assert_eq!(errors.0[0].variable, name);
        assert!(!format!("{errors} {errors:?}").contains("canary"), "{errors}");
    }
}

#[test]
fn a_list_of_algorithms_is_the_whole_list() {
    let algorithms = |list: &str| {
        let config = config(&BASE, &[("SUPABASE_JWT_SECRET", SECRET), ("LATCH_ALGORITHMS", list)]).unwrap();
        config.issuers()[0].algorithms.iter().map(|alg| alg.name()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(algorithms("ES256"), "ES256");
    assert_eq!(algorithms("HS256, ES256"), "HS256 ES256");
    assert_eq!(algorithms(""), "ES256 RS256 ES512 RS512 EdDSA HS256");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let errors = config(&[], &[("LATCH_DEBUG_ERRORS", "maybe")]).unwrap_err();
    let names: Vec<_> = errors.0.iter().map(|mistake| mistake.variable.as_str()).collect();
    assert_eq!(names, ["MCP_URL", "SUPABASE_URL", "LATCH_DEBUG_ERRORS"]);
}

#[test]
fn the_readme_has_the_table() {
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&markdown_table()), "paste this into README.md:\n{}", markdown_table());
}

#[test]
fn tools_that_see_the_token_are_named() {
    let names = |list: &str| config(&BASE, &[("LATCH_TOKEN_TO_TOOLS", list)]).map(|config| config.token_to_tools().to_vec());
    assert!(names("").unwrap().is_empty());
    assert_eq!(names("upload, sync.all sync-1").unwrap(), ["upload", "sync.all", "sync-1"]);
    for wrong in ["*", "upload;sync", "a/b", &"x".repeat(65)] {
        let text = names(wrong).unwrap_err().to_string();
        assert!(text.contains("LATCH_TOKEN_TO_TOOLS") && text.contains("is not the name of a tool"), "{text}");
    }
}

fn json_keys() -> String {
    r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#.to_owned()
}
