//! How our client proves to be itself.

use super::*;
use crate::jose::{Alg, Compact, KeySet};

const OKTA: (&str, &str) = ("LATCH_PROXY_ISSUER", "https://example.okta.com/oauth2/default");
const TOKEN: &str = "POST https://example.okta.com/oauth2/default/v1/token";

fn asked(upstream: &Upstream, line: &str) -> Seen {
    let world = World::new().on(line, 400, r#"{"error":"invalid_grant"}"#);
    refused(world.redeem(upstream), "invalid_grant");
    world.one(line)
}

#[test]
fn basic_is_form_encoded_first() {
    let vars = [OKTA, ("LATCH_PROXY_CLIENT_ID", "a:b c"), ("LATCH_PROXY_CLIENT_SECRET", SECRET)];
    let asked = asked(&Upstream::all(&config("okta", &vars))[0], TOKEN);
    let basic = asked.header("authorization").unwrap().strip_prefix("Basic ").unwrap();
    let basic = base64::engine::general_purpose::STANDARD.decode(basic).unwrap();
    assert_eq!(String::from_utf8(basic).unwrap(), "a%3Ab+c:hunter2%2B%2F+%25");
    assert_eq!((asked.field("client_id"), asked.field("client_secret")), (None, None));
    assert!(asked.headers["authorization"].is_sensitive());
}

#[test]
fn the_operator_may_choose() {
    let post = asked(&upstream("okta", &[OKTA, ("LATCH_PROXY_CLIENT_AUTH", "post")]), TOKEN);
    assert_eq!((post.header("authorization"), post.field("client_secret").as_deref()), (None, Some(SECRET)));
    let google = upstream("google", &[("LATCH_PROXY_CLIENT_AUTH", "basic")]);
    let basic = asked(&google, "POST https://oauth2.googleapis.com/token");
    assert!(basic.header("authorization").is_some() && basic.field("client_secret").is_none());
}

#[test]
fn private_key_jwt_says_who_to_whom_and_for_how_long() {
    let d = URL_SAFE_NO_PAD.encode([9; 32]);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "d": d, "kid": "k9" }).to_string();
    let auth0 = ("LATCH_PROXY_ISSUER", "https://t.us.auth0.com");
    for (upstream, line, audience) in [
        (upstream("okta", &[OKTA, ("LATCH_PROXY_CLIENT_KEY", &jwk)]), TOKEN, &TOKEN[5..]),
        (
            upstream("auth0", &[auth0, ("LATCH_PROXY_CLIENT_KEY", &jwk)]),
            "POST https://t.us.auth0.com/oauth/token",
            "https://t.us.auth0.com/",
        ),
    ] {
        let asked = asked(&upstream, line);
        assert_eq!((asked.header("authorization"), asked.field("client_secret")), (None, None));
        assert_eq!(asked.field("client_assertion_type").unwrap(), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let assertion = asked.field("client_assertion").unwrap();
        let token = Compact::parse(&assertion).unwrap();
        let set = json!({ "keys": [with(key(9).public(), json!({ "kid": "k9" }))] }).to_string();
        assert_eq!(KeySet::parse(set.as_bytes()).unwrap().verify(&token, Alg::Es256), Ok(()));
        let expected = json!({
            "iss": CLIENT, "sub": CLIENT, "aud": audience, "jti": "BwcHBwcHBwcHBwcHBwcHBw", "iat": NOW, "exp": NOW + 120,
        });
        assert_eq!(Value::Object(token.claims), expected);
        assert!(!format!("{upstream:?}").contains(&d));
    }
}

#[test]
fn a_key_we_cannot_sign_with_is_said_without_it() {
    for jwk in [r#"{"kty":"RSA","n":"AQAB","d":"c2VjcmV0"}"#, "hunter3", "{}"] {
        let text = mistake("okta", &[OKTA, ("LATCH_PROXY_CLIENT_KEY", jwk)]);
        assert!(text.contains("P-256") && !text.contains("hunter3"), "{text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", upstream("google", &[]));
    assert!(!shown.contains("hunter2"), "{shown}");
    let redeem = Redeem { code: CODE, code_verifier: VERIFIER, nonce: NONCE, callback: CALLBACK, resource: RESOURCE };
    assert_eq!(format!("{redeem:?}"), "Redeem(…)");
    let config = config(
        "supabase",
        &[
            ("SUPABASE_URL", "https://abc.supabase.co"),
            ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_1"),
            ("LATCH_PROXY_CLIENT_ID", CLIENT),
        ],
    );
    let shown = format!("{:?}", Upstream::all(&config));
    assert!(!shown.contains("sb_publishable_1"), "{shown}");
}
