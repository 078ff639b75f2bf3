//! Header members: keys brought along, `kid`, extensions, nesting.

use serde_json::json;

use super::{OK, Row, claims, good, row, with_header};
use crate::{
    keys::{EC, EC_OTHER, RSA, RSA_OTHER},
    mint::raw,
};

pub(super) fn b07_embedded_jwk() -> Vec<Row> {
    let mut rows = Vec::new();
    for (attacker, real) in [(&*RSA_OTHER, &*RSA), (&*EC_OTHER, &*EC)] {
        for (name, kid, code) in [
            ("the issuer's kid", json!(real.kid), "bad_signature"),
            ("the attacker's kid", json!(attacker.kid), "kid_unknown"),
            ("no kid", json!(null), "bad_signature"),
        ] {
            let token = with_header(attacker, json!({ "kid": kid, "jwk": attacker.bare }));
            rows.push(row(format!("{} in the header, {name}", attacker.kid), token, code));
        }
        let harmless = with_header(real, json!({ "jwk": attacker.bare }));
        rows.push(row("an embedded key is not read, nor a reason to refuse", harmless, OK));
    }
    rows
}

pub(super) fn b08_key_addresses() -> Vec<Row> {
    let mut rows = Vec::new();
    for (member, value) in [
        ("jku", json!("https://attacker.example/jwks.json")),
        ("jku", json!("https://issuer.example@attacker.example/jwks.json")),
        ("jku", json!("http://169.254.169.254/latest/meta-data")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5u", json!("file:///etc/passwd")),
        ("x5c", json!(["MIIBszCCAVmgAwIBAgIUAttackersOwnCertificate"])),
    ] {
        let issuers_kid = with_header(&EC_OTHER, json!({ "kid": EC.kid, member: value }));
        rows.push(row(format!("{member} {value}, the issuer's kid"), issuers_kid, "bad_signature"));
        let own_kid = with_header(&EC_OTHER, json!({ member: value }));
        rows.push(row(format!("{member} {value}, the attacker's kid"), own_kid, "kid_unknown"));
        rows.push(row(format!("{member} is not read"), with_header(&EC, json!({ member: value })), OK));
    }
    rows
}

pub(super) fn b09_kid() -> Vec<Row> {
    let mut rows = Vec::new();
    for kid in [
        "",
        " ",
        "ec-a ",
        "EC-A",
        "ec-a\0",
        "ec-a\u{200b}",
        "\0",
        "../../../../../../dev/null",
        "..\\..\\windows\\win.ini",
        "/dev/null",
        "file:///dev/null",
        "https://attacker.example/key",
        "' OR '1'='1",
        "x' UNION SELECT 'key';--",
        "$(id)",
        "`id`",
        "|/bin/id",
        "*",
        "{\"kid\":\"ec-a\"}",
        "\r\nX-Injected: 1",
    ] {
        rows.push(row(format!("kid {kid:?}"), with_header(&EC, json!({ "kid": kid })), "kid_unknown"));
    }
    rows.push(row("kid of 10,000 bytes", with_header(&EC, json!({ "kid": "k".repeat(10_000) })), "kid_unknown"));
    rows.push(row("kid of 1 MiB", with_header(&EC, json!({ "kid": "k".repeat(1 << 20) })), "token_too_large"));
    for kid in [json!(["ec-a"]), json!({ "kid": "ec-a" }), json!(1), json!(true)] {
        rows.push(row(format!("kid {kid}"), with_header(&EC, json!({ "kid": kid })), "malformed_header"));
    }
    let null = raw(r#"{"alg":"ES256","kid":null}"#, claims().to_string(), |input| EC.sign(input));
    rows.push(row("kid null", null, "malformed_header"));

    let anonymous = with_header(&EC, json!({ "kid": null }));
    rows.push(row("no kid, one key fits", anonymous.clone(), OK));
    rows.push(row("no kid, one key fits beside others", anonymous.clone(), OK).under([RSA.jwk(), EC.jwk()]));
    rows.push(row("no kid, two keys fit", anonymous.clone(), "kid_unknown").under([EC.jwk(), EC_OTHER.jwk()]));
    rows.push(row("no kid, no key fits", anonymous, "kid_unknown").under([RSA.jwk()]));
    let nameless = EC.jwk_with(json!({ "kid": null }));
    rows.push(row("a kid, the key has none", good(&EC), "kid_unknown").under([nameless]));
    rows.push(
        row("a kid that names another good key", with_header(&EC, json!({ "kid": EC_OTHER.kid })), "bad_signature")
            .under([EC.jwk(), EC_OTHER.jwk()]),
    );
    rows
}

pub(super) fn b14_compressed_encrypted_nested() -> Vec<Row> {
    let mut rows = vec![row("cty of something else", with_header(&EC, json!({ "cty": "json" })), OK)];
    for changes in [
        json!({ "zip": "DEF" }),
        json!({ "zip": "" }),
        json!({ "zip": 1 }),
        json!({ "enc": "A256GCM" }),
        json!({ "alg": "dir", "enc": "A128CBC-HS256" }),
        json!({ "cty": "JWT" }),
        json!({ "cty": "jwt" }),
        json!({ "cty": "application/jwt" }),
        json!({ "cty": "application/JWT" }),
        json!({ "cty": ["JWT"] }),
    ] {
        rows.push(row(format!("header {changes}"), with_header(&EC, changes), "nested_token"));
    }
    let nested = raw(json!({ "alg": "ES256", "kid": EC.kid, "cty": "JWT" }).to_string(), good(&EC), |input| EC.sign(input));
    rows.push(row("a token in a token", nested, "nested_token"));
    let unmarked = raw(EC.header().to_string(), good(&EC), |input| EC.sign(input));
    rows.push(row("a token in a token, unmarked", unmarked, "malformed_payload"));
    rows
}

pub(super) fn b15_crit() -> Vec<Row> {
    let mut rows = Vec::new();
    for crit in [
        json!([]),
        json!(["exp"]),
        json!(["alg"]),
        json!(["kid", "typ"]),
        json!(["crit"]),
        json!(["x-ours"]),
        json!(["x-absent"]),
        json!(["x-ours", "x-ours"]),
        json!([""]),
        json!([1]),
        json!("exp"),
        json!({}),
        json!(false),
        json!(0),
    ] {
        let token = with_header(&EC, json!({ "crit": crit, "x-ours": true, "exp": 1_800_000_300 }));
        rows.push(row(format!("crit {crit}"), token, "critical_header"));
    }
    let null = raw(r#"{"alg":"ES256","kid":"ec-a","crit":null}"#, claims().to_string(), |input| EC.sign(input));
    rows.push(row("crit null", null, "critical_header"));
    rows.push(row("a member that is not critical", with_header(&EC, json!({ "x-ours": true, "exp": 1 })), OK));
    rows
}

pub(super) fn b16_unencoded_payload() -> Vec<Row> {
    let header = json!({ "alg": "ES256", "kid": EC.kid, "b64": false, "crit": ["b64"] }).to_string();
    let (payload, encoded) = (claims().to_string(), crate::mint::b64(&header));
    let signature = crate::mint::b64(EC.sign(format!("{encoded}.{payload}").as_bytes()));
    vec![
        row("b64 false, signed as RFC 7797 says", format!("{encoded}..{signature}"), "critical_header"),
        row("b64 false, an encoded payload", with_header(&EC, json!({ "b64": false, "crit": ["b64"] })), "critical_header"),
        row("b64 false, not critical", with_header(&EC, json!({ "b64": false })), "critical_header"),
        row("b64 true, critical", with_header(&EC, json!({ "b64": true, "crit": ["b64"] })), "critical_header"),
        row("b64 true, not critical", with_header(&EC, json!({ "b64": true })), "critical_header"),
        row(
            "detached payload",
            good(&EC).split('.').enumerate().map(|(i, part)| if i == 1 { "" } else { part }).collect::<Vec<_>>().join("."),
            "malformed_payload",
        ),
    ]
}

/// `typ` decides what kind of token this is; that it is one text at least is settled here.
pub(super) fn b22_header_of_the_wrong_type() -> Vec<Row> {
    let mut rows = vec![row("typ at+jwt", with_header(&EC, json!({ "typ": "at+jwt" })), OK)];
    for typ in [json!(["JWT"]), json!({}), json!(1), json!(false)] {
        rows.push(row(format!("typ {typ}"), with_header(&EC, json!({ "typ": typ })), "malformed_header"));
    }
    for header in
        ["", "null", "[]", "\"ES256\"", "1", "{", "{}", "{\"alg\":\"ES256\"} x", "\u{feff}{\"alg\":\"ES256\"}", "{alg:ES256}"]
    {
        let token = raw(header, claims().to_string(), |input| EC.sign(input));
        rows.push(row(format!("header {header:?}"), token, "malformed_header"));
    }
    let not_utf8 = raw(b"{\"alg\":\"ES256\",\"kid\":\"\xff\"}", claims().to_string(), |input| EC.sign(input));
    rows.push(row("header that is not UTF-8", not_utf8, "malformed_header"));
    rows
}
