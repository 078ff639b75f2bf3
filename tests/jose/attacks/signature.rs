//! The third segment.

use mcp_latch::jose::Alg;
use rand::{SeedableRng as _, rngs::StdRng};
use rsa::{BoxedUint, Pss, hazmat::rsa_decrypt};
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha512};

use super::{OK, Row, claims, good, row};
use crate::{
    keys::{EC, ED25519, P521, RSA, TestKey},
    mint::{Signer, b64, unb64},
};

/// A good token of `key`, and what `change` makes of its signature.
fn resigned(key: &TestKey, change: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let token = good(key);
    let (input, signature) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", b64(change(&unb64(signature))))
}

/// Wrong lengths and single bits, for any algorithm.
fn mangled(key: &TestKey) -> Vec<Row> {
    let length = unb64(good(key).rsplit_once('.').unwrap().1).len();
    let mut rows = vec![row(format!("{}: control", key.alg), good(key), OK)];
    let mut bad = |name: &str, change: &dyn Fn(&[u8]) -> Vec<u8>| {
        rows.push(row(format!("{}: {name}", key.alg), resigned(key, change), "bad_signature"));
    };
    bad("empty", &|_| Vec::new());
    bad("one byte", &|signature| signature[..1].to_vec());
    bad("first half", &|signature| signature[..length / 2].to_vec());
    bad("last byte missing", &|signature| signature[..length - 1].to_vec());
    bad("first byte missing", &|signature| signature[1..].to_vec());
    bad("a zero at the end", &|signature| [signature, &[0]].concat());
    bad("a zero in front", &|signature| [&[0], signature].concat());
    bad("twice", &|signature| [signature, signature].concat());
    bad("reversed", &|signature| signature.iter().rev().copied().collect());
    bad("all zero", &|_| vec![0; length]);
    bad("all ones", &|_| vec![0xff; length]);
    bad("one", &|_| [vec![0; length - 1], vec![1]].concat());
    for byte in [0, length / 2 - 1, length / 2, length - 1] {
        bad(&format!("a bit of byte {byte}"), &|signature| {
            let mut signature = signature.to_vec();
            signature[byte] ^= 1;
            signature
        });
    }
    rows.into_iter().map(|row| row.allowing(&Alg::ALL)).collect()
}

/// The order of P-256, its field's characteristic, and neighbours.
fn scalars() -> Vec<(&'static str, [u8; 32])> {
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let field = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let mut one = [0; 32];
    one[31] = 1;
    vec![
        ("0", [0; 32]),
        ("1", one),
        ("n-1", minus(&order, &one)),
        ("n", order),
        ("n+1", hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552")),
        ("p", field),
        ("2^256-1", [0xff; 32]),
    ]
}

pub(super) fn b10_ecdsa() -> Vec<Row> {
    let mut rows = mangled(&EC);
    rows.extend(mangled(&P521));
    rows.extend(mangled(&ED25519));
    for (r_name, r) in scalars() {
        for (s_name, s) in scalars() {
            rows.push(row(format!("r = {r_name}, s = {s_name}"), resigned(&EC, |_| [r, s].concat()), "bad_signature"));
        }
        rows.push(row(format!("r = {r_name}"), resigned(&EC, |good| [&r, &good[32..]].concat()), "bad_signature"));
        rows.push(row(format!("s = {r_name}"), resigned(&EC, |good| [&good[..32], &r].concat()), "bad_signature"));
    }
    rows.push(row("r and s exchanged", resigned(&EC, |good| [&good[32..], &good[..32]].concat()), "bad_signature"));
    rows.push(row("DER", resigned(&EC, der), "bad_signature"));
    rows.push(row("DER, P-521", resigned(&P521, der), "bad_signature").allowing(&[Alg::Es512]));
    rows.push(row(
        "66-byte halves on P-256",
        resigned(&EC, |good| [&[0; 34], &good[..32], &[0; 34], &good[32..]].concat()),
        "bad_signature",
    ));
    rows.push(row(
        "33-byte halves on P-256",
        resigned(&EC, |good| [&[0], &good[..32], &[0], &good[32..]].concat()),
        "bad_signature",
    ));
    // JOSE does not ask for the lower of s and n-s, so both verify. Nothing here may use a token's bytes as its identity.
    let order = scalars()[3].1;
    let other_s = resigned(&EC, |good| [&good[..32], &minus(&order, good[32..].try_into().unwrap())[..]].concat());
    assert_ne!(other_s, good(&EC));
    rows.push(row("n-s for s", other_s, OK));
    rows
}

pub(super) fn b11_rsa() -> Vec<Row> {
    let mut rows = mangled(&RSA);
    let modulus = unb64(RSA.bare["n"].as_str().unwrap());
    let open = RSA.jwk_with(json!({ "alg": null }));
    rows.push(row("the modulus", resigned(&RSA, |_| modulus.clone()), "bad_signature"));
    rows.push(row("signature plus modulus", resigned(&RSA, |good| plus(good, &modulus)), "bad_signature"));
    let minus_one = minus(&modulus, &[&[0; 255][..], &[1]].concat());
    rows.push(row("the modulus less one", resigned(&RSA, |_| minus_one), "bad_signature"));

    // Encodings that a lenient parser of the padding takes, each put under a real private-key operation.
    let digest: [u8; 32] = Sha256::digest(good(&RSA).rsplit_once('.').unwrap().0).into();
    let info = [&hex::<19>("3031300d060960864801650304020105000420")[..], &digest].concat();
    let no_null = [&hex::<17>("302f300b06096086480165030402010420")[..], &digest].concat();
    let long_null = [&hex::<20>("3032300e06096086480165030402010581000420")[..], &digest].concat();
    let sha384_oid = [&hex::<19>("3031300d060960864801650304020205000420")[..], &digest].concat();
    let sha1_sized = [&hex::<15>("3021300906052b0e03021a05000414")[..], &digest[..20]].concat();
    let trailing = [&info[..], &[0xaa; 100]].concat();
    let encoded =
        |head: &[u8], filler: u8, tail: &[u8]| [head, &vec![filler; 256 - head.len() - 1 - tail.len()], &[0], tail].concat();
    let forgeries = [
        ("DigestInfo without NULL", encoded(&[0, 1], 0xff, &no_null)),
        ("DigestInfo in BER", encoded(&[0, 1], 0xff, &long_null)),
        ("another hash's identifier", encoded(&[0, 1], 0xff, &sha384_oid)),
        ("SHA-1", encoded(&[0, 1], 0xff, &sha1_sized)),
        ("the bare hash", encoded(&[0, 1], 0xff, &digest)),
        ("garbage after the hash", encoded(&[0, 1], 0xff, &trailing)),
        ("block type 0", encoded(&[0, 0], 0xff, &info)),
        ("block type 2", encoded(&[0, 2], 0xff, &info)),
        ("first byte 1", encoded(&[1, 1], 0xff, &info)),
        ("padding of zeros", encoded(&[0, 1], 0, &info)),
        ("padding of 0xfe", encoded(&[0, 1], 0xfe, &info)),
        ("no separator", [&[0, 1][..], &vec![0xff; 256 - 2 - info.len()], &info].concat()),
        ("short padding", [&[0, 1][..], &[0xff; 8], &[0], &info, &vec![0xaa; 256 - 11 - info.len()]].concat()),
        ("no padding", [&[0, 1, 0][..], &info, &vec![0xaa; 256 - 3 - info.len()]].concat()),
        (
            "hash at the end, garbage before",
            [&[0, 1][..], &[0xff; 100], &[0], &vec![0xaa; 256 - 103 - info.len()], &info].concat(),
        ),
    ];
    rows.push(row("the encoding RFC 8017 asks for", resigned(&RSA, |_| private(&encoded(&[0, 1], 0xff, &info))), OK));
    for (name, encoding) in forgeries {
        rows.push(row(name, resigned(&RSA, |_| private(&encoding)), "bad_signature"));
    }

    // RSASSA-PSS: the salt is as long as the hash, no longer, no shorter. `header` says PS256 or PS512.
    let Signer::Rsa(key) = &RSA.signer else { unreachable!() };
    let rng = &mut StdRng::seed_from_u64(11);
    for salt in [0, 1, 20, 31, 32, 33, 64, 222] {
        let input = format!("{}.{}", b64(json!({ "alg": "PS256", "kid": RSA.kid }).to_string()), b64(claims().to_string()));
        let signature = key.sign_with_rng(rng, Pss::<Sha256>::new_with_salt(salt), &Sha256::digest(&input)).unwrap();
        let expected = if salt == 32 { OK } else { "bad_signature" };
        let token = format!("{input}.{}", b64(signature));
        rows.push(row(format!("PS256, a salt of {salt}"), token, expected).under([open.clone()]).allowing(&[Alg::Ps256]));
    }
    for salt in [0, 32, 63, 64, 65] {
        let input = format!("{}.{}", b64(json!({ "alg": "PS512", "kid": RSA.kid }).to_string()), b64(claims().to_string()));
        let signature = key.sign_with_rng(rng, Pss::<Sha512>::new_with_salt(salt), &Sha512::digest(&input)).unwrap();
        let expected = if salt == 64 { OK } else { "bad_signature" };
        let token = format!("{input}.{}", b64(signature));
        rows.push(row(format!("PS512, a salt of {salt}"), token, expected).under([open.clone()]).allowing(&[Alg::Ps512]));
    }
    rows
}

/// The private-key operation on any encoding.
fn private(encoding: &[u8]) -> Vec<u8> {
    let Signer::Rsa(key) = &RSA.signer else { unreachable!() };
    let encoding = BoxedUint::from_be_slice(encoding, 2048).unwrap();
    rsa_decrypt(None::<&mut StdRng>, &**key, &encoding).unwrap().to_be_bytes().to_vec()
}

/// r ‖ s as an ASN.1 `SEQUENCE` of two `INTEGER`s.
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let mut bytes: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if bytes[0] > 0x7f {
            bytes.insert(0, 0);
        }
        [&[2, u8::try_from(bytes.len()).unwrap()][..], &bytes].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [integer(r), integer(s)].concat();
    let length = u8::try_from(body.len()).unwrap();
    let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [head, body].concat()
}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    assert_eq!(text.len(), 2 * N);
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// Big-endian a − b, for a ≥ b.
fn minus<T: AsRef<[u8]> + Clone + AsMut<[u8]>>(a: &T, b: &T) -> T {
    let (mut difference, mut borrow) = (a.clone(), 0);
    for (a, b) in difference.as_mut().iter_mut().zip(b.as_ref()).rev() {
        let digit = 256 + i32::from(*a) - i32::from(*b) - borrow;
        borrow = i32::from(digit < 256);
        *a = u8::try_from(digit % 256).unwrap();
    }
    assert_eq!(borrow, 0);
    difference
}

/// Big-endian a + b, one byte longer than a if it must be.
fn plus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut sum, mut carry) = (a.to_vec(), 0);
    for (a, b) in sum.iter_mut().zip(b).rev() {
        let digit = u16::from(*a) + u16::from(*b) + carry;
        carry = digit / 256;
        *a = u8::try_from(digit % 256).unwrap();
    }
    if carry > 0 {
        sum.insert(0, 1);
    }
    sum
}
