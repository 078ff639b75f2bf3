//! GitHub.

use super::*;

const TOKEN: &str = "POST https://github.com/login/oauth/access_token";
const CHECK: &str = "POST https://api.github.com/applications/our-client/token";
const FORGET: &str = "DELETE https://api.github.com/applications/our-client/token";
const EMAILS: &str = "GET https://api.github.com/user/emails";

fn github() -> Upstream {
    upstream("github", &[])
}

fn of_an_app(changes: Value) -> Value {
    with(
        tokens(json!({ "refresh_token": null, "expires_in": null, "token_type": "bearer", "scope": "read:user,user:email" })),
        changes,
    )
}

fn check(changes: Value) -> Value {
    let user = json!({ "login": "ada", "id": 42, "name": "Ada", "email": "a@example.com", "avatar_url": "https://a.example/1" });
    let base = json!({ "user": user, "app": { "client_id": CLIENT }, "scopes": ["read:user", "user:email"], "token": "at-1" });
    with(base, changes)
}

fn world() -> World {
    World::new().on(TOKEN, 200, of_an_app(json!({}))).on(CHECK, 200, check(json!({})))
}

#[test]
fn an_oauth_app_signs_in() {
    let world = world();
    let grant = world.redeem(&github()).unwrap();
    assert_eq!(grant.subject, "github|42");
    let expected =
        json!({ "preferred_username": "ada", "name": "Ada", "email": "a@example.com", "picture": "https://a.example/1" });
    assert_eq!(Value::Object(grant.claims), expected);
    assert_eq!((grant.expires_at, grant.keep.unwrap().expose()), (None, "a:at-1"));
    assert_eq!(grant.scopes.unwrap(), ["read:user", "user:email"]);
    let asked = world.one(TOKEN);
    assert_eq!((asked.header("accept"), asked.header("user-agent")), (Some("application/json"), Some("mcp-latch")));
    assert_eq!(asked.field("client_secret").as_deref(), Some(SECRET));
    let asked = world.one(CHECK);
    assert_eq!(asked.body, r#"{"access_token":"at-1"}"#);
    assert_eq!(asked.header("authorization"), Some("Basic b3VyLWNsaWVudDpodW50ZXIyKy8gJQ=="));
    assert_eq!(asked.header("user-agent"), Some("mcp-latch"));
    assert!(world.asked(EMAILS).is_empty());
}

#[test]
fn m6_an_error_with_status_200_is_an_error() {
    for error in ["bad_verification_code", "bad_refresh_token"] {
        let body = json!({ "error": error, "error_description": format!("The code {CODE} passed is incorrect or expired.") });
        refused(world().on(TOKEN, 200, body).redeem(&github()), "incorrect or expired");
    }
    for error in ["incorrect_client_credentials", "redirect_uri_mismatch"] {
        misconfigured(world().on(TOKEN, 200, json!({ "error": error })).redeem(&github()), error);
    }
    misconfigured(
        world().on(TOKEN, 200, "error=incorrect_client_credentials&error_description=The+client").redeem(&github()),
        "The client",
    );
    // An error beside a token is an error too.
    refused(world().on(TOKEN, 200, of_an_app(json!({ "error": "bad_verification_code" }))).redeem(&github()), "bad_verification");
}

#[test]
fn a_form_is_understood_as_well() {
    let world = world().on(TOKEN, 200, "access_token=at-1&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer");
    assert_eq!(world.redeem(&github()).unwrap().subject, "github|42");
}

#[test]
fn commas_and_spaces_part_scopes() {
    for scope in ["repo,gist", "repo gist", "repo, gist"] {
        assert_eq!(exchange::scopes(&json!(scope)).unwrap(), ["repo", "gist"]);
    }
}

#[test]
fn a_token_of_another_app_is_refused() {
    for status in [404, 422] {
        refused(world().on(CHECK, status, r#"{"message":"Not Found"}"#).redeem(&github()), "not of our app");
    }
    refused(world().on(CHECK, 200, check(json!({ "app": { "client_id": "another" } }))).redeem(&github()), "another app");
    for changes in [json!({ "user": null }), json!({ "user": { "login": "ada" } }), json!({ "user": { "id": "42" } })] {
        assert!(matches!(world().on(CHECK, 200, check(changes)).redeem(&github()), Err(Trouble::Refused(_))));
    }
}

#[test]
fn a_rate_limit_or_an_outage_refuses_nobody() {
    for status in [500, 502, 503, 429] {
        down(world().on(CHECK, status, "").redeem(&github()));
        down(world().on(TOKEN, status, "").redeem(&github()));
    }
    let limited = world();
    for (name, value) in [("x-ratelimit-remaining", "0"), ("retry-after", "60")] {
        let mut answer = answer(403, "{}");
        answer.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        limited.say(CHECK, Ok(answer));
        down(limited.redeem(&github()));
        down(limited.renew(&github(), "a:at-1", "github|42"));
    }
    down(world().on(CHECK, 403, r#"{"message":"You have exceeded a secondary rate limit."}"#).redeem(&github()));
    misconfigured(world().on(CHECK, 401, r#"{"message":"Bad credentials"}"#).redeem(&github()), "our client");
    misconfigured(world().on(CHECK, 403, r#"{"message":"Forbidden"}"#).redeem(&github()), "our client");
}

#[test]
fn an_email_that_is_hidden_is_asked_for() {
    let user = json!({ "login": "ada", "id": 42, "email": null });
    let hidden = check(json!({ "user": user }));
    let list = json!([
        { "email": "old@example.com", "primary": false, "verified": true },
        { "email": "a@example.com", "primary": true, "verified": true },
    ]);
    let grant = world().on(CHECK, 200, &hidden).on(EMAILS, 200, list).redeem(&github()).unwrap();
    assert_eq!(grant.claims["email"], "a@example.com");
    let unverified = json!([{ "email": "a@example.com", "primary": true, "verified": false }]);
    for (status, body) in
        [(200, unverified.to_string()), (404, "{}".to_owned()), (500, String::new()), (200, "no json".to_owned())]
    {
        let grant = world().on(CHECK, 200, &hidden).on(EMAILS, status, body).redeem(&github()).unwrap();
        assert!(!grant.claims.contains_key("email"));
    }
    // A GitHub App's token has no scopes; whether it may ask depends on the app's permissions.
    let app = with(hidden.clone(), json!({ "scopes": [] }));
    let list = json!([{ "email": "a@example.com", "primary": true, "verified": true }]);
    let grant = world().on(CHECK, 200, app).on(EMAILS, 200, list).redeem(&github()).unwrap();
    assert_eq!(grant.claims["email"], "a@example.com");
    let world = world().on(CHECK, 200, with(hidden, json!({ "scopes": ["read:user"] })));
    assert!(world.redeem(&github()).is_ok());
    assert!(world.asked(EMAILS).is_empty());
}

#[test]
fn r4_an_oauth_app_is_asked_again() {
    let world = world();
    let grant = world.renew(&github(), "a:at-1", "github|42").unwrap();
    assert_eq!((grant.access_token.expose(), grant.keep.unwrap().expose()), ("at-1", "a:at-1"));
    assert!(world.asked(TOKEN).is_empty());
    refused(world.renew(&github(), "a:at-1", "github|43"), "another user");
    refused(world.on(CHECK, 404, "{}").renew(&github(), "a:at-1", "github|42"), "not of our app");
    refused(World::new().renew(&github(), "at-1", "github|42"), "what was kept");
}

#[test]
fn a_github_app_refreshes() {
    let app = of_an_app(json!({ "refresh_token": "rt-1", "expires_in": 28800, "scope": "" }));
    let world = world().on(TOKEN, 200, &app);
    let grant = world.redeem(&github()).unwrap();
    assert_eq!((grant.expires_at, grant.keep.unwrap().expose()), (Some(NOW + 28800), "r:rt-1"));
    let world = world.on(TOKEN, 200, with(app, json!({ "refresh_token": "rt-2" })));
    let grant = world.renew(&github(), "r:rt-1", "github|42").unwrap();
    assert_eq!(grant.keep.unwrap().expose(), "r:rt-2");
    assert_eq!(world.asked(TOKEN)[1].field("refresh_token").as_deref(), Some("rt-1"));
}

#[test]
fn revokes() {
    let world = world().on(FORGET, 204, "");
    assert_eq!(world.revoke(&github(), "a:at-1"), Ok(()));
    assert_eq!(world.one(FORGET).body, r#"{"access_token":"at-1"}"#);
    let world = world.on(FORGET, 404, "{}");
    assert_eq!(world.revoke(&github(), "r:rt-1"), Ok(()));
    assert_eq!(world.one(TOKEN).field("refresh_token").as_deref(), Some("rt-1"));
    assert_eq!(world.asked(FORGET).len(), 2);
    down(world.on(FORGET, 500, "").revoke(&github(), "a:at-1"));
}

#[test]
fn an_enterprise_server_is_elsewhere() {
    let theirs = upstream("github", &[("LATCH_PROXY_ISSUER", "https://git.example.com/")]);
    let world = World::new().on("POST https://git.example.com/login/oauth/access_token", 200, of_an_app(json!({}))).on(
        "POST https://git.example.com/api/v3/applications/our-client/token",
        200,
        check(json!({})),
    );
    assert_eq!(world.redeem(&theirs).unwrap().subject, "github|42");
    assert_eq!(theirs.issuer(), None);
    assert_eq!(github().issuer(), Some("https://github.com/login/oauth"));
    let ours = upstream("github", &[("LATCH_PROXY_ISSUER", "https://github.com/login/oauth")]);
    assert_eq!(self::world().redeem(&ours).unwrap().subject, "github|42");
    let key = URL_SAFE_NO_PAD.encode([9; 32]);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "d": key }).to_string();
    misconfigured(World::new().authorize(&upstream("github", &[("LATCH_PROXY_CLIENT_KEY", &jwk)])), "client secret");
}
