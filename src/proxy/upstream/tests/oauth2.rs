//! Generic OAuth 2.0.

use super::*;

const BASE: [(&str, &str); 2] =
    [("LATCH_PROXY_AUTHORIZE_URL", "https://as.example.com/a"), ("LATCH_PROXY_TOKEN_URL", "https://as.example.com/t")];
const INTROSPECT: &str = "POST https://as.example.com/i";
const USERINFO: &str = "GET https://as.example.com/u";

fn bound() -> Upstream {
    upstream("oauth2", &[&BASE[..], &[("LATCH_PROXY_INTROSPECT_URL", "https://as.example.com/i")]].concat())
}

fn unbound() -> Upstream {
    let userinfo = [("LATCH_PROXY_USERINFO_URL", "https://as.example.com/u"), ("LATCH_PROXY_IDENTITY", "userinfo")];
    upstream("oauth2", &[&BASE[..], &userinfo].concat())
}

fn world() -> World {
    World::new().on("POST https://as.example.com/t", 200, tokens(json!({})))
}

fn introspected(changes: Value) -> Result<Grant, Trouble> {
    let base = json!({ "active": true, "client_id": CLIENT, "sub": "u1", "username": "ada", "scope": "a b", "exp": NOW + 60 });
    world().on(INTROSPECT, 200, with(base, changes)).redeem(&bound())
}

#[test]
fn introspection_says_who_and_of_which_client() {
    let grant = introspected(json!({})).unwrap();
    assert_eq!((grant.subject.as_str(), grant.expires_at), ("oauth2|u1", Some(NOW + 60)));
    assert_eq!(Value::Object(grant.claims), json!({ "preferred_username": "ada" }));
    assert_eq!(grant.scopes.unwrap(), ["a", "b"]);
    assert_eq!(bound().label(), "as.example.com");
    let world = world().on(INTROSPECT, 200, json!({ "active": true, "client_id": CLIENT, "sub": "u1" }));
    world.redeem(&bound()).unwrap();
    let asked = world.one(INTROSPECT);
    assert_eq!(asked.field("token").as_deref(), Some("at-1"));
    assert!(asked.header("authorization").unwrap().starts_with("Basic "));
}

#[test]
fn userinfo_adds_what_is_missing_and_nothing_of_another_user() {
    let userinfo = ("LATCH_PROXY_USERINFO_URL", "https://as.example.com/u");
    let upstream =
        upstream("oauth2", &[&BASE[..], &[("LATCH_PROXY_INTROSPECT_URL", "https://as.example.com/i"), userinfo]].concat());
    let email = |status: u16, answer: Value| {
        let who = json!({ "active": true, "client_id": CLIENT, "sub": "u1", "username": "ada" });
        let grant = world().on(INTROSPECT, 200, who).on(USERINFO, status, answer).redeem(&upstream).unwrap();
        assert_eq!((grant.subject.as_str(), &grant.claims["preferred_username"]), ("oauth2|u1", &json!("ada")));
        grant.claims.get("email").cloned()
    };
    let ada = json!({ "sub": "u1", "email": "ada@example.com", "preferred_username": "eve" });
    assert_eq!(email(200, ada.clone()), Some(json!("ada@example.com")));
    assert_eq!(email(200, json!({ "sub": "u2", "email": "eve@example.com" })), None);
    assert_eq!(email(500, ada), None);
}

#[test]
fn a_token_of_another_client_is_refused() {
    for changes in [json!({ "client_id": "another" }), json!({ "client_id": null }), json!({ "client_id": [CLIENT] })] {
        refused(introspected(changes), "another client");
    }
}

#[test]
fn a_token_that_is_not_active_is_refused() {
    for active in [json!(false), json!(null), json!("true"), json!(1)] {
        refused(introspected(json!({ "active": active })), "not active");
    }
    refused(introspected(json!({ "exp": NOW })), "expired");
    refused(introspected(json!({ "sub": null })), "who signed in");
}

#[test]
fn introspection_that_fails_is_not_the_users_fault() {
    down(world().on(INTROSPECT, 503, "").redeem(&bound()));
    misconfigured(world().on(INTROSPECT, 401, "").redeem(&bound()), "introspection");
}

#[test]
fn userinfo_is_used_where_the_operator_says_so() {
    let world = world().on(USERINFO, 200, json!({ "id": 7, "username": "ada", "email": "a@example.com", "secret_answer": "x" }));
    let grant = world.redeem(&unbound()).unwrap();
    assert_eq!(grant.subject, "oauth2|7");
    assert_eq!(Value::Object(grant.claims), json!({ "email": "a@example.com", "preferred_username": "ada" }));
    assert_eq!(world.one(USERINFO).header("authorization"), Some("Bearer at-1"));
    assert_eq!(world.on(USERINFO, 200, json!({ "sub": "s", "id": 7 })).redeem(&unbound()).unwrap().subject, "oauth2|s");
    refused(self::world().on(USERINFO, 200, "{}").redeem(&unbound()), "who signed in");
    refused(self::world().on(USERINFO, 401, "").redeem(&unbound()), "does not take the token");
    down(self::world().on(USERINFO, 500, "").redeem(&unbound()));
}

#[test]
fn a_renewed_token_is_asked_about_again() {
    let world = world().on(INTROSPECT, 200, json!({ "active": true, "client_id": CLIENT, "sub": "u1" }));
    assert_eq!(world.renew(&bound(), "rt-1", "oauth2|u1").unwrap().keep.unwrap().expose(), "rt-1");
    refused(world.renew(&bound(), "rt-1", "oauth2|u2"), "another user");
    refused(world.on(INTROSPECT, 200, json!({ "active": false })).renew(&bound(), "rt-1", "oauth2|u1"), "not active");
}
