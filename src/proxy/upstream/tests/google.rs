//! Google.

use super::*;

const TOKEN: &str = "POST https://oauth2.googleapis.com/token";
const KEYS: &str = "GET https://www.googleapis.com/oauth2/v3/certs";

fn claims(changes: Value) -> Value {
    let base = json!({
        "iss": "https://accounts.google.com", "aud": CLIENT, "azp": CLIENT, "sub": "1100", "nonce": NONCE,
        "iat": NOW - 5, "exp": NOW + 3600, "email": "a@example.com", "email_verified": true, "name": "Ada", "locale": "en",
    });
    with(base, changes)
}

fn world(id_token: Value) -> World {
    let scope = "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";
    let answer = tokens(json!({ "id_token": signed(id_token), "scope": scope }));
    World::new().on(TOKEN, 200, answer).on(KEYS, 200, jwks())
}

#[test]
fn signs_in() {
    let (google, world) = (upstream("google", &[]), world(claims(json!({}))));
    let grant = world.redeem(&google).unwrap();
    assert_eq!(grant.subject, "google|1100");
    assert_eq!(Value::Object(grant.claims), json!({ "email": "a@example.com", "email_verified": true, "name": "Ada" }));
    assert_eq!((grant.access_token.expose(), grant.keep.unwrap().expose()), ("at-1", "rt-1"));
    assert_eq!(grant.expires_at, Some(NOW + 3600));
    assert_eq!(grant.scopes.unwrap(), ["openid", "email", "profile"]);
    let asked = world.one(TOKEN);
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", CODE),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ] {
        assert_eq!(asked.field(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert_eq!(asked.timeout, Duration::from_secs(4));
    assert_eq!(
        (google.label().as_str(), google.issuer(), google.renews(), google.rotates()),
        ("Google", Some("https://accounts.google.com"), true, false)
    );
}

#[test]
fn both_spellings_of_the_issuer_are_google() {
    let google = upstream("google", &[]);
    assert!(world(claims(json!({ "iss": "accounts.google.com" }))).redeem(&google).is_ok());
    refused(world(claims(json!({ "iss": "https://accounts.google.com/" }))).redeem(&google), "issuer");
}

#[test]
fn a_refresh_token_is_asked_for_unless_the_operator_does_otherwise() {
    let url = World::new().authorize(&upstream("google", &[])).unwrap();
    assert!(url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    assert!(url.as_str().contains("&access_type=offline&prompt=consent"), "{url}");
    let google = upstream("google", &[("LATCH_PROXY_EXTRAS", "prompt=login&access_type=online")]);
    let url = World::new().authorize(&google).unwrap();
    assert!(url.as_str().ends_with("&prompt=login&access_type=online"), "{url}");
    assert!(!google.renews());
}

#[test]
fn fields_that_are_strings_are_read() {
    let google = upstream("google", &[]);
    let world = world(claims(json!({ "email_verified": "true" })));
    world.say(
        TOKEN,
        Ok(answer(200, tokens(json!({ "expires_in": "3599", "id_token": signed(claims(json!({ "email_verified": "true" }))) })))),
    );
    let grant = world.redeem(&google).unwrap();
    assert_eq!((grant.expires_at, &grant.claims["email_verified"]), (Some(NOW + 3599), &json!(true)));
}

#[test]
fn a_scope_is_granted_by_the_name_it_was_asked_for_by() {
    let email = "https://www.googleapis.com/auth/userinfo.email";
    let google = upstream("google", &[("LATCH_PROXY_SCOPES", &format!("openid {email} profile"))]);
    assert_eq!(world(claims(json!({}))).redeem(&google).unwrap().scopes.unwrap(), ["openid", email, "profile"]);
}

#[test]
fn a_domain_is_what_the_claim_says() {
    let google = upstream("google", &[("LATCH_PROXY_TENANTS", "example.com, Example.org")]);
    assert!(world(claims(json!({ "hd": "example.com" }))).redeem(&google).is_ok());
    assert!(world(claims(json!({ "hd": "example.org" }))).redeem(&google).is_ok());
    for hd in [json!(null), json!("evil.example"), json!(""), json!(["example.com"])] {
        not_allowed(world(claims(json!({ "hd": hd, "email": "a@example.com" }))).redeem(&google));
    }
    let url = World::new().authorize(&google).unwrap();
    assert!(!url.as_str().contains("hd="), "{url}");
    let url = World::new().authorize(&upstream("google", &[("LATCH_PROXY_TENANTS", "example.com")])).unwrap();
    assert!(url.as_str().contains("&hd=example.com"), "{url}");
}

#[test]
fn a_refresh_token_that_is_not_given_again_is_kept() {
    let google = upstream("google", &[]);
    let world = World::new().on(TOKEN, 200, tokens(json!({ "refresh_token": null })));
    let grant = world.renew(&google, "rt-1", "google|1100").unwrap();
    assert_eq!((grant.subject.as_str(), grant.keep.unwrap().expose()), ("google|1100", "rt-1"));
    let asked = world.one(TOKEN);
    assert_eq!(
        (asked.field("grant_type").as_deref(), asked.field("refresh_token").as_deref()),
        (Some("refresh_token"), Some("rt-1"))
    );
    let world = World::new().on(TOKEN, 200, tokens(json!({ "refresh_token": "rt-2" })));
    assert_eq!(world.renew(&google, "rt-1", "google|1100").unwrap().keep.unwrap().expose(), "rt-2");
}

#[test]
fn an_id_token_of_a_refresh_is_checked_like_the_first() {
    let google = upstream("google", &[("LATCH_PROXY_TENANTS", "example.com")]);
    let fresh = |changes: Value| world(with(claims(json!({ "nonce": null, "hd": "example.com" })), changes));
    let grant = fresh(json!({})).renew(&google, "rt-1", "google|1100").unwrap();
    assert_eq!(grant.claims["name"], "Ada");
    refused(fresh(json!({ "sub": "1101" })).renew(&google, "rt-1", "google|1100"), "another user");
    refused(fresh(json!({ "aud": "another" })).renew(&google, "rt-1", "google|1100"), "another client");
    refused(fresh(json!({ "iss": "https://evil.example" })).renew(&google, "rt-1", "google|1100"), "issuer");
    not_allowed(fresh(json!({ "hd": "left.example" })).renew(&google, "rt-1", "google|1100"));
}

#[test]
fn revokes() {
    let google = upstream("google", &[]);
    let line = "POST https://oauth2.googleapis.com/revoke";
    let world = World::new().on(line, 200, "");
    assert_eq!(world.revoke(&google, "rt-1"), Ok(()));
    assert_eq!(world.one(line).field("token").as_deref(), Some("rt-1"));
    assert_eq!(World::new().on(line, 400, r#"{"error":"invalid_token"}"#).revoke(&google, "rt-1"), Ok(()));
    down(World::new().on(line, 503, "").revoke(&google, "rt-1"));
}
