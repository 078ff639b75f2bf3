//! The token as text: segments, base64url, JSON.

use mcp_latch::jose::MAX_TOKEN_BYTES;
use serde_json::{Value, json};

use super::{OK, Row, claims, good, row, with_header};
use crate::{
    keys::{EC, RSA},
    mint::{b64, raw},
};

pub(super) fn b02_number_of_segments() -> Vec<Row> {
    let token = good(&EC);
    let parts: Vec<&str> = token.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    let jwe = format!("{}.{}.AAAA.AAAA.AAAA", b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#), b64("key"));
    vec![
        row("three segments", token.clone(), OK),
        row("nothing", "", "opaque_token"),
        row("an opaque token", "sbp_0123456789abcdef", "opaque_token"),
        row("header only", h, "opaque_token"),
        row("two segments", format!("{h}.{p}"), "malformed_token"),
        row("header and signature", format!("{h}.{s}"), "malformed_token"),
        row("an empty signature", format!("{h}.{p}."), "bad_signature"),
        row("an empty payload", format!("{h}..{s}"), "malformed_payload"),
        row("an empty header", format!(".{p}.{s}"), "malformed_header"),
        row("two dots", "..", "malformed_header"),
        row("one dot", ".", "malformed_token"),
        row("three dots", "...", "malformed_token"),
        row("four dots", "....", "encrypted_token"),
        row("four segments", format!("{token}."), "malformed_token"),
        row("four segments, the last one twice", format!("{token}.{s}"), "malformed_token"),
        row("a dot in front", format!(".{token}"), "malformed_token"),
        row("five segments", format!("{token}.{p}.{s}"), "encrypted_token"),
        row("a JWE", jwe, "encrypted_token"),
        row("six segments", format!("{token}.{token}"), "malformed_token"),
        row("a hundred segments", ".".repeat(99), "malformed_token"),
        row("two tokens, one space", format!("{token} {token}"), "encrypted_token"),
        row("two tokens, one comma", format!("{token},{token}"), "encrypted_token"),
    ]
}

pub(super) fn b12_base64url() -> Vec<Row> {
    let mut rows = vec![row("control", good(&RSA), OK), row("control", good(&EC), OK)];
    let token = good(&RSA);
    let parts: Vec<&str> = token.split('.').collect();
    for (index, segment) in ["header", "payload", "signature"].iter().enumerate() {
        let mut change = |name: &str, changed: String| {
            let mut parts = parts.clone();
            parts[index] = &changed;
            rows.push(row(format!("{segment}: {name}"), parts.join("."), "malformed_token"));
        };
        let part = parts[index];
        let middle = part.len() / 2;
        change("one padding character", format!("{part}="));
        change("two padding characters", format!("{part}=="));
        for (name, inserted) in [
            ("a space", " "),
            ("a line feed", "\n"),
            ("a carriage return and a line feed", "\r\n"),
            ("a tab", "\t"),
            ("a NUL", "\0"),
            ("a plus sign", "+"),
            ("a slash", "/"),
            ("a padding character", "="),
            ("a percent escape", "%41"),
            ("a letter beyond ASCII", "é"),
        ] {
            change(&format!("{name} within"), format!("{}{inserted}{}", &part[..middle], &part[middle..]));
        }
        change("a line feed at its end", format!("{part}\n"));
        change("a space at its start", format!(" {part}"));
        change("a length that no bytes have", format!("{}A", &part[..part.len() / 4 * 4]));
    }
    // The last character of a segment can carry bits that no byte uses. The 256 bytes of an RSA-2048 signature leave four.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(token.chars().last().unwrap()).unwrap();
    for stray in 1..16 {
        let changed = format!("{}{}", &token[..token.len() - 1], &alphabet[last + stray..=last + stray]);
        rows.push(row(format!("signature: stray bits {stray:04b}"), changed, "malformed_token"));
    }
    // The standard alphabet, with and without padding, where the two alphabets differ.
    for (from, to) in [('-', '+'), ('_', '/')] {
        assert!(parts[2].contains(from));
        rows.push(row(
            format!("{to} for {from}"),
            format!("{}.{}.{}", parts[0], parts[1], parts[2].replacen(from, &to.to_string(), 1)),
            "malformed_token",
        ));
    }
    rows
}

pub(super) fn b13_json_serialization() -> Vec<Row> {
    let token = good(&EC);
    let parts: Vec<&str> = token.split('.').collect();
    let flattened = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] });
    let general = json!({ "payload": parts[1], "signatures": [{ "protected": parts[0], "signature": parts[2] }] });
    let unprotected = json!({ "header": { "alg": "none", "jku": "https://a.b/" }, "payload": parts[1], "signature": "" });
    let four_dots =
        json!({ "header": { "kid": "a.b.c.d.e" }, "protected": parts[0], "payload": parts[1], "signature": parts[2] });
    vec![
        row("flattened", flattened.to_string(), "malformed_token"),
        row("general", general.to_string(), "malformed_token"),
        row("flattened, an unprotected header", unprotected.to_string(), "malformed_token"),
        row("flattened, as many dots as a JWE", four_dots.to_string(), "encrypted_token"),
        row("flattened, base64url of it", b64(flattened.to_string()), "opaque_token"),
        row("flattened, white space in front", format!(" {flattened}"), "opaque_token"),
        row("a JSON text", json!(token).to_string(), "malformed_token"),
    ]
}

pub(super) fn b17_duplicate_members() -> Vec<Row> {
    let mut rows = Vec::new();
    for header in [
        r#"{"alg":"ES256","alg":"ES256","kid":"ec-a"}"#,
        r#"{"alg":"none","alg":"ES256","kid":"ec-a"}"#,
        r#"{"alg":"ES256","kid":"ec-a","alg":"none"}"#,
        r#"{"alg":"ES256","\u0061lg":"none","kid":"ec-a"}"#,
        r#"{"alg":"ES256","kid":"ec-b","kid":"ec-a"}"#,
        r#"{"alg":"ES256","kid":"ec-a","typ":"JWT","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","kid":"ec-a","x":{"y":1,"y":2}}"#,
    ] {
        rows.push(row(header, raw(header, claims().to_string(), |input| EC.sign(input)), "duplicate_member"));
    }
    for payload in [
        r#"{"iss":"https://issuer.example","iss":"https://attacker.example"}"#,
        r#"{"aud":"https://mcp.example/mcp","aud":"https://other.example"}"#,
        r#"{"exp":1800000300,"exp":9999999999}"#,
        r#"{"exp":1800000300,"e\u0078p":9999999999}"#,
        r#"{"sub":"user-1","sub":"user-1"}"#,
        r#"{"sub":"user-1","app_metadata":{"role":"user","role":"admin"}}"#,
        r#"{"sub":"user-1","list":[{"a":1},{"a":1,"a":1}]}"#,
        r#"{"sub":null,"sub":null}"#,
        r#"{"":1,"":2}"#,
    ] {
        rows.push(row(payload, raw(EC.header().to_string(), payload, |input| EC.sign(input)), "duplicate_member"));
    }
    for payload in [r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#, r#"{"aud":1,"Aud":2}"#] {
        rows.push(row(payload, raw(EC.header().to_string(), payload, |input| EC.sign(input)), OK));
    }
    rows
}

pub(super) fn b18_payload() -> Vec<Row> {
    let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let mut rows = Vec::new();
    let mut refuse = |payload: &[u8]| {
        let token = raw(EC.header().to_string(), payload, |input| EC.sign(input));
        let name = String::from_utf8_lossy(&payload[..payload.len().min(40)]).into_owned();
        rows.push(row(format!("payload {name:?}"), token, "malformed_payload"));
    };
    for payload in [
        "",
        "null",
        "true",
        "0",
        "[]",
        "[{}]",
        "\"{}\"",
        "{",
        "{}{}",
        "{} x",
        "{},",
        "\u{feff}{}",
        "\0{}",
        "{}\0",
        "{\"a\":1,}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1}//",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"exp\":1e400}",
        "{\"exp\":-1e400}",
        "{\"exp\":01}",
        "{\"exp\":+1}",
        "{\"exp\":.5}",
        "{\"exp\":0x10}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\\ud800\"}",
        "{\"\\ud800\":1}",
        "{\"a\":\"\u{0}\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{1:2}",
    ] {
        refuse(payload.as_bytes());
    }
    refuse(b"{\"a\":\"\xff\"}");
    refuse(b"{\"a\":\"\xc0\xaf\"}");
    refuse(b"{\"a\":\"\xed\xa0\x80\"}");
    refuse(b"{\xff\"a\":1}");
    refuse(&"{}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    refuse(deep(200).as_bytes());
    refuse(deep(5_000).as_bytes());
    rows.push(row("nesting of 100,000", raw(EC.header().to_string(), deep(100_000), |input| EC.sign(input)), "token_too_large"));
    // What a number, a NUL or a depth means is for the rules to decide; these are JSON.
    for payload in [
        "{}",
        " {\r\n} ",
        "{\"exp\":1e300}",
        "{\"exp\":123456789012345678901234567890}",
        "{\"exp\":-1}",
        "{\"exp\":\"9\"}",
        "{\"a\":\"\\u0000\"}",
        &deep(100),
    ] {
        rows.push(row(format!("payload {payload:?}"), raw(EC.header().to_string(), payload, |input| EC.sign(input)), OK));
    }
    rows
}

pub(super) fn b23_size() -> Vec<Row> {
    // Pads the payload until the whole token is exactly so long.
    let sized = |length: usize| {
        let base = good(&EC).len() + 16;
        (length.saturating_sub(base) * 3 / 4..)
            .map(|padding| {
                let mut claims = claims();
                claims["padding"] = Value::String("x".repeat(padding));
                raw(EC.header().to_string(), claims.to_string(), |_| vec![0; 64])
            })
            .find(|token| token.len() >= length)
            .map(|token| {
                let (input, _) = token.rsplit_once('.').unwrap();
                format!("{input}.{}", b64(EC.sign(input.as_bytes())))
            })
            .unwrap()
    };
    let longest = sized(MAX_TOKEN_BYTES - 1);
    assert!((MAX_TOKEN_BYTES - 1..=MAX_TOKEN_BYTES).contains(&longest.len()), "{}", longest.len());
    vec![
        row("as long as allowed", longest, OK),
        row("longer", sized(MAX_TOKEN_BYTES + 1), "token_too_large"),
        row("exactly one byte longer", "x".repeat(MAX_TOKEN_BYTES + 1), "token_too_large"),
        row("exactly as long, but opaque", "x".repeat(MAX_TOKEN_BYTES), "opaque_token"),
        row("a header of 1 MiB", with_header(&EC, json!({ "x": "y".repeat(1 << 20) })), "token_too_large"),
        row("a signature of 1 MiB", format!("{}{}", good(&EC), "A".repeat(1 << 20)), "token_too_large"),
        row("a million dots", ".".repeat(1_000_000), "token_too_large"),
    ]
}
