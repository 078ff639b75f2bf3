//! The examples of the RFCs. A wrong transcription would not verify.
//!
//! The two HS256 examples have keys that are not text, which a configured secret always is; they are unit tests of `Key`.

use mcp_latch::jose::{Alg, Compact, Key, KeySet};
use serde_json::{Value, json};

use crate::{
    keys::members,
    mint::{b64, unb64},
};

/// `iss: joe`, `exp: 1300819380`, with the line breaks of RFC 7515 A.1.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// "It's a dangerous business, Frodo, going out your door. …" (RFC 7520 §4).
const FRODO: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZC\
    wgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

struct Example {
    name: &'static str,
    alg: Alg,
    jwk: Value,
    header: &'static str,
    payload: &'static str,
    signature: &'static str,
    /// `None` if the token passes [`Compact::parse`]; else the code it is refused with.
    parse: Option<&'static str>,
}

fn rfc7520_rsa() -> Value {
    json!({
        "kty": "RSA", "kid": "bilbo.baggins@hobbiton.example", "use": "sig", "e": "AQAB",
        "n": "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqV\
            wGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde\
            3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5g\
            HdrNP5zw",
    })
}

fn examples() -> Vec<Example> {
    vec![
        Example {
            name: "RFC 7515 A.2",
            alg: Alg::Rs256,
            jwk: json!({
                "kty": "RSA", "e": "AQAB",
                "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF\
                    d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W\
                    TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91\
                    kzk2PAcDTW9gb54h4FRWyuXpoQ",
            }),
            header: r#"{"alg":"RS256"}"#,
            payload: JOE,
            signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJ\
                dbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOL\
                n6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0\
                igcN_IoypGlUPQGe77Rw",
            parse: None,
        },
        Example {
            name: "RFC 7515 A.3",
            alg: Alg::Es256,
            jwk: json!({
                "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }),
            header: r#"{"alg":"ES256"}"#,
            payload: JOE,
            signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            parse: None,
        },
        Example {
            name: "RFC 7515 A.4",
            alg: Alg::Es512,
            jwk: json!({
                "kty": "EC", "crv": "P-521",
                "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
                "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
            }),
            header: r#"{"alg":"ES512"}"#,
            payload: "UGF5bG9hZA",
            signature: "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZ\
                goXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
            parse: Some("malformed_payload"),
        },
        Example {
            name: "RFC 7520 §4.1",
            alg: Alg::Rs256,
            jwk: rfc7520_rsa(),
            header: r#"{"alg":"RS256","kid":"bilbo.baggins@hobbiton.example"}"#,
            payload: FRODO,
            signature: "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84w\
                nB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is\
                9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84o\
                goree7vjbU5y18kDquDg",
            parse: Some("malformed_payload"),
        },
        Example {
            name: "RFC 7520 §4.2",
            alg: Alg::Ps384,
            jwk: rfc7520_rsa(),
            header: r#"{"alg":"PS384","kid":"bilbo.baggins@hobbiton.example"}"#,
            payload: FRODO,
            signature: "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllV\
                o6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d\
                9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjw\
                Z6oD4ifKo8DYM-X72Eaw",
            parse: Some("malformed_payload"),
        },
        Example {
            name: "RFC 7520 §4.3",
            alg: Alg::Es512,
            jwk: json!({
                "kty": "EC", "kid": "bilbo.baggins@hobbiton.example", "use": "sig", "crv": "P-521",
                "x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
                "y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
            }),
            header: r#"{"alg":"ES512","kid":"bilbo.baggins@hobbiton.example"}"#,
            payload: FRODO,
            signature: "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sD\
                DyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
            parse: Some("malformed_payload"),
        },
        Example {
            name: "RFC 8037 A.4",
            alg: Alg::EdDsa,
            jwk: json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
            header: r#"{"alg":"EdDSA"}"#,
            payload: "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            parse: Some("malformed_payload"),
        },
    ]
}

#[test]
fn every_example_verifies_and_no_variation_does() {
    let examples = examples();
    for Example { name, alg, jwk, header, payload, signature, parse } in &examples {
        let input = format!("{}.{payload}", b64(header));
        let token = format!("{input}.{signature}");
        let key = Key::from_jwk(&members(jwk.clone())).unwrap();
        let mut signature = unb64(signature);
        assert!(key.verify(*alg, input.as_bytes(), &signature), "{name}");
        assert_eq!(Compact::parse(&token).err().map(|error| error.code()), *parse, "{name}");
        if let Ok(token) = Compact::parse(&token) {
            assert_eq!(KeySet::of(key.clone()).verify(&token, *alg), Ok(()), "{name}");
        }
        for other in Alg::ALL.into_iter().filter(|other| other != alg) {
            assert!(!key.verify(other, input.as_bytes(), &signature), "{name} as {other}");
        }
        assert!(!key.verify(*alg, format!("{input}A").as_bytes(), &signature), "{name}, longer input");
        signature[20] ^= 1;
        assert!(!key.verify(*alg, input.as_bytes(), &signature), "{name}, a bit of the signature");
    }
    println!("rfc: {} examples verified", examples.len());
}

/// Examples that a strict verifier refuses, with the reason it gives.
#[test]
fn examples_that_are_refused() {
    let hs256 = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let none = format!("eyJhbGciOiJub25lIn0.{JOE}.");
    let crit = format!(
        "{}.RkFJTA.",
        b64(r#"{"alg":"none","crit":["http://example.invalid/UNDEFINED"],"http://example.invalid/UNDEFINED":true}"#)
    );
    let detached = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY";
    let unencoded = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.$.02.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY";
    let encoded = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
    let cases = [
        ("RFC 7515 A.1, no secret configured", hs256.as_str(), "alg_not_allowed"),
        ("RFC 7515 A.5", &none, "alg_not_allowed"),
        ("RFC 7515 App. E", &crit, "critical_header"),
        ("RFC 7797 §4.1, an encoded payload that is no object", encoded, "malformed_payload"),
        ("RFC 7797 §4.2, detached", detached, "critical_header"),
        ("RFC 7797 §4.2, the payload in place", unencoded, "malformed_token"),
    ];
    for (name, token, code) in cases {
        let keys = KeySet::default();
        let outcome = Compact::parse(token).and_then(|token| {
            let alg = token.header.alg.parse().ok().filter(|alg| *alg != Alg::Hs256);
            keys.verify(&token, alg.ok_or(mcp_latch::jose::Error::AlgNotAllowed)?)
        });
        assert_eq!(outcome.unwrap_err().code(), code, "{name}");
    }
    println!("rfc: {} examples refused", cases.len());
}
