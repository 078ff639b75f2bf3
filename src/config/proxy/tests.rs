//! What an operator can get wrong.

use super::super::{Config, Errors};

const KEYS: &str = "seal=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE;client=AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI;\
                    sign=AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM";

/// A good configuration for Google with variables set or, when empty, unset.
fn google(changes: &[(&str, &str)]) -> Result<Config, Errors> {
    let good = [
        ("MCP_URL", "https://api.example.com/mcp"),
        ("LATCH_KEYS", KEYS),
        ("LATCH_PROXY", "google"),
        ("LATCH_PROXY_CLIENT_ID", "id"),
        ("LATCH_PROXY_CLIENT_SECRET", "canary"),
    ];
    let kept = good.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    Config::from_env(kept.chain(changes.iter().copied()).map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[test]
fn we_are_the_issuer() {
    let config = google(&[]).unwrap();
    assert_eq!((config.issuer(), &*config.provider()), ("https://api.example.com", "proxy"));
    assert!(config.outbound().contains(&"https://oauth2.googleapis.com".to_owned()), "{:?}", config.outbound());
    assert!(!config.outbound().iter().any(|origin| origin.contains("api.example.com")));
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn each_of_several_upstreams_has_its_own_variables() {
    let two = [
        ("LATCH_PROXY", "google,github"),
        ("LATCH_PROXY_CLIENT_ID", ""),
        ("LATCH_PROXY_CLIENT_SECRET", ""),
        ("LATCH_PROXY_GOOGLE_CLIENT_ID", "a"),
        ("LATCH_PROXY_GOOGLE_CLIENT_SECRET", "canary"),
        ("LATCH_PROXY_GITHUB_CLIENT_ID", "b"),
    ];
    // One upstream's secret is never sent to another.
    let text = google(&[&two[..], &[("LATCH_PROXY_CLIENT_SECRET", "canary")]].concat()).unwrap_err().to_string();
    assert!(text.contains("LATCH_PROXY_GITHUB_CLIENT_SECRET") && text.contains("which of the upstreams"), "{text}");
    let config = google(&[&two[..], &[("LATCH_PROXY_GITHUB_CLIENT_SECRET", "canary")]].concat()).unwrap();
    let ids: Vec<_> = config.proxy().unwrap().upstreams.iter().map(|upstream| upstream.client_id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    // With one upstream both names are good.
    let named = [("LATCH_PROXY_CLIENT_ID", ""), ("LATCH_PROXY_GOOGLE_CLIENT_ID", "x")];
    assert_eq!(google(&named).unwrap().proxy().unwrap().upstreams[0].client_id, "x");
}

#[test]
fn every_mistake_names_the_variable_and_the_fix() {
    type Row = (&'static [(&'static str, &'static str)], &'static str, &'static str);
    let rows: [Row; 35] = [
        (&[("LATCH_PROXY", "gogle")], "LATCH_PROXY", "google"),
        (&[("LATCH_PROXY", ",")], "LATCH_PROXY", "list of nothing"),
        (&[("LATCH_PROXY_TENANTS", ",")], "LATCH_PROXY_TENANTS", "list of nothing"),
        (&[("LATCH_PROXY_REDIRECTS", " , ,")], "LATCH_PROXY_REDIRECTS", "list of nothing"),
        (&[("LATCH_REQUIRED_SCOPES", ",")], "LATCH_REQUIRED_SCOPES", "list of nothing"),
        (&[("LATCH_PROXY_GOOGLE_CLIENT_ID", "x")], "LATCH_PROXY_CLIENT_ID", "two names"),
        (&[("LATCH_PROXY", "google google")], "LATCH_PROXY", "twice"),
        (&[("LATCH_PROXY", "google,supabase"), ("SUPABASE_URL", "https://abc.supabase.co")], "LATCH_PROXY", "Supabase alone"),
        (&[("LATCH_KEYS", "")], "LATCH_KEYS", "latch keys new"),
        (&[("LATCH_PROXY_CLIENT_ID", "")], "LATCH_PROXY_CLIENT_ID", "/auth/callback"),
        (&[("LATCH_PROXY_CLIENT_SECRET", "")], "LATCH_PROXY_CLIENT_SECRET", "missing"),
        (&[("LATCH_PROXY_CLIENT_KEY", "{}")], "LATCH_PROXY_CLIENT_KEY", "remove one"),
        (&[("LATCH_PROXY_CLIENT_AUTH", "tls")], "LATCH_PROXY_CLIENT_AUTH", "`basic` or `post`"),
        (&[("LATCH_PROXY", "okta")], "LATCH_PROXY_ISSUER", "/oauth2/default"),
        (&[("LATCH_PROXY", "oidc")], "LATCH_PROXY_ISSUER", "missing"),
        (&[("LATCH_PROXY", "oauth2")], "LATCH_PROXY_TOKEN_URL", "missing"),
        (&[("LATCH_PROXY", "oauth2")], "LATCH_PROXY_INTROSPECT_URL", "nothing says who signed in"),
        (
            &[("LATCH_PROXY", "entra"), ("LATCH_PROXY_ISSUER", "https://login.microsoftonline.com/common/v2.0")],
            "LATCH_PROXY_TENANTS",
            "anybody could sign in",
        ),
        (&[("LATCH_PROXY", "github"), ("LATCH_PROXY_TENANTS", "x")], "LATCH_PROXY_TENANTS", "Entra and Google"),
        (&[("LATCH_PROXY", "supabase")], "SUPABASE_URL", "missing"),
        (&[("SUPABASE_URL", "https://abc.supabase.co")], "SUPABASE_URL", "another upstream"),
        (
            &[("LATCH_PROXY", "supabase-legacy"), ("SUPABASE_URL", "https://abc.supabase.co")],
            "LATCH_PROXY_PROVIDER",
            "enabled in the project",
        ),
        (&[("LATCH_PROXY_PROVIDER", "google")], "LATCH_PROXY_PROVIDER", "supabase-legacy"),
        (&[("LATCH_PROXY_EXTRAS", "client_id=x")], "LATCH_PROXY_EXTRAS", "we set ourselves"),
        (&[("LATCH_PROXY_REDIRECTS", "https://*.example.com/cb")], "LATCH_PROXY_REDIRECTS", "no patterns"),
        (&[("LATCH_DCR", "off")], "LATCH_DCR", "no way to become a client"),
        (&[("LATCH_DCR", "no")], "LATCH_DCR", "`off` or `on`"),
        (&[("LATCH_CIMD_HOSTS", "https://claude.ai")], "LATCH_CIMD_HOSTS", "claude.ai"),
        (&[("LATCH_CLIENTS", "{}")], "LATCH_CLIENTS", "array"),
        (&[("LATCH_TOKEN_FORMAT", "JWE")], "LATCH_TOKEN_FORMAT", "`sealed` or `jwt`"),
        (&[("LATCH_ISSUER", "https://id.example.com")], "LATCH_ISSUER", "the tokens are ours"),
        (&[("LATCH_CLIENT_IDS", "a")], "LATCH_CLIENT_IDS", "the tokens are ours"),
        (&[("LATCH_PROXY_OKTA_CLIENT_ID", "a")], "LATCH_PROXY_OKTA_CLIENT_ID", "LATCH_PROXY=okta"),
        (&[("MCP_URL", "https://api.example.com/token")], "MCP_URL", "such as /mcp"),
        (&[("LATCH_PROXY", ""), ("SUPABASE_URL", "https://abc.supabase.co")], "LATCH_PROXY_CLIENT_ID", "LATCH_PROXY"),
    ];
    for (changes, variable, words) in rows {
        let errors = google(changes).err().unwrap_or_else(|| panic!("{changes:?} is taken"));
        let found = errors.0.iter().any(|mistake| {
            mistake.variable == variable && [&mistake.problem, &mistake.fix].iter().any(|text| text.contains(words))
        });
        let text = errors.to_string();
        assert!(found, "{changes:?}: {text}");
        assert!(!text.contains("canary"), "{text}");
    }
}
