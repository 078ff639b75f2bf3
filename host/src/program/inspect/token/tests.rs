use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};

use super::*;

const POLICY: &str = "version = 1\n[enter]\ngroups = [\"staff\"]\n[tools.notes_delete]\nscopes = [\"notes:write\"]\n[tools.purge]\nroles = \
                      [\"boss\"]\n[tools.greet]\n";

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn jwks() -> Value {
    let point = key().verifying_key().to_sec1_point(false);
    let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point.as_bytes()[range]);
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "x": part(1..33), "y": part(33..65) }] })
}

fn token(changes: &Value) -> String {
    let mut claims = json!({
        "iss": "https://id.example", "sub": "ada", "aud": "https://api.example.com/mcp", "exp": Offline.now() + 600, "groups": ["staff"],
        "client_id": "c", "scope": "notes:read"
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&json!({ "alg": "ES256", "kid": "k", "typ": "at+jwt" })), part(&claims));
    let signature: Signature = key().sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn vars(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let usual = [
        ("MCP_URL", "https://api.example.com"),
        ("LATCH_ISSUER", "https://id.example"),
        ("LATCH_JWKS_URI", "https://id.example/jwks"),
        ("LATCH_ALGORITHMS", "ES256"),
        ("LATCH_POLICY", POLICY),
    ];
    usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn of(token: &str, more: &[(&str, &str)]) -> Report {
    report(vars(more), token, None, Style::Plain).unwrap()
}

#[test]
fn every_step_and_every_rule_is_told() {
    let token = token(&json!({}));
    let report = of(&token, &[("LATCH_JWKS", &jwks().to_string())]);
    assert!(report.good, "{}", report.text);
    for line in [
        "✓ issuer",
        "✓ signature",
        "✓ typ",
        "✓ lifetime",
        "✓ audience",
        "✓ enter",
        "✓ required scopes",
        "  \"provider\": \"custom\",",
        "✗ tools.\"notes_delete\" needs scopes: notes:write",
        "✗ tools.\"purge\"      hidden",
        "✓ tools.\"greet\"",
        "It would be let in.",
    ] {
        assert!(report.text.lines().any(|told| told == line), "{line}\n{}", report.text);
    }
    let secret_parts = token.split('.').skip(1);
    secret_parts.for_each(|part| assert!(!report.text.contains(part), "the token is printed"));
}

#[test]
fn what_fails_is_told_with_its_reason_and_the_rest_too() {
    let wrong = json!({ "exp": 1, "aud": "https://other.example", "groups": ["guests"] });
    let report = of(&token(&wrong), &[("LATCH_JWKS", &jwks().to_string()), ("LATCH_REQUIRED_SCOPES", "email")]);
    assert!(!report.good);
    for start in
        ["✗ lifetime           expired: ", "✗ audience           aud_mismatch: ", "✗ enter              group_not_allowed: "]
    {
        assert!(report.text.lines().any(|told| told.starts_with(start)), "{start}\n{}", report.text);
    }
    assert!(report.text.contains("✗ required scopes    insufficient_scope: ") && report.text.contains("✓ subject"));
    assert!(report.text.ends_with("It would not be let in.\n"));
}

#[test]
fn without_keys_the_signature_is_not_checked_and_with_them_it_is() {
    let good = token(&json!({}));
    let report = of(&good, &[]);
    assert!(report.good && report.text.contains("? signature          not checked: "), "{}", report.text);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(jwks().to_string().as_bytes()).unwrap();
    let (head, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
    for (token, is_good) in [(good.as_str(), true), (&forged, false)] {
        let report = super::report(vars(&[]), token, Some(file.path()), Style::Plain).unwrap();
        assert_eq!(report.good, is_good, "{}", report.text);
        assert_eq!(report.text.contains("✓ signature"), is_good);
    }
}

#[test]
fn what_cannot_be_read_ends_there() {
    for (token, start) in [("0123456789abcdef", "✗ token"), (&*token(&json!({ "iss": "https://stranger.example" })), "✗ issuer")]
    {
        let report = of(token, &[]);
        assert!(!report.good && report.text.contains(start) && !report.text.contains("Identity"), "{}", report.text);
        let error = super::report(vars(&[]), token, Some(Path::new("x")), Style::Plain).unwrap_err();
        assert!(error.is::<Misuse>() && !error.to_string().contains(token), "{error}");
    }
    let mistaken = super::report(vars(&[("LATCH_POLICY", "version = 2")]), "x", None, Style::Plain).unwrap_err();
    assert!(mistaken.is::<mcp_latch::config::Errors>(), "{mistaken}");
}
