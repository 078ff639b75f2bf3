//! The `alg` member: `none`, confusion of key types, and what is not on the allow-list.

use mcp_latch::jose::Alg;
use serde_json::{Value, json};

use super::{OK, Row, claims, good, row, with_header};
use crate::{
    keys::{EC, EC_SPKI_PEM, ED25519, P521, RSA, RSA_PKCS1_PEM, RSA_SPKI_PEM, TestKey},
    mint::{self, Signer, b64, raw, unb64},
};

pub(super) fn b01_alg_none() -> Vec<Row> {
    let mut rows = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "nonE", "none ", " none", "none\0", "null", "", "ＮＯＮＥ"] {
        let header = json!({ "alg": alg, "kid": EC.kid });
        let signed = mint::token(&header, &claims(), &EC.signer, "ES256");
        let (input, _) = signed.rsplit_once('.').unwrap();
        rows.push(row(format!("alg {alg:?}, an empty signature"), format!("{input}."), "alg_not_allowed"));
        rows.push(row(format!("alg {alg:?}, a good signature"), signed.clone(), "alg_not_allowed"));
        rows.push(row(format!("alg {alg:?}, no third segment"), input, "malformed_token"));
    }
    for alg in [json!(["none"]), json!(["ES256"]), json!({}), json!(0), json!(true)] {
        rows.push(row(format!("alg {alg}"), with_header(&EC, json!({ "alg": alg })), "malformed_header"));
    }
    rows.push(row("alg missing", with_header(&EC, json!({ "alg": null })), "malformed_header"));
    let null = raw(format!(r#"{{"alg":null,"kid":"{}"}}"#, EC.kid), claims().to_string(), |input| EC.sign(input));
    rows.push(row("alg null", null, "malformed_header"));
    rows.push(row("control", good(&EC), OK));
    rows
}

/// Tokens that are signed with HS256 and each of the secrets that an attacker can make of a public key, against a verifier
/// without a secret that allows HS256, and against one that does not.
fn hs256(key: &TestKey, secrets: Vec<(String, Vec<u8>)>) -> Vec<Row> {
    let mut rows = vec![row("control", good(key), OK), row("control", good(key), OK).allowing(&Alg::ALL)];
    for (name, secret) in secrets {
        let header = json!({ "alg": "HS256", "kid": key.kid });
        let forged = mint::token(&header, &claims(), &Signer::Hmac(secret), "HS256");
        rows.push(row(format!("{name}, not allowed"), forged.clone(), "alg_not_allowed"));
        rows.push(row(format!("{name}, allowed but without a secret"), forged.clone(), "alg_not_allowed").allowing(&Alg::ALL));
        // The same MAC where the header names the key's own algorithm.
        let input = format!("{}.{}", b64(key.header().to_string()), b64(claims().to_string()));
        let (_, mac) = forged.rsplit_once('.').unwrap();
        rows.push(row(format!("{name}, MAC as a {} signature", key.alg), format!("{input}.{mac}"), "bad_signature"));
    }
    rows
}

fn text_secrets(name: &str, text: &str) -> Vec<(String, Vec<u8>)> {
    let crlf = text.replace('\n', "\r\n");
    let der: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let decoded = unb64(der.trim_end_matches('=').replace('+', "-").replace('/', "_").as_str());
    vec![
        (format!("{name} PEM"), text.into()),
        (format!("{name} PEM without the last line break"), text.trim_end().into()),
        (format!("{name} PEM with CRLF"), crlf.into()),
        (format!("{name} base64"), der.into()),
        (format!("{name} DER"), decoded),
    ]
}

fn jwk_secrets(key: &TestKey) -> Vec<(String, Vec<u8>)> {
    vec![
        ("JWK as published".into(), key.jwk().to_string().into()),
        ("bare JWK".into(), Value::Object(key.bare.clone()).to_string().into()),
        ("JWK, indented".into(), serde_json::to_vec_pretty(&key.jwk()).unwrap()),
        ("JWK set".into(), crate::keys::document(&[key.jwk()])),
    ]
}

pub(super) fn b03_hs256_with_the_rsa_public_key() -> Vec<Row> {
    let modulus = RSA.bare["n"].as_str().unwrap();
    let mut secrets = text_secrets("SPKI", RSA_SPKI_PEM);
    secrets.extend(text_secrets("PKCS #1", RSA_PKCS1_PEM));
    secrets.extend(jwk_secrets(&RSA));
    secrets.push(("modulus bytes".into(), unb64(modulus)));
    secrets.push(("modulus bytes with a sign byte".into(), [vec![0], unb64(modulus)].concat()));
    secrets.push(("modulus text".into(), modulus.into()));
    hs256(&RSA, secrets)
}

pub(super) fn b04_hs256_with_the_ec_public_key() -> Vec<Row> {
    let (x, y) = (EC.bare["x"].as_str().unwrap(), EC.bare["y"].as_str().unwrap());
    let mut secrets = text_secrets("SPKI", EC_SPKI_PEM);
    secrets.extend(jwk_secrets(&EC));
    secrets.push(("x bytes".into(), unb64(x)));
    secrets.push(("the uncompressed point".into(), [vec![4], unb64(x), unb64(y)].concat()));
    secrets.push(("x text".into(), x.into()));
    hs256(&EC, secrets)
}

pub(super) fn b05_alg_of_another_key_type() -> Vec<Row> {
    let all = &Alg::ALL;
    let mut rows = Vec::new();
    // The signature is good under the key that `alg` fits; `kid` names another one.
    for (signer, named) in [(&*RSA, &*EC), (&*EC, &*RSA), (&*RSA, &*ED25519), (&*ED25519, &*EC), (&*P521, &*EC), (&*EC, &*P521)] {
        let token = with_header(signer, json!({ "kid": named.kid }));
        rows.push(row(format!("{} with the kid of {}", signer.alg, named.kid), token, "key_mismatch").allowing(all));
    }
    // The signature is good under the key that `kid` names; `alg` names another algorithm.
    for (key, alg) in
        [(&*EC, "RS256"), (&*EC, "EdDSA"), (&*EC, "ES512"), (&*RSA, "ES256"), (&*P521, "ES256"), (&*ED25519, "ES256")]
    {
        let token = with_header(key, json!({ "alg": alg }));
        rows.push(row(format!("{alg} with {}", key.kid), token, "key_mismatch").allowing(all));
    }
    // Within one family: the key's own `alg` decides (J-04), and without one the signature does.
    for alg in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let signed = mint::token(&json!({ "alg": alg, "kid": RSA.kid }), &claims(), &RSA.signer, alg);
        let open = RSA.jwk_with(json!({ "alg": null }));
        rows.push(row(format!("{alg}, key declared for RS256"), signed.clone(), "key_mismatch").allowing(all));
        rows.push(row(format!("{alg}, key open to it"), signed, OK).under([open.clone()]).allowing(all));
        let mislabelled = with_header(&RSA, json!({ "alg": alg }));
        rows.push(row(format!("{alg} over an RS256 signature"), mislabelled, "bad_signature").under([open]).allowing(all));
    }
    rows
}

pub(super) fn b06_alg_not_allowed() -> Vec<Row> {
    let mut rows = Vec::new();
    for alg in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let signed = mint::token(&json!({ "alg": alg, "kid": RSA.kid }), &claims(), &RSA.signer, alg);
        rows.push(row(format!("{alg}, well signed"), signed, "alg_not_allowed"));
    }
    rows.push(row("ES512, well signed", good(&P521), "alg_not_allowed"));
    rows.push(row("EdDSA, well signed", good(&ED25519), "alg_not_allowed"));
    rows.push(row("ES512, allowed", good(&P521), OK).allowing(&[Alg::Es512]));
    rows.push(row("EdDSA, allowed", good(&ED25519), OK).allowing(&[Alg::EdDsa]));
    rows.push(row("RS256 where only ES256 is allowed", good(&RSA), "alg_not_allowed").allowing(&[Alg::Es256]));
    rows.push(row("nothing is allowed", good(&RSA), "alg_not_allowed").allowing(&[]));
    for alg in
        ["ES384", "ES256K", "Ed25519", "Ed448", "HS384", "HS512", "es256", "Es256", "ES256 ", "RS1", "ESP256", "dir", "A128KW"]
    {
        let token = with_header(&EC, json!({ "alg": alg }));
        rows.push(row(format!("{alg:?} is no algorithm of ours"), token, "alg_not_allowed").allowing(&Alg::ALL));
    }
    rows
}
