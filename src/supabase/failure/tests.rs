//! Every error of a real PostgREST 12.0.2 (`tests/data/postgrest-12`, recorded) and those that newer versions answer differently
//! (`tests/data/postgrest-13`, written from its changelog), and what the model reads for each (`tests/data/sentences.txt`).
//! `UPDATE_SNAPSHOTS=1 cargo test` writes that file anew; read the difference.
#![allow(clippy::unwrap_used)]

use std::{fmt::Write as _, fs, path::Path};

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::Failure;
use crate::host::Fetched;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn fixtures(folder: &str) -> Vec<(String, Fetched)> {
    let mut paths: Vec<_> = fs::read_dir(Path::new(DATA).join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fixture(path))).collect()
}

fn fixture(path: &Path) -> Fetched {
    let recorded: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let headers = recorded["headers"].as_object().into_iter().flatten();
    let headers: HeaderMap =
        headers.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.as_str().unwrap().parse().unwrap())).collect();
    let body = match (&recorded["body"], recorded["text"].as_str()) {
        (Value::Null, Some(text)) => text.as_bytes().to_vec(),
        (body, _) => body.to_string().into_bytes(),
    };
    Fetched { status: u16::try_from(recorded["status"].as_u64().unwrap()).unwrap(), headers, body }
}

#[test]
fn every_error_is_a_sentence_to_act_on() {
    let mut told = String::new();
    for folder in ["postgrest-12", "postgrest-13"] {
        for (case, answer) in fixtures(folder).into_iter().filter(|(_, answer)| answer.status >= 300) {
            let failure = Failure::parse(&answer);
            let text = match failure.refusal() {
                Some(refusal) => format!("(401) {refusal}"),
                None => failure.sentence("table notes"),
            };
            writeln!(told, "{folder}/{case}\n  {text}\n").unwrap();
        }
    }
    let path = Path::new(DATA).join("sentences.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &told).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (line, (told, expected)) in told.lines().zip(expected.lines()).enumerate() {
        assert_eq!(told, expected, "line {} of tests/data/sentences.txt", line + 1);
    }
    assert_eq!(told.lines().count(), expected.lines().count());
}

#[test]
fn only_a_token_that_is_over_asks_for_a_new_sign_in() {
    for folder in ["postgrest-12", "postgrest-13"] {
        for (case, answer) in fixtures(folder) {
            let cured = ["token-expired", "raised-unauthorized"].contains(&case.as_str());
            assert_eq!(Failure::parse(&answer).refusal().is_some(), cured, "{folder}/{case}");
        }
    }
}

/// A client that signs in again for these would do so for ever.
#[test]
fn what_a_new_sign_in_cannot_cure_is_told() {
    let told = |case: &str| Failure::parse(&fixture(&Path::new(DATA).join(case).with_extension("json"))).sentence("table notes");
    for (cases, says) in [
        (&["postgrest-12/grant-missing-anonymous"][..], &["grant select", "nobody were signed in"][..]),
        (&["postgrest-13/anonymous-disabled"], &["nobody were signed in", "operator"]),
        (&["postgrest-12/token-bad-signature", "postgrest-13/token-bad-signature"], &["signing in again", "signing keys"]),
        (
            &["postgrest-12/token-wrong-audience", "postgrest-13/token-wrong-audience"],
            &["signing in again", "audience", "jwt-aud"],
        ),
        (
            &["postgrest-12/token-garbage", "postgrest-13/token-garbage", "postgrest-13/token-empty"],
            &["signing in again", "operator"],
        ),
        (&["postgrest-13/role-unknown"], &["signing in again", "role"]),
        (
            &[
                "postgrest-12/token-issued-in-the-future",
                "postgrest-13/token-issued-in-the-future",
                "postgrest-12/token-not-yet-valid",
                "postgrest-13/token-not-yet-valid",
            ],
            &["Call again in a moment", "clock"],
        ),
    ] {
        for case in cases {
            let text = told(case);
            assert!(says.iter().all(|words| text.contains(words)) && text.contains("HTTP 401"), "{case}: {text}");
        }
    }
}

#[test]
fn a_token_that_is_over_is_known_without_a_code() {
    let refused = |challenge: &str, body: &str| {
        let headers = HeaderMap::from_iter([(http::header::WWW_AUTHENTICATE, challenge.parse().unwrap())]);
        Failure::parse(&Fetched { status: 401, headers, body: body.as_bytes().to_vec() }).refusal().is_some()
    };
    assert!(refused(r#"Bearer error="invalid_token", error_description="The access token expired""#, ""));
    assert!(refused("bearer", r#"{"code":"PGRST303","message":"JWT has been revoked"}"#));
    assert!(!refused(r#"Bearer error="invalid_token""#, ""), "nobody says that a new one would do");
    assert!(!refused("Key", r#"{"message":"API key expired"}"#), "ours, not the user's");
    assert!(!refused("Bearer", r#"{"message":"API key expired"}"#), "a gateway's words, and no code");
    assert!(!refused(r#"Bearer realm="expired keys", error="invalid_token""#, ""), "only the description tells");
    assert!(!refused(r#"Bearer error_description="The API key expired""#, ""), "ours, not the user's");
    assert!(!refused("Bearer", r#"{"code":"42501","message":"permission denied for table expired_tokens"}"#));
}

#[test]
fn a_failing_row_is_not_shown() {
    let answer = fixture(&Path::new(DATA).join("postgrest-12/check.json"));
    let text = Failure::parse(&answer).sentence("table products");
    assert!(!text.contains("Failing row") && text.contains("products_price_check"), "{text}");
}

#[test]
fn what_the_database_says_is_bounded() {
    let body = format!(r#"{{"code":"P0001","message":"{}","details":["x"],"hint":null}}"#, "m".repeat(10_000));
    let answer = Fetched { status: 400, headers: HeaderMap::new(), body: body.into_bytes() };
    let text = Failure::parse(&answer).sentence("function f");
    assert!(text.len() < 600 && text.ends_with("[P0001, HTTP 400]"), "{text}");
    for body in ["", "no", "[]", "null", "\u{0}", r#"{"code":7}"#] {
        let answer = Fetched { status: 502, headers: HeaderMap::new(), body: body.as_bytes().to_vec() };
        assert!(Failure::parse(&answer).sentence("table t").contains("HTTP 502"), "{body}");
    }
}

#[test]
fn only_what_may_pass_at_once_is_tried_again() {
    let failure = |status, code: &str| {
        let body = format!(r#"{{"code":"{code}","message":"m"}}"#).into_bytes();
        Failure::parse(&Fetched { status, headers: HeaderMap::new(), body })
    };
    for (status, code, expected) in [
        (503, "PGRST001", true),
        (503, "PGRST002", true),
        (502, "", true),
        (504, "", true),
        (504, "PGRST003", false),
        (504, "57014", false),
        (500, "XX000", false),
        (400, "PGRST100", false),
        (429, "", false),
    ] {
        assert_eq!(failure(status, code).is_passing(), expected, "{status} {code}");
    }
}
