//! Attacks on the verifier, each made with real keys and real signatures.
//!
//! The rows are numbered as in the project's attack list. Every row goes the whole way, [`Compact::parse`] and then
//! [`KeyStore::verify`] with a pinned set and an issuer to ask, and states the exact code of the refusal. Rows that expect
//! [`OK`] are controls: without them a verifier that refuses everything would pass.
//!
//! For every row the requests to the outside are counted: none at all when the token is refused before its key is looked
//! up, one when the keys did not fit, and never to another address than the configured one.

mod alg;
mod header;
mod shape;
mod signature;
mod trust;

use std::cell::RefCell;

use futures::executor::block_on;
use mcp_latch::{
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    jose::{Alg, Compact, Error, KeySet, KeyStore, Remote},
};
use serde_json::{Value, json};

use crate::{
    keys::{EC, ED25519, P521, RSA, TestKey, document},
    mint,
};

/// What a row expects when the token is authentic.
pub(crate) const OK: &str = "ok";
/// The only address keys may come from.
const JWKS_URI: &str = "https://issuer.example/jwks.json";

/// One token, what it is tried against, and what must come of it.
pub(crate) struct Row {
    name: String,
    token: String,
    jwks: Vec<Value>,
    allowed: Vec<Alg>,
    expected: &'static str,
}

/// A row against the issuer's published keys; RS256 and ES256 are allowed.
pub(crate) fn row(name: impl Into<String>, token: impl Into<String>, expected: &'static str) -> Row {
    let jwks = vec![RSA.jwk(), EC.jwk(), P521.jwk(), ED25519.jwk()];
    Row { name: name.into(), token: token.into(), jwks, allowed: vec![Alg::Rs256, Alg::Es256], expected }
}

impl Row {
    /// The same with other published keys.
    fn under(self, jwks: impl IntoIterator<Item = Value>) -> Self {
        Self { jwks: jwks.into_iter().collect(), ..self }
    }

    /// The same with another allow-list.
    fn allowing(self, allowed: &[Alg]) -> Self {
        Self { allowed: allowed.to_vec(), ..self }
    }

    fn check(&self) {
        let Self { name, token, jwks, allowed, expected } = self;
        let host = Script { body: document(jwks), urls: RefCell::default() };
        let store = KeyStore::new(Some(KeySet::parse(&host.body).unwrap()), Some(Remote::at(JWKS_URI, Vec::new())));
        let outcome = Compact::parse(token).and_then(|token| block_on(store.verify(&host, &token, allowed)));
        assert_eq!(outcome.as_ref().map_or_else(Error::code, |_| OK), *expected, "{name}");
        let fetches = match outcome {
            Err(Error::KidUnknown | Error::KeyMismatch | Error::BadSignature | Error::KeySetEmpty) => 1,
            _ => 0,
        };
        assert_eq!(*host.urls.borrow(), vec![JWKS_URI; fetches], "{name}: outbound requests");
    }
}

/// A world in which every address answers with the issuer's keys, and which remembers what was asked.
struct Script {
    body: Vec<u8>,
    urls: RefCell<Vec<String>>,
}

impl Host for Script {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        self.urls.borrow_mut().push(request.url.to_owned());
        Box::pin(async { Ok(Fetched { status: 200, body: self.body.clone(), ..Fetched::default() }) })
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

    fn log(&self, line: &str) {
        assert!(!line.contains("eyJ"), "a token in the log: {line}");
    }
}

/// The claims of a token that would be fine.
pub(crate) fn claims() -> Value {
    json!({ "iss": "https://issuer.example", "sub": "user-1", "aud": "https://mcp.example/mcp", "exp": 1_800_000_300 })
}

/// A token that is fine.
pub(crate) fn good(key: &TestKey) -> String {
    mint::token(&key.header(), &claims(), &key.signer, key.alg)
}

/// A good signature by `key` under its own header with members added or replaced; `null` removes one.
pub(crate) fn with_header(key: &TestKey, changes: Value) -> String {
    let mut header = key.header();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => header.as_object_mut().unwrap().remove(name),
            value => header.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    mint::token(&header, &claims(), &key.signer, key.alg)
}

/// Declares the rows of each attack as a test of that name, and a test that counts them all.
macro_rules! attacks {
    ($($module:ident::$name:ident >= $least:literal,)*) => {
        $(
            #[test]
            fn $name() {
                $module::$name().iter().for_each(Row::check);
            }
        )*

        #[test]
        fn every_attack_has_rows() {
            let mut total = 0;
            $(
                let rows = $module::$name();
                let refused = rows.iter().filter(|row| row.expected != OK).count();
                println!("attacks {}: {refused} refused, {} controls accepted", stringify!($name), rows.len() - refused);
                assert!(refused >= $least, "{}: {refused} rows", stringify!($name));
                total += rows.len();
            )*
            println!("attacks: {total} rows");
        }
    };
}

attacks! {
    alg::b01_alg_none >= 30,
    shape::b02_number_of_segments >= 15,
    alg::b03_hs256_with_the_rsa_public_key >= 20,
    alg::b04_hs256_with_the_ec_public_key >= 12,
    alg::b05_alg_of_another_key_type >= 8,
    alg::b06_alg_not_allowed >= 10,
    header::b07_embedded_jwk >= 4,
    header::b08_key_addresses >= 12,
    header::b09_kid >= 20,
    signature::b10_ecdsa >= 40,
    signature::b11_rsa >= 30,
    shape::b12_base64url >= 30,
    shape::b13_json_serialization >= 4,
    header::b14_compressed_encrypted_nested >= 9,
    header::b15_crit >= 14,
    header::b16_unencoded_payload >= 4,
    shape::b17_duplicate_members >= 14,
    shape::b18_payload >= 25,
    header::b22_header_of_the_wrong_type >= 10,
    shape::b23_size >= 4,
    trust::b24_key_sets >= 10,
    trust::b28_wrong_hands >= 10,
}
