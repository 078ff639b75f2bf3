//! The legacy secret.

use super::*;

fn hs256(secret: &[u8], header: Value) -> String {
    use jwt_compact::{
        Algorithm as _, AlgorithmSignature as _,
        alg::{Hs256, Hs256Key},
    };
    let input = format!("{}.{}", b64(header.to_string()), b64("{}"));
    let mac = Hs256.sign(&Hs256Key::new(secret), input.as_bytes());
    format!("{input}.{}", b64(mac.as_bytes()))
}

#[test]
fn a_secret_verifies_hs256_and_nothing_else() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters";
    let key = pair("a", 1);
    let world = World::publishing(&[&key]);
    let store = || fetching().with_secret(Key::from_secret(&Secret::new(secret)).unwrap());
    for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "a" }), json!({ "alg": "HS256", "kid": "../x" })] {
        let token = hs256(secret.as_bytes(), header.clone());
        assert_eq!(world.verify(&store(), &token), Ok(Alg::Hs256), "{header}");
        let parsed = Compact::parse(&token).unwrap();
        assert_eq!(block_on(store().verify(&world, &parsed, &[Alg::Es256])), Err(Error::AlgNotAllowed), "{header}");
        let foreign = hs256(b"another-secret-that-has-32-or-more-characters", header.clone());
        assert_eq!(world.verify(&store(), &foreign), Err(Error::BadSignature), "{header}");
        assert_eq!(world.verify(&fetching(), &token), Err(Error::AlgNotAllowed), "no secret, {header}");
    }
    world.asked(0);
    assert_eq!(world.verify(&store(), &hs256(secret.as_bytes(), json!({ "alg": "ES256" }))), Err(Error::BadSignature));
    assert_eq!(world.verify(&store(), &key.token()), GOOD, "the published keys work beside it");
}

#[test]
fn a_mac_is_as_long_as_the_hash() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters";
    let world = World::publishing(&[]);
    let store = fetching().with_secret(Key::from_secret(&Secret::new(secret)).unwrap());
    let token = hs256(secret.as_bytes(), json!({ "alg": "HS256" }));
    let (input, mac) = token.rsplit_once('.').unwrap();
    let mac = URL_SAFE_NO_PAD.decode(mac).unwrap();
    for length in [0, 1, 10, 16, 31] {
        let cut = format!("{input}.{}", b64(&mac[..length]));
        assert_eq!(world.verify(&store, &cut), Err(Error::BadSignature), "{length} bytes");
    }
    assert_eq!(world.verify(&store, &format!("{input}.{}", b64([&mac[..], &[0]].concat()))), Err(Error::BadSignature));
}

#[test]
fn a_short_secret_is_refused() {
    for (length, accepted) in [(0, false), (1, false), (31, false), (32, true), (40, true), (200, true)] {
        assert_eq!(Key::from_secret(&Secret::new("s".repeat(length))).is_some(), accepted, "{length} bytes");
    }
}

#[test]
fn a_published_symmetric_key_is_never_used() {
    let secret = [7; 32];
    let oct = json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "k": b64(secret) });
    let world = World::publishing(&[]);
    world.answer(200, json!({ "keys": [oct, pair("a", 1).jwk()] }).to_string());
    let store = fetching().with_secret(Key::from_secret(&Secret::new("another-secret-that-has-32-characters")).unwrap());
    assert_eq!(world.verify(&store, &pair("a", 1).token()), GOOD);
    let forged = hs256(&secret, json!({ "alg": "HS256", "kid": "shared" }));
    assert_eq!(world.verify(&store, &forged), Err(Error::BadSignature));
    assert_eq!(world.verify(&fetching(), &forged), Err(Error::AlgNotAllowed));
}
