//! The origins a host must let us call.

use super::*;

fn of(kind: &str, more: &[(&str, &str)]) -> Vec<String> {
    let mut vars = vec![("LATCH_PROXY_CLIENT_ID", CLIENT), ("LATCH_PROXY_CLIENT_SECRET", SECRET)];
    vars.extend_from_slice(more);
    crate::proxy::outbound(&config(kind, &vars))
}

#[test]
fn are_those_of_the_endpoints_and_of_documents() {
    assert_eq!(of("google", &[]), ["https://oauth2.googleapis.com", "https://www.googleapis.com"]);
    assert_eq!(
        of("github", &[("LATCH_CIMD_HOSTS", "claude.ai")]),
        ["https://github.com", "https://api.github.com", "https://claude.ai"]
    );
    assert_eq!(of("okta", &[("LATCH_PROXY_ISSUER", "https://example.okta.com/oauth2/default")]), ["https://example.okta.com"]);
    let issuer = ("LATCH_PROXY_ISSUER", "https://id.example.com/x");
    assert_eq!(
        of("oidc", &[issuer, ("LATCH_PROXY_JWKS_URL", "https://keys.example.com/k")]),
        ["https://id.example.com", "https://keys.example.com"]
    );
    assert_eq!(of("supabase", &[("SUPABASE_URL", "https://abc.supabase.co")]), ["https://abc.supabase.co"]);
}

#[test]
fn a_fake_can_stand_in_for_a_fixed_provider() {
    let fake = [
        ("LATCH_PROXY_AUTHORIZE_URL", "http://127.0.0.1:9/a"),
        ("LATCH_PROXY_TOKEN_URL", "http://127.0.0.1:9/t"),
        ("LATCH_PROXY_JWKS_URL", "http://127.0.0.1:9/k"),
        ("LATCH_PROXY_REVOKE_URL", "http://127.0.0.1:9/r"),
        ("LATCH_PROXY_USERINFO_URL", "http://127.0.0.1:9/api/"),
    ];
    for (kind, issuer) in [
        ("google", None),
        ("github", None),
        ("okta", Some("https://example.okta.com/oauth2/default")),
        ("entra", Some("https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0")),
        ("auth0", Some("https://t.us.auth0.com/")),
    ] {
        let mut vars = fake.to_vec();
        vars.extend(issuer.map(|issuer| ("LATCH_PROXY_ISSUER", issuer)));
        assert_eq!(of(kind, &vars), ["http://127.0.0.1:9"], "{kind}");
        assert!(World::new().authorize(&upstream(kind, &vars)).unwrap().as_str().starts_with("http://127.0.0.1:9/a?"));
    }
}

#[test]
fn several_upstreams_share_one_list() {
    let config = config(
        "google,github",
        &[
            ("LATCH_PROXY_GOOGLE_CLIENT_ID", "g"),
            ("LATCH_PROXY_GOOGLE_CLIENT_SECRET", "g"),
            ("LATCH_PROXY_GITHUB_CLIENT_ID", "h"),
            ("LATCH_PROXY_GITHUB_CLIENT_SECRET", "h"),
        ],
    );
    let all = Upstream::all(&config);
    assert_eq!(all.iter().map(Upstream::kind).collect::<Vec<_>>(), [Kind::Google, Kind::Github]);
    assert_eq!(super::super::outbound(&config).len(), 4);
}
