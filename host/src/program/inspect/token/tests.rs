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
        "✗ tools.\"purge\"      hidden: roles: wants \"boss\", has none where custom has them; [claims] can name another place",
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
    let shown = report.text.contains("\"expiresAt\": 1,") && report.text.contains("    \"https://other.example\"\n");
    assert!(shown, "what failed is shown\n{}", report.text);
    let group = "group_not_allowed: the user is in none of the `groups` of [enter]: wants \"staff\", has \"guests\"\n";
    for words in
        [group, " days ago; ", "the token's audience is \"https://other.example\", not \"https://api.example.com/mcp\"; "]
    {
        assert!(report.text.contains(words), "{words}\n{}", report.text);
    }
    assert!(report.text.contains("✗ required scopes    insufficient_scope: ") && report.text.contains("✓ subject"));
    assert!(report.text.ends_with("It would not be let in.\n"));
}

#[test]
fn without_keys_the_signature_is_not_checked_and_with_them_it_is() {
    let good = token(&json!({}));
    let report = of(&good, &[]);
    assert!(report.good && report.text.contains("? signature          not checked: "), "{}", report.text);
    assert!(report.text.ends_with("It would be let in, if its signature is good: that was not checked.\n"), "{}", report.text);
    let keys = jwks().to_string();
    let (head, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
    for (token, is_good) in [(good.as_str(), true), (&forged, false)] {
        let report = super::report(vars(&[]), token, Some(&keys), Style::Plain).unwrap();
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
        let error = super::report(vars(&[]), token, Some("x"), Style::Plain).unwrap_err();
        assert!(error.is::<Misuse>() && !error.to_string().contains(token), "{error}");
    }
    let mistaken = super::report(vars(&[("LATCH_POLICY", "version = 2")]), "x", None, Style::Plain).unwrap_err();
    assert!(mistaken.is::<mcp_latch::config::Errors>(), "{mistaken}");
}

const ASKS: [(&str, &str); 4] = [
    ("LATCH_INTROSPECT_URL", "https://id.example/introspect"),
    ("LATCH_INTROSPECT_CLIENT_ID", "us"),
    ("LATCH_INTROSPECT_CLIENT_SECRET", "canary"),
    ("LATCH_JWKS", ""),
];

#[test]
fn who_would_be_asked_is_named_and_nobody_is_asked() {
    let report = of("0123456789abcdef", &ASKS);
    let line = "? token              would be asked of https://id.example/introspect; not asked here\n";
    assert!(report.good && report.text.contains(line) && !report.text.contains("canary"), "{}", report.text);
    assert!(report.text.ends_with("its issuer decides: it was not asked.\n"), "{}", report.text);
    let encrypted = of("a.b.c.d.e", &ASKS);
    assert!(!encrypted.good && encrypted.text.contains("✗ token              encrypted_token: "), "{}", encrypted.text);
    assert!(encrypted.text.contains("have it sign access tokens and not encrypt them") && !encrypted.text.contains("INTROSPECT"));
    let error = super::report(vars(&ASKS), "0123456789abcdef", Some("x"), Style::Plain).unwrap_err();
    assert!(error.to_string().contains("the issuer is asked about such a token"), "{error}");
}

#[test]
fn a_second_audience_is_named_alone() {
    let both = json!({ "aud": ["https://api.example.com/mcp", "https://reports.example"] });
    let report = of(&token(&both), &[]);
    let line = "aud_mismatch: the token is for \"https://reports.example\" too, which may not stand beside this endpoint";
    assert!(report.text.contains(line), "{}", report.text);
    let nobody = of(&token(&json!({ "aud": [] })), &[]);
    assert!(nobody.text.contains("aud_missing: the token names no audience; let clients send `resource`"), "{}", nobody.text);
    let stranger = of(&token(&json!({ "aud": ["x\u{1b}[2J", "y".repeat(999)] })), &[]);
    let line = stranger.text.lines().find(|line| line.contains("aud_mismatch")).unwrap();
    assert!(line.len() < 450 && line.contains("\"x\\u{1b}[2J\", \"y") && !line.contains('\u{1b}'), "{line}");
}

#[test]
fn a_signature_is_told_with_its_key_and_algorithm() {
    let good = token(&json!({}));
    let (head, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
    let keys = jwks().to_string();
    let other = keys.replace("\"k\"", "\"other\"");
    for (token, keys, algorithm, words) in [
        (&forged, &keys, "ES256", "bad_signature: the signature does not match: the kid is \"k\", the algorithm \"ES256\"; "),
        (&good, &other, "ES256", "kid_unknown: no key for the token's `kid`: it is \"k\"; the issuer is https://id.example"),
        (&good, &keys, "RS256", "alg_not_allowed: the token's algorithm is not allowed: it is \"ES256\", allowed is RS256"),
    ] {
        let report = of(token, &[("LATCH_JWKS", keys), ("LATCH_JWKS_URI", ""), ("LATCH_ALGORITHMS", algorithm)]);
        assert!(!report.good && report.text.contains(words), "{words}\n{}", report.text);
    }
}

#[test]
fn a_token_is_found_in_a_header_that_was_copied_whole() {
    for text in ["eyJ.x.y", " Bearer eyJ.x.y\n", "bearer\teyJ.x.y", "Authorization: Bearer eyJ.x.y"] {
        assert_eq!(bare(text), "eyJ.x.y", "{text}");
    }
    for text in ["", "\n", "Bearer ", "authorization: bearer"] {
        assert_eq!(bare(text), "", "{text}");
    }
    assert!(explain(" ", None).unwrap_err().is::<Misuse>());
    let missing = explain("x", Some(Path::new("/no/such.json"))).unwrap_err();
    assert!(missing.to_string().contains("/no/such.json"), "{missing}");
}

#[test]
fn what_a_rule_wants_and_what_the_caller_has_is_told_with_its_place() {
    const PLACED: &str = "version = 1\n[claims]\ngroups = \"https://acme.example/groups\"\n[enter]\ngroups = [\"staff\"]\n[tools.a]\npermissions = \
                          [\"p\"]\n[tools.b]\ngroups = [\"x\", \"y\"]\n[tools.c.claims]\nplan = \"pro\"\n";
    for (groups, words) in [
        (json!(null), "what stands at \"https://acme.example/groups\" of [claims] is neither text nor"),
        (json!([]), "the list at \"https://acme.example/groups\" of [claims] is empty"),
        (json!(["a", 1]), "what stands at \"https://acme.example/groups\" of [claims] is neither text nor"),
        (json!(["editors"]), "wants \"staff\", has \"editors\" at \"https://acme.example/groups\""),
    ] {
        let report = of(&token(&json!({ "https://acme.example/groups": groups, "plan": "canary" })), &[("LATCH_POLICY", PLACED)]);
        assert!(!report.good && report.text.contains(words), "{words}\n{}", report.text);
        for line in ["hidden: permissions: wants \"p\", has none where custom", "hidden: groups: wants one of \"x\", \"y\", has "]
        {
            assert!(report.text.contains(line), "{line}\n{}", report.text);
        }
        assert!(report.text.contains("hidden: claim \"plan\": wants \"pro\", has another value\n"), "{}", report.text);
        assert!(!report.text.contains("canary"));
    }
    let report = of(&token(&json!({})), &[("LATCH_POLICY", PLACED)]);
    assert!(
        report.text.contains("wants \"staff\", has none: nothing stands at \"https://acme.example/groups\""),
        "{}",
        report.text
    );
    let many: Vec<String> = (0..99).map(|index| format!("group-{index}\u{1b}")).collect();
    let report = of(&token(&json!({ "https://acme.example/groups": many })), &[("LATCH_POLICY", PLACED)]);
    let line = report.text.lines().find(|line| line.starts_with("✗ enter ")).unwrap();
    assert!(line.chars().count() < 300 && line.contains('…') && !line.contains('\u{1b}'), "{line}");
}
