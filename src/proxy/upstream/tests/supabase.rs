//! Supabase, with its OAuth server and without.

use super::*;

const ISSUER: &str = "https://abc.supabase.co/auth/v1";
const TOKEN: &str = "POST https://abc.supabase.co/auth/v1/oauth/token";
const KEYS: &str = "GET https://abc.supabase.co/auth/v1/.well-known/jwks.json";
const USER: &str = "5d6f0d1e-2b7a-4f37-9c0e-6a7f6c1b2a10";
const PROJECT: [(&str, &str); 2] =
    [("SUPABASE_URL", "https://abc.supabase.co"), ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_1")];

fn supabase() -> Upstream {
    upstream("supabase", &PROJECT)
}

fn legacy() -> Upstream {
    let config = config("supabase-legacy", &[&PROJECT[..], &[("LATCH_PROXY_PROVIDER", "google")]].concat());
    Upstream::all(&config).pop().unwrap()
}

fn token(changes: Value) -> String {
    let base = json!({
        "iss": ISSUER, "sub": USER, "aud": "authenticated", "iat": NOW, "exp": NOW + 3600, "role": "authenticated",
        "session_id": "s1", "is_anonymous": false, "client_id": CLIENT, "scope": "email", "email": "a@example.com",
    });
    signed(with(base, changes))
}

fn world(line: &str, changes: Value) -> World {
    World::new().on(line, 200, tokens(json!({ "access_token": token(changes), "expires_in": 9 }))).on(KEYS, 200, jwks())
}

#[test]
fn the_projects_own_token_says_who_signed_in() {
    let world = world(TOKEN, json!({}));
    let grant = world.redeem(&supabase()).unwrap();
    assert_eq!(grant.subject, USER);
    assert!(grant.claims.is_empty());
    assert_eq!(grant.access_token.expose(), token(json!({})));
    assert_eq!((grant.expires_at, grant.keep.unwrap().expose()), (Some(NOW + 3600), "rt-1"));
    let asked = world.one(TOKEN);
    assert_eq!(asked.header("apikey"), Some("sb_publishable_1"));
    assert!(asked.header("authorization").unwrap().starts_with("Basic "));
    let supabase = supabase();
    assert!(supabase.rotates() && supabase.renews());
    assert_eq!(
        (supabase.label().as_str(), supabase.issuer(), supabase.scopes()),
        ("Supabase", Some(ISSUER), &["email".to_owned()][..])
    );
    let url = world.authorize(&supabase).unwrap();
    assert!(url.as_str().starts_with("https://abc.supabase.co/auth/v1/oauth/authorize?response_type=code&client_id=our-client&"));
}

#[test]
fn a_token_of_another_client_or_kind_is_refused() {
    for (changes, part) in [
        (json!({ "client_id": "another" }), "client_not_allowed"),
        (json!({ "client_id": null }), "session_token"),
        (json!({ "role": "service_role" }), "service_role"),
        (json!({ "is_anonymous": true }), "anonymous_user"),
        (json!({ "aud": "another" }), "aud_mismatch"),
        (json!({ "iss": "https://xyz.supabase.co/auth/v1" }), "iss_mismatch"),
        (json!({ "exp": null }), "exp_missing"),
        (json!({ "sub": "admin" }), "malformed_claim"),
    ] {
        refused(world(TOKEN, changes).redeem(&supabase()), part);
    }
    down(world(TOKEN, json!({})).on(KEYS, 500, "").redeem(&supabase()));
}

#[test]
fn renews_for_the_same_user_alone() {
    let world =
        world(TOKEN, json!({})).on(TOKEN, 200, tokens(json!({ "access_token": token(json!({})), "refresh_token": "rt-2" })));
    assert_eq!(world.renew(&supabase(), "rt-1", USER).unwrap().keep.unwrap().expose(), "rt-2");
    refused(world.renew(&supabase(), "rt-1", "6d6f0d1e-2b7a-4f37-9c0e-6a7f6c1b2a10"), "another user");
    let gone = r#"{"code":400,"error_code":"refresh_token_not_found","msg":"Invalid Refresh Token"}"#;
    refused(world.on(TOKEN, 400, gone).renew(&supabase(), "rt-1", USER), "refresh_token_not_found");
}

#[test]
fn revoking_ends_the_session() {
    let logout = "POST https://abc.supabase.co/auth/v1/logout?scope=local";
    let world = world(TOKEN, json!({})).on(logout, 204, "");
    assert_eq!(world.revoke(&supabase(), "rt-1"), Ok(()));
    let asked = world.one(logout);
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {}", token(json!({}))).as_str()));
    assert_eq!(asked.header("apikey"), Some("sb_publishable_1"));
    assert_eq!(world.on(TOKEN, 400, r#"{"error_code":"refresh_token_not_found"}"#).revoke(&supabase(), "rt-1"), Ok(()));
}

const LEGACY: &str = "POST https://abc.supabase.co/auth/v1/token?grant_type=pkce";
const LEGACY_REFRESH: &str = "POST https://abc.supabase.co/auth/v1/token?grant_type=refresh_token";

#[test]
fn legacy_carries_the_state_in_the_address_to_come_back_to() {
    let url = World::new().authorize(&legacy()).unwrap();
    assert!(url.as_str().starts_with("https://abc.supabase.co/auth/v1/authorize?provider=google&redirect_to="), "{url}");
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("provider", "google"),
        ("redirect_to", "https://api.example.com/auth/callback?txn=st%26te"),
        ("code_challenge", "challenge"),
        ("code_challenge_method", "s256"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(legacy().issuer(), None);
}

#[test]
fn legacy_signs_in_with_json_and_without_a_client() {
    let world = world(LEGACY, json!({ "client_id": null }));
    assert_eq!(world.redeem(&legacy()).unwrap().subject, USER);
    let asked = world.one(LEGACY);
    assert_eq!(asked.body, json!({ "auth_code": CODE, "code_verifier": VERIFIER }).to_string());
    assert_eq!((asked.header("apikey"), asked.header("content-type")), (Some("sb_publishable_1"), Some("application/json")));
    refused(
        world.on(LEGACY, 404, r#"{"code":404,"error_code":"flow_state_not_found","msg":"invalid flow state"}"#).redeem(&legacy()),
        "flow_state",
    );
    let world = self::world(LEGACY_REFRESH, json!({ "client_id": null }));
    assert_eq!(world.renew(&legacy(), "rt-1", USER).unwrap().subject, USER);
    assert_eq!(world.one(LEGACY_REFRESH).body, r#"{"refresh_token":"rt-1"}"#);
    refused(self::world(LEGACY, json!({ "client_id": null, "is_anonymous": true })).redeem(&legacy()), "anonymous_user");
}
