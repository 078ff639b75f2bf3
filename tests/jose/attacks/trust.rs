//! Whose key it is, and whether it may be used at all.

use mcp_latch::jose::{Alg, Key, KeyError, KeySet};
use serde_json::{Value, json};

use super::{OK, Row, good, row, with_header};
use crate::{
    keys::{EC, EC_OTHER, ED25519, P521, RSA, RSA_OTHER, document, members, refused, set},
    mint::{Signer, b64, token, unb64},
};

pub(super) fn b24_key_sets() -> Vec<Row> {
    let token_ec = || good(&EC);
    let mut rows = vec![
        row("a set of one", token_ec(), OK).under([EC.jwk()]),
        row("an empty set", token_ec(), "key_set_empty").under([]),
        row("an empty set, no kid", with_header(&EC, json!({ "kid": null })), "key_set_empty").under([]),
        // RFC 7517 §4.5: one `kid` for keys of different kinds, or while rotating. Both are the issuer's.
        row("one kid, two keys", token_ec(), OK).under([EC_OTHER.jwk_with(json!({ "kid": EC.kid })), EC.jwk()]),
        row("one kid, two kinds", token_ec(), OK).under([RSA.jwk_with(json!({ "kid": EC.kid })), EC.jwk()]),
        row("one kid, neither key", token_ec(), "bad_signature")
            .under([EC_OTHER.jwk_with(json!({ "kid": EC.kid })), EC_OTHER.jwk_with(json!({ "kid": EC.kid }))]),
        row("one kid, only keys of another kind", token_ec(), "key_mismatch")
            .under([RSA.jwk_with(json!({ "kid": EC.kid })), RSA_OTHER.jwk_with(json!({ "kid": EC.kid }))]),
        row("the key twice", token_ec(), OK).under([EC.jwk(), EC.jwk()]),
        row("a hundred other keys in front", token_ec(), "kid_unknown")
            .under(std::iter::repeat_with(|| EC_OTHER.jwk()).take(100).chain([EC.jwk()])),
        row("ninety-nine other keys in front", token_ec(), OK)
            .under(std::iter::repeat_with(|| EC_OTHER.jwk()).take(99).chain([EC.jwk()])),
        row("key open to its family", token_ec(), OK).under([EC.jwk_with(json!({ "alg": null, "use": null }))]),
        row("key_ops with verify", token_ec(), OK).under([EC.jwk_with(json!({ "key_ops": ["verify"], "use": null }))]),
        row("a certificate chain on the key is not read", token_ec(), OK).under([EC.jwk_with(json!({ "x5c": ["AAAA"] }))]),
    ];
    for (name, jwk, _) in refused_keys() {
        // Only the refused key: nothing verifies. Beside a good one: the good one works (J-10).
        if jwk.get("kid") == Some(&json!(EC.kid)) {
            rows.push(row(format!("{name}, alone"), token_ec(), "kid_unknown").under([jwk.clone()]));
        }
        rows.push(row(format!("{name}, beside a good key"), token_ec(), OK).under([jwk, EC.jwk()]));
    }
    // HS256 with the bytes of a published `oct` key, which is no secret.
    let oct = json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "use": "sig", "k": b64([7; 32]) });
    for kid in [json!("shared"), json!(null)] {
        let mut header = json!({ "alg": "HS256", "kid": kid });
        if kid.is_null() {
            header.as_object_mut().unwrap().remove("kid");
        }
        let forged = token(&header, &super::claims(), &Signer::Hmac(vec![7; 32]), "HS256");
        rows.push(
            row(format!("an oct key, kid {kid}"), forged, "alg_not_allowed").under([oct.clone(), EC.jwk()]).allowing(&Alg::ALL),
        );
    }
    rows
}

/// JWKs that must not become keys, with the reason the log gives.
fn refused_keys() -> Vec<(&'static str, Value, KeyError)> {
    let rsa = |n: Value, e: &[u8]| json!({ "kty": "RSA", "kid": "refused", "n": n, "e": b64(e) });
    let good_n = RSA.bare["n"].clone();
    let standard: &[u8] = &[1, 0, 1];
    let even = || {
        let mut n = unb64(good_n.as_str().unwrap());
        *n.last_mut().unwrap() &= 0xfe;
        json!(b64(n))
    };
    let zero_in_front = json!(b64([&[0][..], &unb64(good_n.as_str().unwrap())].concat()));
    let bits = KeyError::Rsa("modulus not within 2048 to 4096 bits");
    let exponent = KeyError::Rsa("unusual public exponent");
    let invalid = KeyError::Rsa("not a valid modulus and exponent");
    let roca = KeyError::Rsa("modulus has the ROCA fingerprint (CVE-2017-15361)");
    let mut flipped = unb64(EC.bare["y"].as_str().unwrap());
    flipped[31] ^= 1;
    let ec = |changes: Value| EC.jwk_with(changes);
    let x = |bytes: &[u8]| json!({ "x": b64(bytes) });
    let long_x = [&[0][..], &unb64(EC.bare["x"].as_str().unwrap())].concat();
    let split = |at: usize| {
        let point = [unb64(EC.bare["x"].as_str().unwrap()), unb64(EC.bare["y"].as_str().unwrap())].concat();
        EC.jwk_with(json!({ "x": b64(&point[..at]), "y": b64(&point[at..]) }))
    };
    let p = hex_p();
    let mut list = vec![
        ("RSA, 1024 bits", rsa(refused("rsa_1024"), standard), bits.clone()),
        ("RSA, 2047 bits", rsa(refused("rsa_2047"), standard), bits.clone()),
        ("RSA, 8192 bits", rsa(refused("rsa_8192"), standard), bits.clone()),
        ("RSA, a leading zero byte", rsa(zero_in_front, standard), bits.clone()),
        ("RSA, modulus zero", rsa(json!(b64([0; 256])), standard), bits.clone()),
        ("RSA, modulus empty", rsa(json!(""), standard), bits.clone()),
        ("RSA, modulus one", rsa(json!("AQ"), standard), bits),
        ("RSA, an even modulus", rsa(even(), standard), invalid),
        ("RSA, the ROCA generator", rsa(refused("roca"), standard), roca),
        ("RSA, e = 0", rsa(good_n.clone(), &[0]), exponent.clone()),
        ("RSA, e = 1", rsa(good_n.clone(), &[1]), exponent.clone()),
        ("RSA, e = 3", rsa(good_n.clone(), &[3]), exponent.clone()),
        ("RSA, e = 17", rsa(good_n.clone(), &[17]), exponent.clone()),
        ("RSA, e = 65535", rsa(good_n.clone(), &[0xff, 0xff]), exponent.clone()),
        ("RSA, e even", rsa(good_n.clone(), &[1, 0, 2]), exponent.clone()),
        ("RSA, e = 2^32 + 1", rsa(good_n.clone(), &[1, 0, 0, 0, 1]), exponent.clone()),
        ("RSA, e of 256 bytes", rsa(good_n.clone(), &[0xff; 256]), exponent.clone()),
        ("RSA, e empty", rsa(good_n.clone(), &[]), exponent),
        ("RSA, n missing", json!({ "kty": "RSA", "e": "AQAB" }), KeyError::Member("n")),
        ("RSA, e missing", json!({ "kty": "RSA", "n": good_n }), KeyError::Member("e")),
        ("RSA, n padded", rsa(json!(format!("{}==", good_n.as_str().unwrap())), standard), KeyError::Member("n")),
        ("RSA, n a number", rsa(json!(65537), standard), KeyError::Member("n")),
        ("EC, not on the curve", ec(json!({ "y": b64(&flipped) })), KeyError::Point),
        ("EC, x and y exchanged", ec(json!({ "x": EC.bare["y"], "y": EC.bare["x"] })), KeyError::Point),
        ("EC, the origin", ec(json!({ "x": b64([0; 32]), "y": b64([0; 32]) })), KeyError::Point),
        ("EC, x beyond the field", ec(x(&[0xff; 32])), KeyError::Point),
        ("EC, x = p", ec(x(&p)), KeyError::Point),
        ("EC, x of 31 bytes", ec(x(&[1; 31])), KeyError::Point),
        ("EC, x of 33 bytes", ec(x(&long_x)), KeyError::Point),
        ("EC, one byte of x in y", split(31), KeyError::Point),
        ("EC, one byte of y in x", split(33), KeyError::Point),
        ("EC, all of it in y", split(0), KeyError::Point),
        ("EC, x empty", ec(json!({ "x": "" })), KeyError::Point),
        ("EC, x missing", ec(json!({ "x": null })), KeyError::Member("x")),
        ("EC, y missing", ec(json!({ "y": null })), KeyError::Member("y")),
        ("EC, y an array", ec(json!({ "y": [1] })), KeyError::Member("y")),
        ("EC, P-521 by name only", ec(json!({ "crv": "P-521", "alg": null })), KeyError::Point),
        ("EC, P-521 coordinates on P-256", P521.jwk_with(json!({ "crv": "P-256", "alg": null })), KeyError::Point),
        ("EC, P-384", ec(json!({ "crv": "P-384", "x": refused("p384_x"), "y": refused("p384_y") })), KeyError::Kind),
        ("EC, P-384 labelled P-256", ec(json!({ "x": refused("p384_x"), "y": refused("p384_y") })), KeyError::Point),
        ("EC, secp256k1", ec(json!({ "crv": "secp256k1" })), KeyError::Kind),
        ("EC, crv in lower case", ec(json!({ "crv": "p-256" })), KeyError::Kind),
        ("EC, no crv", ec(json!({ "crv": null })), KeyError::Kind),
        ("EC, crv a number", ec(json!({ "crv": 256 })), KeyError::Member("crv")),
        ("EC with Ed25519", ec(json!({ "crv": "Ed25519" })), KeyError::Kind),
        ("OKP with P-256", ec(json!({ "kty": "OKP" })), KeyError::Kind),
        ("OKP, X25519", ED25519.jwk_with(json!({ "crv": "X25519" })), KeyError::Kind),
        ("OKP, 31 bytes", ED25519.jwk_with(x(&[1; 31])), KeyError::Point),
        ("OKP, the identity", ED25519.jwk_with(x(&[&[1][..], &[0; 31]].concat())), KeyError::Point),
        ("OKP, of order 4", ED25519.jwk_with(x(&[0; 32])), KeyError::Point),
        ("OKP, not on the curve", ED25519.jwk_with(x(&[&[2][..], &[0; 31]].concat())), KeyError::Point),
        ("oct", json!({ "kty": "oct", "kid": EC.kid, "k": b64([7; 32]) }), KeyError::Symmetric),
        ("oct for ES256", json!({ "kty": "oct", "kid": EC.kid, "alg": "ES256", "k": b64([7; 32]) }), KeyError::Symmetric),
        ("use enc", ec(json!({ "use": "enc" })), KeyError::Use),
        ("use empty", ec(json!({ "use": "" })), KeyError::Use),
        ("use in upper case", ec(json!({ "use": "SIG" })), KeyError::Use),
        ("use an array", ec(json!({ "use": ["sig"] })), KeyError::Member("use")),
        ("key_ops encrypt", ec(json!({ "key_ops": ["encrypt"] })), KeyError::Use),
        ("key_ops sign", ec(json!({ "key_ops": ["sign"] })), KeyError::Use),
        ("key_ops empty", ec(json!({ "key_ops": [] })), KeyError::Use),
        ("key_ops a text", ec(json!({ "key_ops": "verify" })), KeyError::Member("key_ops")),
        ("alg ES384 on P-256", ec(json!({ "alg": "ES384" })), KeyError::Kind),
        ("alg RS256 on P-256", ec(json!({ "alg": "RS256" })), KeyError::Kind),
        ("alg HS256 on P-256", ec(json!({ "alg": "HS256" })), KeyError::Kind),
        ("alg none on P-256", ec(json!({ "alg": "none" })), KeyError::Kind),
        ("alg ES256 on RSA", RSA.jwk_with(json!({ "alg": "ES256" })), KeyError::Kind),
        ("alg HS256 on RSA", RSA.jwk_with(json!({ "alg": "HS256" })), KeyError::Kind),
        ("alg RSA-OAEP on RSA", RSA.jwk_with(json!({ "alg": "RSA-OAEP" })), KeyError::Kind),
        ("alg an array", ec(json!({ "alg": ["ES256"] })), KeyError::Member("alg")),
        ("kid a number", ec(json!({ "kid": 1 })), KeyError::Member("kid")),
        ("kty missing", ec(json!({ "kty": null })), KeyError::Member("kty")),
        ("kty unknown", ec(json!({ "kty": "AKP", "alg": "ML-DSA-65" })), KeyError::Kind),
        ("kty in lower case", ec(json!({ "kty": "ec" })), KeyError::Kind),
        ("nothing at all", json!({}), KeyError::Member("kty")),
        ("EC, private", ec(json!({ "d": b64([1; 32]) })), KeyError::Private),
        ("OKP, private", ED25519.jwk_with(json!({ "d": b64([1; 32]) })), KeyError::Private),
    ];
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        list.push(("RSA, private", RSA.jwk_with(json!({ member: "AQAB" })), KeyError::Private));
    }
    list
}

#[test]
fn b24_keys_that_are_refused() {
    let keys = refused_keys();
    for (name, jwk, error) in &keys {
        assert_eq!(Key::from_jwk(&members(jwk.clone())).unwrap_err(), *error, "{name}");
        let set = set(&[jwk.clone(), EC.jwk()]);
        assert_eq!((set.keys().len(), set.skipped.len()), (1, 1), "{name}");
        assert_eq!((&set.skipped[0].reason, set.empty), (error, false), "{name}");
        assert_eq!(set.skipped[0].kid.as_deref(), jwk["kid"].as_str(), "{name}");
    }
    println!("attacks b24_keys_that_are_refused: {} keys refused", keys.len());
    assert!(keys.len() >= 70);
}

#[test]
fn b24_entries_that_are_no_keys_are_skipped() {
    for entry in [json!(null), json!("key"), json!(1), json!([]), json!([{ "kty": "EC" }])] {
        let set = set(&[entry.clone(), EC.jwk()]);
        assert_eq!((set.keys().len(), set.skipped.len()), (1, 1), "{entry}");
    }
}

#[test]
fn b24_documents_that_are_no_key_sets() {
    let with_twice = format!(r#"{{"keys":[],"keys":[{}]}}"#, EC.jwk());
    let documents = [
        "",
        "null",
        "[]",
        "{}",
        "<html></html>",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":"x"}"#,
        r#"{"Keys":[]}"#,
        "\u{feff}{\"keys\":[]}",
        &with_twice,
    ];
    for document in documents {
        assert!(KeySet::parse(document.as_bytes()).is_err(), "{document}");
    }
    assert!(KeySet::parse(&document(&[])).unwrap().empty);
    assert!(!set(&[json!({})]).empty, "a set of unusable keys is not an empty one");
}

pub(super) fn b28_wrong_hands() -> Vec<Row> {
    let mut rows = Vec::new();
    for (ours, theirs) in [(&*EC, &*EC_OTHER), (&*RSA, &*RSA_OTHER)] {
        let name = ours.alg;
        rows.push(row(format!("{name}: control"), good(ours), OK));
        rows.push(row(format!("{name}: another project's key, its kid"), good(theirs), "kid_unknown"));
        rows.push(row(
            format!("{name}: another project's key, our kid"),
            with_header(theirs, json!({ "kid": ours.kid })),
            "bad_signature",
        ));
        rows.push(row(format!("{name}: a key that was withdrawn"), good(ours), "kid_unknown").under([theirs.jwk()]));
        rows.push(
            row(format!("{name}: a key that was replaced"), good(ours), "bad_signature")
                .under([theirs.jwk_with(json!({ "kid": ours.kid }))]),
        );

        let token = good(ours);
        let parts: Vec<&str> = token.split('.').collect();
        let changed = String::from_utf8(unb64(parts[1])).unwrap().replace("user-1", "user-2");
        rows.push(row(
            format!("{name}: another subject"),
            format!("{}.{}.{}", parts[0], b64(changed), parts[2]),
            "bad_signature",
        ));
        let spaced = format!("{} ", String::from_utf8(unb64(parts[1])).unwrap());
        rows.push(row(
            format!("{name}: the same claims, one space more"),
            format!("{}.{}.{}", parts[0], b64(spaced), parts[2]),
            "bad_signature",
        ));
        let header = ours.header().to_string().replace("\"JWT\"", "\"at+jwt\"");
        rows.push(row(format!("{name}: another typ"), format!("{}.{}.{}", b64(header), parts[1], parts[2]), "bad_signature"));
        let elsewhere = with_header(ours, json!({ "typ": null }));
        let (_, signature) = elsewhere.rsplit_once('.').unwrap();
        rows.push(row(
            format!("{name}: another token's signature"),
            format!("{}.{}.{signature}", parts[0], parts[1]),
            "bad_signature",
        ));
    }
    rows
}

/// The characteristic of P-256's field.
fn hex_p() -> Vec<u8> {
    let mut p = vec![0xff; 32];
    p[4..8].copy_from_slice(&[0, 0, 0, 1]);
    p[8..20].fill(0);
    p
}
