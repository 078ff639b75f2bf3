use std::time::Duration;

use super::*;
use crate::host::{FetchError, Fetched, LocalFuture, Outgoing};

struct Note;
impl Purpose for Note {
    const NAME: &'static str = "note";
    type Content = String;
}

struct Letter;
impl Purpose for Letter {
    const NAME: &'static str = "letter";
    type Content = String;
}

/// Counts instead of drawing lots.
struct Counting(std::cell::Cell<u8>);

impl Host for Counting {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Timeout) })
    }

    fn now(&self) -> UnixTime {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.set(self.0.get().wrapping_add(1));
        bytes.fill(self.0.get());
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(async {})
    }

    fn log(&self, _: &str) {}
}

fn key(byte: u8) -> String {
    URL_SAFE_NO_PAD.encode([byte; 32])
}

fn ring(keys: &[u8]) -> Ring {
    Ring::parse(&keys.iter().map(|byte| key(*byte)).collect::<Vec<_>>().join(",")).unwrap()
}

fn sealed(ring: &Ring) -> String {
    ring.seal::<Note>(&Counting(0.into()), &"hello".to_owned(), 100, b"ada").unwrap()
}

#[test]
fn what_was_sealed_opens_until_it_expires() {
    let ring = ring(&[1]);
    let text = sealed(&ring);
    assert_eq!(ring.open::<Note>(&text, 99, b"ada").as_deref(), Ok("hello"));
    assert_eq!(ring.open::<Note>(&text, 100, b"ada"), Err(Unsealed::Expired));
}

#[test]
fn purpose_binding_and_key_must_be_the_same() {
    let text = sealed(&ring(&[1]));
    assert_eq!(ring(&[1]).open::<Letter>(&text, 0, b"ada"), Err(Unsealed::Foreign));
    assert_eq!(ring(&[1]).open::<Note>(&text, 0, b"bob"), Err(Unsealed::Foreign));
    assert_eq!(ring(&[2]).open::<Note>(&text, 0, b"ada"), Err(Unsealed::Foreign));
}

#[test]
fn rotation_keeps_what_a_listed_key_sealed() {
    let text = sealed(&ring(&[1]));
    assert!(ring(&[2, 1]).open::<Note>(&text, 0, b"ada").is_ok());
    let newer = sealed(&ring(&[2, 1]));
    assert!(ring(&[2]).open::<Note>(&newer, 0, b"ada").is_ok());
    assert!(ring(&[1]).open::<Note>(&newer, 0, b"ada").is_err());
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let ring = ring(&[1]);
    let bytes = URL_SAFE_NO_PAD.decode(sealed(&ring)).unwrap();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(ring.open::<Note>(&text, 0, b"ada"), Err(Unsealed::Foreign), "byte {index}, bit {bit}");
        }
    }
    for length in 0..bytes.len() {
        assert!(ring.open::<Note>(&URL_SAFE_NO_PAD.encode(&bytes[..length]), 0, b"ada").is_err(), "{length} bytes");
    }
}

#[test]
fn equal_contents_look_different() {
    let (ring, host) = (ring(&[1]), Counting(0.into()));
    let seal = || ring.seal::<Note>(&host, &"hello".to_owned(), 100, b"").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn a_ring_says_what_is_wrong_with_it_but_not_what_it_holds() {
    assert_eq!(Ring::parse(" , ").unwrap_err(), KeyError::Empty);
    assert_eq!(Ring::parse(&format!("{} short", key(1))).unwrap_err(), KeyError::Malformed(2));
    assert_eq!(Ring::parse(&format!("{0},{0}", key(1))).unwrap_err(), KeyError::Repeated(2));
    let many: Vec<_> = (1..=9).map(key).collect();
    assert_eq!(Ring::parse(&many.join(" ")).unwrap_err(), KeyError::TooMany);
    assert_eq!(format!("{:?}", ring(&[1, 2])), "Ring(2 keys)");
}
