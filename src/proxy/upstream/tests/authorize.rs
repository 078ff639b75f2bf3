//! Where the browser is sent.

use super::*;

const OIDC: [(&str, &str); 4] = [
    ("LATCH_PROXY_ISSUER", "https://id.example.com"),
    ("LATCH_PROXY_AUTHORIZE_URL", "https://id.example.com/authorize?tenant=a%20b"),
    ("LATCH_PROXY_TOKEN_URL", "https://id.example.com/token"),
    ("LATCH_PROXY_JWKS_URL", "https://id.example.com/jwks"),
];

fn query(url: &url::Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

#[test]
fn m5_the_request_has_our_own_pkce_pair_nonce_and_state() {
    let url = World::new().authorize(&upstream("oidc", &OIDC)).unwrap();
    let expected = [
        ("tenant", "a b"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email profile"),
        ("state", "st&te"),
        ("code_challenge", "challenge"),
        ("code_challenge_method", "S256"),
        ("nonce", NONCE),
    ];
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(query(&url), expected);
}

#[test]
fn m4_the_effective_scopes_are_always_sent() {
    let issuers = [
        ("google", ""),
        ("github", ""),
        ("okta", "https://example.okta.com/oauth2/default"),
        ("entra", "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"),
        ("auth0", "https://t.us.auth0.com/"),
    ];
    for (kind, issuer) in issuers {
        let issuer = [("LATCH_PROXY_ISSUER", issuer)];
        let base = if issuer[0].1.is_empty() { &issuer[..0] } else { &issuer[..] };
        let usual = upstream(kind, base);
        let url = World::new().authorize(&usual).unwrap();
        assert!(!usual.scopes().is_empty());
        assert!(query(&url).contains(&("scope".to_owned(), usual.scopes().join(" "))), "{url}");
        // Without `openid` there would be no ID token.
        let own = upstream(kind, &[base, &[("LATCH_PROXY_SCOPES", "a b")][..]].concat());
        let expected = if kind == "github" { "a b" } else { "openid a b" };
        assert!(query(&World::new().authorize(&own).unwrap()).contains(&("scope".to_owned(), expected.to_owned())));
    }
}

#[test]
fn resource_is_passed_on_only_where_the_operator_says_so() {
    let plain = World::new().authorize(&upstream("oidc", &OIDC)).unwrap();
    assert!(!plain.as_str().contains("resource"));
    let oidc = upstream("oidc", &[&OIDC[..], &[("LATCH_PROXY_RESOURCE", "forward")]].concat());
    let world = World::new().on("POST https://id.example.com/token", 400, r#"{"error":"invalid_grant"}"#);
    assert!(query(&world.authorize(&oidc).unwrap()).contains(&("resource".to_owned(), RESOURCE.to_owned())));
    refused(world.redeem(&oidc), "invalid_grant");
    assert_eq!(world.one("POST").field("resource").as_deref(), Some(RESOURCE));
    // GitHub knows none.
    let github = upstream("github", &[("LATCH_PROXY_RESOURCE", "forward")]);
    assert!(!World::new().authorize(&github).unwrap().as_str().contains("resource"));
}

#[test]
fn github_and_oauth2_have_no_nonce() {
    let url = World::new().authorize(&upstream("github", &[])).unwrap();
    assert!(url.as_str().starts_with("https://github.com/login/oauth/authorize?"));
    assert!(!url.as_str().contains("nonce") && url.as_str().contains("code_challenge_method=S256"), "{url}");
}
