//! Properties that hold for any input. The random ones run with a fixed seed and a modest number of cases.

use std::{cell::Cell, fmt::Write as _};

use futures::executor::block_on;
use mcp_latch::{
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    jose::{Alg, Compact, Error, Key, KeyStore},
    json::{JsonError, object},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};

use crate::{
    attacks::{claims, good},
    keys::{EC, ED25519, RSA, TestKey, members, set},
    mint::{b64, raw},
};

/// Runs a property with the same cases every time.
fn check<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[42; 32]);
    TestRunner::new_with_rng(config, rng).run(strategy, property).unwrap();
}

/// A world without an outside.
struct Nowhere;

impl Host for Nowhere {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        panic!("a request to {}", request.url)
    }

    fn now(&self) -> UnixTime {
        1_800_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, _: &str) {}
}

fn verify(store: &KeyStore, token: &str) -> Result<Alg, Error> {
    let token = Compact::parse(token)?;
    block_on(store.verify(&Nowhere, &token, &[Alg::Rs256, Alg::Es256, Alg::EdDsa]))
}

fn store() -> KeyStore {
    KeyStore::new(Some(set(&[RSA.jwk(), EC.jwk(), ED25519.jwk()])), None)
}

#[test]
fn no_text_makes_the_parser_panic_or_verifies() {
    let store = store();
    let segment = || prop_oneof!["[A-Za-z0-9_-]{0,40}", "\\PC{0,20}", Just(b64(EC.header().to_string())), Just(b64("{}"))];
    let text = prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_.=+/ {}\"-]{0,200}",
        vec(segment(), 0..7).prop_map(|segments| segments.join(".")),
    ];
    check(4_000, &text, |text| {
        prop_assert!(verify(&store, &text).is_err(), "{text:?}");
        Ok(())
    });
}

#[test]
fn no_bytes_as_header_payload_or_signature_make_the_parser_panic_or_verify() {
    let store = store();
    let bytes = || vec(any::<u8>(), 0..100);
    check(2_000, &(bytes(), bytes(), bytes()), |(header, payload, signature)| {
        prop_assert!(verify(&store, &raw(&header, &payload, |_| signature.clone())).is_err());
        prop_assert!(verify(&store, &raw(EC.header().to_string(), &payload, |_| signature.clone())).is_err());
        prop_assert!(verify(&store, &raw(EC.header().to_string(), claims().to_string(), |_| signature.clone())).is_err());
        Ok(())
    });
}

/// Among the RSA keys are odd sizes: with 2049 bits the PSS encoding is a byte shorter than the modulus.
#[test]
fn no_key_makes_the_reader_or_the_check_panic() {
    let number = || prop_oneof![vec(any::<u8>(), 0..70), vec(any::<u8>(), 254..260), vec(any::<u8>(), 500..516)];
    let exponent = prop_oneof![Just(vec![1, 0, 1]), vec(any::<u8>(), 0..10)];
    let kind = prop::sample::select(vec![("RSA", ""), ("EC", "P-256"), ("EC", "P-521"), ("OKP", "Ed25519")]);
    let (usable, refused) = (Cell::new(0), Cell::new(0));
    let case = (kind, vec(any::<u8>(), 32), number(), exponent, 0..3_usize, any::<prop::sample::Index>());
    check(1_500, &case, |((kty, crv), x, mut n, e, longer, top)| {
        if let Some(first) = n.first_mut() {
            *first >>= top.index(8);
        }
        let jwk = json!({ "kty": kty, "crv": crv, "x": b64(&x), "y": b64(&n), "n": b64(&n), "e": b64(e) });
        let Ok(key) = Key::from_jwk(&members(jwk)) else {
            refused.set(refused.get() + 1);
            return Ok(());
        };
        usable.set(usable.get() + 1);
        for length in [(n.len() + longer).saturating_sub(1), 0, 64, 132] {
            for alg in Alg::ALL {
                prop_assert!(!key.verify(alg, b"message", &vec![longer as u8; length]));
            }
        }
        Ok(())
    });
    println!("properties: {} random keys usable, {} refused, no signature accepted", usable.get(), refused.get());
    assert!(usable.get() > 50 && refused.get() > 500);
}

/// A changed byte at each position: another letter, one beyond the alphabet, and a flipped bit.
fn every_change_is_refused(key: &TestKey, step: usize) {
    let store = store();
    let token = good(key);
    assert_eq!(verify(&store, &token).unwrap().name(), key.alg);
    let mut changes = 0;
    for position in (0..token.len()).step_by(step) {
        let old = token.as_bytes()[position];
        for new in [b'A', b'B', b'-', b'.', b'=', b' ', old ^ 1, old ^ 0x20] {
            if new != old {
                let mut changed = token.clone().into_bytes();
                changed[position] = new;
                let changed = String::from_utf8(changed).unwrap();
                assert!(verify(&store, &changed).is_err(), "{:?} at {position} of {token}", new as char);
                changes += 1;
            }
        }
        let (before, after) = token.split_at(position);
        assert!(verify(&store, &format!("{before}{}", &after[1..])).is_err(), "{position} removed");
        assert!(verify(&store, &format!("{before}A{after}")).is_err(), "one more at {position}");
        assert!(verify(&store, before).is_err(), "cut at {position}");
    }
    println!("properties: {changes} single-byte changes of a {} token refused", key.alg);
    assert!(changes > 7 * (token.len() / step));
}

#[test]
fn every_single_byte_change_of_an_es256_token_is_refused() {
    every_change_is_refused(&EC, 1);
}

#[test]
fn every_single_byte_change_of_an_eddsa_token_is_refused() {
    every_change_is_refused(&ED25519, 1);
}

#[test]
fn single_byte_changes_of_an_rs256_token_are_refused() {
    every_change_is_refused(&RSA, 3);
}

#[test]
fn only_canonical_base64url_is_taken() {
    let (header, payload) = (b64(EC.header().to_string()), b64(claims().to_string()));
    let text = prop_oneof!["[A-Za-z0-9_-]{0,90}", "[A-Za-z0-9_=+/\r\n -]{0,12}"];
    check(4_000, &text, |text| {
        let token = format!("{header}.{payload}.{text}");
        match Compact::parse(&token) {
            Ok(token) => prop_assert_eq!(b64(&token.signature), text),
            Err(error) => prop_assert_eq!(error, Error::Malformed),
        }
        Ok(())
    });
    check(1_000, &vec(any::<u8>(), 0..200), |bytes| {
        let token = format!("{header}.{payload}.{}", b64(&bytes));
        prop_assert_eq!(Compact::parse(&token).unwrap().signature, bytes);
        Ok(())
    });
}

/// Any JSON value, with integers at the edges of what `serde_json` keeps exact.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no NaN", |float| float.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map("[a-c\"\\\\é]{0,2}", inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn json_object() -> impl Strategy<Value = Map<String, Value>> {
    btree_map("[a-z]{0,3}", json_value(), 1..6).prop_map(|map| map.into_iter().collect())
}

#[test]
fn strict_json_agrees_with_serde_json() {
    check(1_000, &json_object(), |map| {
        for text in [serde_json::to_vec(&map).unwrap(), serde_json::to_vec_pretty(&map).unwrap()] {
            prop_assert_eq!(object(&text).unwrap(), serde_json::from_slice::<Map<String, Value>>(&text).unwrap());
        }
        Ok(())
    });
    let text = prop_oneof!["[\\[\\]{}\",:0-9a-e.+\\\\ -]{0,30}", any::<String>()];
    check(4_000, &text, |text| {
        match (object(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(Value::Object(theirs))) => prop_assert_eq!(ours, theirs),
            (Err(JsonError::Syntax | JsonError::NotAnObject), Ok(Value::Object(_))) => prop_assert!(false, "refused: {}", text),
            (ours, _) => prop_assert!(ours.is_err(), "accepted: {}", text),
        }
        Ok(())
    });
}

#[test]
fn strict_json_refuses_any_injected_duplicate() {
    check(1_000, &(json_object(), any::<prop::sample::Index>(), any::<bool>(), json_value()), |(map, index, escaped, other)| {
        let value = Value::Object(map);
        let mut writer = Writer { text: String::new(), until: index.index(count(&value)), escaped, other };
        writer.write(&value);
        prop_assert!(serde_json::from_str::<Value>(&writer.text).is_ok(), "not JSON: {}", writer.text);
        prop_assert_eq!(object(writer.text.as_bytes()), Err(JsonError::Duplicate), "{}", writer.text);
        Ok(())
    });
}

/// The number of members in all objects of a value.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + count(value)).sum(),
        Value::Array(list) => list.iter().map(count).sum(),
        _ => 0,
    }
}

/// Writes JSON in which one member comes twice.
struct Writer {
    text: String,
    /// How many members come before the one that is repeated. Beyond it, the number wraps around and is not reached again.
    until: usize,
    /// Whether the second name is spelled in escapes.
    escaped: bool,
    /// The second value.
    other: Value,
}

impl Writer {
    fn write(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                self.text.push('{');
                for (i, (name, value)) in map.iter().enumerate() {
                    self.text.push_str(if i == 0 { "" } else { "," });
                    let repeated = self.until == 0;
                    self.until = self.until.wrapping_sub(1);
                    write!(self.text, "{}:", Value::from(name.as_str())).unwrap();
                    self.write(value);
                    if repeated {
                        let name = if self.escaped { escape(name) } else { Value::from(name.as_str()).to_string() };
                        write!(self.text, ",{name}:{}", self.other).unwrap();
                    }
                }
                self.text.push('}');
            }
            Value::Array(list) => {
                self.text.push('[');
                for (i, value) in list.iter().enumerate() {
                    self.text.push_str(if i == 0 { "" } else { "," });
                    self.write(value);
                }
                self.text.push(']');
            }
            leaf => write!(self.text, "{leaf}").unwrap(),
        }
    }
}

/// A JSON string of nothing but escapes.
fn escape(name: &str) -> String {
    let units: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}
