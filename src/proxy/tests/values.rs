//! Whatever is done to a sealed value, it opens nothing; and every fault looks the same.

use std::{cell::Cell, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Map, json};

use super::super::{
    artefact::{
        Access, Admission, Asked, AuthCode, Digest, Name, Question, Refresh, Renewal, Seed, Transaction, Underway, Unredeemed,
    },
    issue::Replay,
};
use crate::{
    config::Kind,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    seal::{Purpose, Ring, Unsealed},
};

/// Randomness that counts.
struct Draws(Cell<u64>);

impl Host for Draws {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Timeout) })
    }

    fn now(&self) -> UnixTime {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0.set(self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
            *byte = (self.0.get() >> 33) as u8;
        }
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(async {})
    }

    fn log(&self, _: &str) {}
}

fn ring(byte: u8) -> Ring {
    Ring::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
}

/// One value of every purpose, made of some text.
fn all(host: &Draws, ring: &Ring, text: &str, expires: UnixTime, binding: &[u8]) -> Vec<(&'static str, String)> {
    let asked = Asked {
        client: text.to_owned(),
        redirect_uri: "http://127.0.0.1:33418/callback".to_owned(),
        state: Some(text.to_owned()),
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        scopes: vec!["notes:read".to_owned()],
    };
    let upstream = Name(Kind::Google);
    let seed = Seed::new(host);
    let underway = Underway { asked: asked.clone(), upstream, seed: seed.clone() };
    let unredeemed = Unredeemed {
        client: Digest::of(text),
        redirect_uri: Digest::of(text),
        challenge: asked.challenge.clone(),
        scopes: asked.scopes.clone(),
        upstream,
        seed,
        code: text.to_owned(),
    };
    let admission = Admission {
        client: text.to_owned(),
        subject: "google|110000000000000000000".to_owned(),
        scope: "notes:read".to_owned(),
        grant: "0123456789abcdef0123456789abcdef".to_owned(),
        upstream,
        issued_at: 1_795_000_000,
        expires_at: 1_795_000_900,
        claims: Map::from_iter([("email".to_owned(), json!("ada@example.com"))]),
        token: None,
    };
    let renewal = Renewal {
        client: Digest::of(text),
        subject: admission.subject.clone(),
        scopes: asked.scopes.clone(),
        grant: admission.grant.clone(),
        generation: 0,
        since: 1_795_000_000,
        upstream,
        keep: text.to_owned(),
        claims: admission.claims.clone(),
    };
    vec![
        (Question::NAME, ring.seal::<Question>(host, &asked, expires, binding).unwrap()),
        (Transaction::NAME, ring.seal::<Transaction>(host, &underway, expires, binding).unwrap()),
        (AuthCode::NAME, ring.seal::<AuthCode>(host, &unredeemed, expires, binding).unwrap()),
        (Access::NAME, ring.seal::<Access>(host, &admission, expires, binding).unwrap()),
        (Refresh::NAME, ring.seal::<Refresh>(host, &renewal, expires, binding).unwrap()),
        (Replay::NAME, ring.seal::<Replay>(host, &text.to_owned(), expires, binding).unwrap()),
    ]
}

/// What opening a value under each purpose gives.
fn opened(ring: &Ring, value: &str, now: UnixTime, binding: &[u8]) -> Vec<(&'static str, Result<(), Unsealed>)> {
    vec![
        (Question::NAME, ring.open::<Question>(value, now, binding).map(drop)),
        (Transaction::NAME, ring.open::<Transaction>(value, now, binding).map(drop)),
        (AuthCode::NAME, ring.open::<AuthCode>(value, now, binding).map(drop)),
        (Access::NAME, ring.open::<Access>(value, now, binding).map(drop)),
        (Refresh::NAME, ring.open::<Refresh>(value, now, binding).map(drop)),
        (Replay::NAME, ring.open::<Replay>(value, now, binding).map(drop)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_opens_for_its_purpose_its_endpoint_its_key_and_its_time(
        text in "[ -~]{0,200}", seed in any::<u64>(), endpoint in "https://[a-z]{3,9}/mcp",
    ) {
        let (host, here) = (Draws(Cell::new(seed)), ring(1));
        for (purpose, value) in all(&host, &here, &text, 100, endpoint.as_bytes()) {
            for (other, outcome) in opened(&here, &value, 99, endpoint.as_bytes()) {
                prop_assert_eq!(outcome, if other == purpose { Ok(()) } else { Err(Unsealed::Foreign) }, "{} as {}", purpose, other);
            }
            for (other, outcome) in opened(&here, &value, 100, endpoint.as_bytes()) {
                prop_assert_eq!(outcome, Err(if other == purpose { Unsealed::Expired } else { Unsealed::Foreign }));
            }
            let elsewhere = format!("{endpoint}2");
            let foreign = opened(&here, &value, 99, elsewhere.as_bytes()).into_iter().chain(opened(&ring(2), &value, 99, endpoint.as_bytes()));
            for (_, outcome) in foreign {
                prop_assert_eq!(outcome, Err(Unsealed::Foreign));
            }
        }
    }

    #[test]
    fn every_changed_bit_is_refused(text in "[ -~]{0,200}", seed in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (host, here) = (Draws(Cell::new(seed)), ring(1));
        for (_, value) in all(&host, &here, &text, 100, b"here") {
            let mut bytes = URL_SAFE_NO_PAD.decode(&value).unwrap();
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            // A changed expiry is not even known to be ours, so it is not "expired".
            for now in [0, 99, 100, u64::MAX] {
                for (_, outcome) in opened(&here, &URL_SAFE_NO_PAD.encode(&bytes), now, b"here") {
                    prop_assert_eq!(outcome, Err(Unsealed::Foreign));
                }
            }
            for (_, outcome) in opened(&here, &value[..value.len() - 1 - index % value.len()], 0, b"here") {
                prop_assert_eq!(outcome, Err(Unsealed::Foreign));
            }
        }
    }
}

/// The sizes that docs/proxy.md states: a client of 300 characters, an upstream code of 80, a refresh token of 80.
#[test]
fn values_are_as_small_as_the_documentation_says() {
    let host = Draws(Cell::new(1));
    let size = |purpose: &str, text: &str| {
        let all = all(&host, &ring(1), text, u64::MAX, b"https://api.example.com/mcp");
        all.into_iter().find(|(name, _)| *name == purpose).unwrap().1.len()
    };
    let (client, secret) = ("c".repeat(300), "s".repeat(80));
    let sizes = [
        ("transaction", size(Transaction::NAME, &client)),
        ("code", size(AuthCode::NAME, &secret)),
        ("access token", size(Access::NAME, &client)),
        ("refresh token", size(Refresh::NAME, &secret)),
    ];
    println!("proxy: sizes in characters {sizes:?}");
    assert!(sizes.iter().zip([1500, 700, 1000, 600]).all(|((_, size), most)| *size <= most), "{sizes:?}");
}
