//! What an ID token must be, at an upstream like any other: Okta.

use super::*;

const ISSUER: &str = "https://example.okta.com/oauth2/default";
const TOKEN: &str = "POST https://example.okta.com/oauth2/default/v1/token";
const KEYS: &str = "GET https://example.okta.com/oauth2/default/v1/keys";

fn okta() -> Upstream {
    upstream("okta", &[("LATCH_PROXY_ISSUER", ISSUER)])
}

fn claims(changes: Value) -> Value {
    let base = json!({ "iss": ISSUER, "aud": CLIENT, "sub": "00u1", "nonce": NONCE, "iat": NOW, "exp": NOW + 3600 });
    with(base, changes)
}

fn world(id_token: &str) -> World {
    World::new().on(TOKEN, 200, tokens(json!({ "id_token": id_token }))).on(KEYS, 200, jwks())
}

fn outcome(changes: Value) -> Result<Grant, Trouble> {
    world(&signed(claims(changes))).redeem(&okta())
}

#[test]
fn okta_signs_in() {
    let grant = outcome(json!({ "groups": ["staff"], "preferred_username": "ada", "amr": ["pwd"] })).unwrap();
    assert_eq!(grant.subject, "okta|00u1");
    assert_eq!(Value::Object(grant.claims), json!({ "preferred_username": "ada", "groups": ["staff"] }));
    assert_eq!(okta().scopes(), ["openid", "profile", "email", "offline_access"]);
    assert!(okta().renews() && !okta().rotates());
    assert!(!upstream("okta", &[("LATCH_PROXY_ISSUER", ISSUER), ("LATCH_PROXY_SCOPES", "openid")]).renews());
}

#[test]
fn oktas_org_server_is_refused() {
    let text = mistake("okta", &[("LATCH_PROXY_ISSUER", "https://example.okta.com"), ("LATCH_PROXY_CLIENT_SECRET", SECRET)]);
    assert!(text.contains("custom one"), "{text}");
}

#[test]
fn an_audience_that_is_not_us_alone_is_refused() {
    for changes in [
        json!({ "aud": "another" }),
        json!({ "aud": [CLIENT, "another"] }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "aud": 1 }),
        json!({ "azp": "another" }),
        json!({ "aud": [CLIENT], "azp": "another" }),
        json!({ "azp": 1 }),
    ] {
        refused(outcome(changes), "another client");
    }
    assert!(outcome(json!({ "aud": [CLIENT], "azp": CLIENT })).is_ok());
}

#[test]
fn an_answer_to_another_request_is_refused() {
    for nonce in [json!("another"), json!(null), json!(""), json!(1), json!([NONCE])] {
        refused(outcome(json!({ "nonce": nonce })), "nonce");
    }
}

#[test]
fn another_issuer_is_refused_before_any_key_is_looked_up() {
    for iss in [json!("https://example.okta.com/oauth2/default/"), json!("https://evil.example"), json!(null), json!([ISSUER])] {
        let world = world(&signed(claims(json!({ "iss": iss }))));
        refused(world.redeem(&okta()), "issuer");
        assert!(world.asked(KEYS).is_empty());
    }
}

#[test]
fn r12_a_token_without_dates_or_out_of_time_is_refused() {
    for changes in [json!({ "exp": null }), json!({ "iat": null })] {
        refused(outcome(changes), "does not say when");
    }
    for changes in [json!({ "exp": "1800003600" }), json!({ "exp": 1.5 }), json!({ "iat": -1 }), json!({ "nbf": "x" })] {
        refused(outcome(changes), "not a number");
    }
    refused(outcome(json!({ "exp": NOW - 60 })), "expired");
    refused(outcome(json!({ "iat": NOW + 61 })), "future");
    refused(outcome(json!({ "nbf": NOW + 61 })), "future");
    assert!(outcome(json!({ "exp": NOW - 59, "iat": NOW + 60 })).is_ok());
}

#[test]
fn a_subject_must_be_there() {
    for sub in [json!(null), json!(""), json!(7), json!("x".repeat(256)), json!("a\nb")] {
        refused(outcome(json!({ "sub": sub })), "who signed in");
    }
}

#[test]
fn other_signatures_are_refused() {
    refused(world(&key(2).sign("JWT", &members(claims(json!({}))))).redeem(&okta()), "key");
    // Under the known kid, but signed by another.
    let (header, payload) = (json!({ "alg": "ES256", "kid": key(1).public()["kid"] }), b64(&claims(json!({}))));
    let forged = key(2).sign("JWT", &members(claims(json!({}))));
    let signature = forged.rsplit('.').next().unwrap();
    refused(world(&format!("{}.{payload}.{signature}", b64(&header))).redeem(&okta()), "signature");
    refused(world("not-a-jwt").redeem(&okta()), "opaque");
}

#[test]
fn hs256_and_none_are_never_an_id_tokens() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    for secret in [SECRET.to_owned(), jwks().to_string()] {
        let input = format!("{}.{}", b64(&json!({ "alg": "HS256" })), b64(&claims(json!({}))));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(input.as_bytes());
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        refused(world(&token).redeem(&okta()), "algorithm");
    }
    for alg in ["none", "RS512", "HS512"] {
        let token = format!("{}.{}.AA", b64(&json!({ "alg": alg })), b64(&claims(json!({}))));
        refused(world(&token).redeem(&okta()), "algorithm");
    }
}

#[test]
fn what_providers_sign_with_is_accepted() {
    use p256::ecdsa::signature::Signer as _;
    use rand::{SeedableRng as _, rngs::StdRng};
    use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPrivateKey};
    use sha2::{Digest as _, Sha256};
    let jwk: Value = serde_json::from_str(include_str!("../../../../tests/jose/keys/rsa_a.json")).unwrap();
    let number = |name: &str| BoxedUint::from_be_slice_vartime(&crate::jose::base64url(jwk[name].as_str().unwrap()).unwrap());
    let rsa = RsaPrivateKey::from_components(number("n"), number("e"), number("d"), vec![number("p"), number("q")]).unwrap();
    let ed = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let rsa_jwk = json!({ "kty": "RSA", "n": jwk["n"], "e": jwk["e"], "kid": "k" });
    let ed_jwk =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(ed.verifying_key().as_bytes()), "kid": "k" });
    for alg in ["RS256", "PS256", "EdDSA"] {
        let input = format!("{}.{}", b64(&json!({ "alg": alg, "kid": "k" })), b64(&claims(json!({}))));
        let digest = Sha256::digest(&input);
        let signature = match alg {
            "RS256" => rsa.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap(),
            "PS256" => rsa.sign_with_rng(&mut StdRng::seed_from_u64(7), Pss::<Sha256>::new(), &digest).unwrap(),
            _ => ed.sign(input.as_bytes()).to_bytes().to_vec(),
        };
        let published = if alg == "EdDSA" { &ed_jwk } else { &rsa_jwk };
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
        let world = world(&token).on(KEYS, 200, json!({ "keys": [published] }));
        assert_eq!(world.redeem(&okta()).unwrap().subject, "okta|00u1", "{alg}");
    }
}

#[test]
fn another_kind_of_token_is_refused() {
    for typ in ["at+jwt", "logout+jwt", "application/at+jwt"] {
        refused(world(&key(1).sign(typ, &members(claims(json!({}))))).redeem(&okta()), "another kind");
    }
}

#[test]
fn without_an_id_token_nobody_signed_in() {
    let world = World::new().on(TOKEN, 200, tokens(json!({})));
    refused(world.redeem(&okta()), "no ID token");
}

#[test]
fn keys_that_cannot_be_had_are_not_the_tokens_fault() {
    for status in [500, 302, 404] {
        let world = world(&signed(claims(json!({})))).on(KEYS, status, "");
        down(world.redeem(&okta()));
    }
}

#[test]
fn big_claims_are_left_out() {
    let many: Vec<_> = (0..21).map(|index| format!("g{index}")).collect();
    let grant = outcome(json!({ "groups": many, "roles": ["x".repeat(65)], "name": "n".repeat(129), "email": 5 })).unwrap();
    assert!(grant.claims.is_empty(), "{:?}", grant.claims);
    let grant = outcome(json!({ "email_verified": true })).unwrap();
    assert!(grant.claims.is_empty(), "verified, but what? {:?}", grant.claims);
}

#[test]
fn auth0s_issuer_has_a_slash() {
    for issuer in ["https://t.us.auth0.com", "https://t.us.auth0.com/"] {
        let auth0 =
            upstream("auth0", &[("LATCH_PROXY_ISSUER", issuer), ("LATCH_PROXY_EXTRAS", "audience=https://api.example.com")]);
        let claims = claims(json!({ "iss": "https://t.us.auth0.com/", "sub": "auth0|1", "org_id": "org_1" }));
        let world = World::new()
            .on("POST https://t.us.auth0.com/oauth/token", 200, tokens(json!({ "id_token": signed(claims) })))
            .on("GET https://t.us.auth0.com/.well-known/jwks.json", 200, jwks())
            .on("POST https://t.us.auth0.com/oauth/revoke", 200, "");
        let grant = world.redeem(&auth0).unwrap();
        assert_eq!((grant.subject.as_str(), &grant.claims["org_id"]), ("auth0|auth0|1", &json!("org_1")));
        assert_eq!(world.one("POST").field("client_secret").as_deref(), Some(SECRET));
        assert_eq!(world.revoke(&auth0, "rt-1"), Ok(()));
        let url = world.authorize(&auth0).unwrap();
        assert!(url.as_str().starts_with("https://t.us.auth0.com/authorize?"));
        assert!(url.as_str().ends_with("&audience=https%3A%2F%2Fapi.example.com"), "{url}");
        assert_eq!((auth0.label().as_str(), auth0.issuer()), ("Auth0", Some("https://t.us.auth0.com/")));
    }
    let slashless = claims(json!({ "iss": "https://t.us.auth0.com" }));
    let world = World::new().on("POST https://t.us.auth0.com/oauth/token", 200, tokens(json!({ "id_token": signed(slashless) })));
    refused(world.redeem(&upstream("auth0", &[("LATCH_PROXY_ISSUER", "https://t.us.auth0.com")])), "issuer");
}
