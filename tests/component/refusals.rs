//! Every way in that must be shut: one table, each row with its reason code, against the built component.

use crate::client::{Call, Reply};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Setup, change, sign, sign_as},
    keys::{EC, EC_OTHER, ED25519, P521, RSA, RSA_OTHER, RSA_PKCS1_PEM, RSA_SPKI_PEM},
    mint::{self, Signer, b64},
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters";

struct Row {
    name: &'static str,
    reason: &'static str,
    call: Call,
    /// What must never be seen again, neither in the answer nor in the log.
    token: String,
}

struct Table<'a> {
    bench: &'a Bench,
    rows: Vec<Row>,
}

impl Table<'_> {
    /// A token in its proper place.
    fn token(&mut self, name: &'static str, reason: &'static str, token: impl Into<String>) {
        let token = token.into();
        self.rows.push(Row { name, reason, call: self.bench.whoami().bearer(&token), token });
    }

    /// A well-signed token with other claims.
    fn claims(&mut self, name: &'static str, reason: &'static str, changes: Value) {
        let token = sign(&EC, &self.bench.with(changes));
        self.token(name, reason, token);
    }

    /// A well-signed token with another header.
    fn header(&mut self, name: &'static str, reason: &'static str, header: Value) {
        let token = sign_as(&EC, header, &self.bench.claims());
        self.token(name, reason, token);
    }

    fn call(&mut self, name: &'static str, reason: &'static str, call: Call) {
        self.rows.push(Row { name, reason, call, token: self.bench.good() });
    }

    /// Sends all rows; each is a 401 with one good challenge and its own reason in the log.
    async fn check(self) -> usize {
        let count = self.rows.len();
        for Row { name, reason, call, token } in self.rows {
            let reply = call.send().await.unwrap();
            let line = self.bench.logged("refused").await;
            assert_eq!(line["reason"], reason, "{name}: {} {}", reply.status, reply.text());
            check_challenge(self.bench, name, reason, &reply);
            let seen = format!("{line:?} {reply:?}");
            assert!(token.len() < 20 || !seen.contains(&token), "{name}: the token is repeated");
            if let Some(signature) = token.rsplit('.').next().filter(|signature| signature.len() > 20) {
                assert!(!seen.contains(signature), "{name}: the signature is repeated");
            }
        }
        count
    }
}

fn check_challenge(bench: &Bench, name: &str, reason: &str, reply: &Reply) {
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name}");
    assert_eq!(reply.headers.get_all("www-authenticate").iter().count(), 1, "{name}");
    let challenge = reply.header("www-authenticate").unwrap();
    let metadata = format!("resource_metadata=\"{}\"", bench.url("/.well-known/oauth-protected-resource/mcp"));
    assert!(challenge.starts_with("Bearer ") && challenge.contains(&metadata), "{name}: {challenge}");
    let error = match reason {
        "no_token" | "scheme_not_bearer" => None,
        "token_twice" | "token_in_query" | "malformed_authorization" => Some("error=\"invalid_request\""),
        _ => Some("error=\"invalid_token\""),
    };
    match error {
        Some(error) => assert!(challenge.contains(error), "{name}: {challenge}"),
        None => assert!(!challenge.contains("error="), "{name}: {challenge}"),
    }
    let body: Value = reply.json().unwrap_or_default();
    assert!(body.get("error_description").is_none() && !challenge.contains("error_description"), "{name}: the reason is told");
}

fn hmac(key: impl AsRef<[u8]>) -> Signer {
    Signer::Hmac(key.as_ref().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supabase_project_refuses() {
    let bench = Setup::supabase().await.start().await;
    let now = bench.now();
    let good = bench.good();
    let claims = Value::Object(bench.claims());
    let mut t = Table { bench: &bench, rows: Vec::new() };

    // Where and how the token is sent.
    t.call("no token", "no_token", bench.whoami());
    t.call("basic credentials", "scheme_not_bearer", bench.whoami().header("authorization", "Basic YWRhOnNlY3JldA=="));
    t.call("no scheme", "scheme_not_bearer", bench.whoami().header("authorization", good.clone()));
    t.call("scheme without a token", "scheme_not_bearer", bench.whoami().header("authorization", "Bearer,"));
    t.call("two words", "malformed_authorization", bench.whoami().header("authorization", format!("Bearer {good} {good}")));
    t.call(
        "a comma list",
        "malformed_authorization",
        bench.whoami().header("authorization", format!("Bearer {good}, Bearer {good}")),
    );
    t.call("a quoted token", "malformed_authorization", bench.whoami().header("authorization", format!("Bearer \"{good}\"")));
    t.call("in a cookie", "no_token", bench.whoami().header("cookie", format!("access_token={good}")));
    let query = format!("/mcp?access_token={good}");
    t.call("in the query", "token_in_query", crate::client::post(bench.url(&query)));
    t.call("in header and query", "token_twice", crate::client::post(bench.url(&query)).bearer(&good));

    // What is no JWT at all.
    t.token("garbage", "opaque_token", "garbage");
    t.token("an opaque token", "opaque_token", "oat_3q2-7wSDFsdf~sd/f+sdf==");
    t.token("dots only", "malformed_header", "..");
    t.token("two segments", "malformed_token", "a.b");
    t.token("four segments", "malformed_token", format!("{good}.x"));
    t.token("a five-part JWE", "encrypted_token", format!("{}.a.b.c.d", b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)));
    t.token("longer than 16 KiB", "token_too_large", format!("{}.{}.x", "a".repeat(9000), "b".repeat(9000)));
    t.token("padded base64", "malformed_token", format!("{good}="));
    t.token("standard base64", "malformed_token", good.replacen('.', "+/.", 1));
    t.token("a header that is no JSON", "malformed_header", mint::raw("no", claims.to_string(), |input| EC.sign(input)));
    t.token(
        "a payload that is no object",
        "malformed_payload",
        mint::raw(EC.header().to_string(), "[1]", |input| EC.sign(input)),
    );
    t.token(
        "a payload that is not UTF-8",
        "malformed_payload",
        mint::raw(EC.header().to_string(), b"{\"a\":\"\xff\"}", |i| EC.sign(i)),
    );

    // Signatures.
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = mint::raw(json!({ "alg": alg }).to_string(), claims.to_string(), |_| Vec::new());
        t.token("alg none", "alg_not_allowed", unsigned);
    }
    t.token("alg missing", "malformed_header", mint::raw(r#"{"kid":"ec-a"}"#, claims.to_string(), |input| EC.sign(input)));
    t.token("alg is a list", "malformed_header", mint::raw(r#"{"alg":["ES256"]}"#, claims.to_string(), |input| EC.sign(input)));
    for pem in [RSA_SPKI_PEM, RSA_PKCS1_PEM, RSA_SPKI_PEM.trim_end()] {
        let header = json!({ "alg": "HS256", "kid": "rsa-a" });
        t.token("HS256 with the RSA public key", "alg_not_allowed", mint::token(&header, &claims, &hmac(pem), "HS256"));
    }
    t.header("RS256 under an EC key", "key_mismatch", json!({ "alg": "RS256", "kid": "ec-a" }));
    t.token("ES256 under an RSA key", "key_mismatch", sign_as(&RSA, json!({ "alg": "ES256", "kid": "rsa-a" }), &bench.claims()));
    t.header("an algorithm that is not listed", "alg_not_allowed", json!({ "alg": "PS256", "kid": "rsa-a" }));
    t.header("ES256K", "alg_not_allowed", json!({ "alg": "ES256K", "kid": "ec-a" }));
    t.header("unknown kid", "kid_unknown", json!({ "alg": "ES256", "kid": "who" }));
    t.header("kid of a path", "kid_unknown", json!({ "alg": "ES256", "kid": "../../dev/null" }));
    t.header("kid of SQL", "kid_unknown", json!({ "alg": "ES256", "kid": "' or 1=1 --" }));
    t.header("kid with NUL", "kid_unknown", json!({ "alg": "ES256", "kid": "ec-a\u{0}" }));
    t.header("kid of another type", "malformed_header", json!({ "alg": "ES256", "kid": ["ec-a"] }));
    t.token("another project's key under our kid", "bad_signature", sign_as(&EC_OTHER, EC.header(), &bench.claims()));
    t.token("another project's RSA key under our kid", "bad_signature", sign_as(&RSA_OTHER, RSA.header(), &bench.claims()));
    t.token("another project's key under its own kid", "kid_unknown", bench.token(&EC_OTHER));
    t.header("an embedded key", "kid_unknown", json!({ "alg": "ES256", "kid": "ec-b", "jwk": EC_OTHER.jwk() }));
    let jku = json!({ "alg": "ES256", "kid": "ec-b", "jku": format!("{}/evil.json", bench.issuer.origin()) });
    t.token("a key URL", "kid_unknown", sign_as(&EC_OTHER, jku, &bench.claims()));
    t.token("no signature", "bad_signature", good.rsplit_once('.').unwrap().0.to_owned() + ".");
    t.token("a psychic signature", "bad_signature", good.rsplit_once('.').unwrap().0.to_owned() + "." + &b64([0; 64]));
    t.header("crit", "critical_header", json!({ "alg": "ES256", "kid": "ec-a", "crit": ["exp"], "exp": 1 }));
    t.header("b64 false", "critical_header", json!({ "alg": "ES256", "kid": "ec-a", "b64": false, "crit": ["b64"] }));
    t.header("compressed", "nested_token", json!({ "alg": "ES256", "kid": "ec-a", "zip": "DEF" }));
    t.header("nested", "nested_token", json!({ "alg": "ES256", "kid": "ec-a", "cty": "JWT" }));
    let doubled = claims.to_string().replacen('{', "{\"aud\":\"authenticated\",", 1);
    t.token("aud twice", "duplicate_member", mint::raw(EC.header().to_string(), doubled, |input| EC.sign(input)));

    // Other kinds of signed objects.
    for typ in ["dpop+jwt", "logout+jwt", "secevent+jwt", "oauth-id-jag+jwt", "application/logout+jwt"] {
        t.header("another typ", "typ_mismatch", json!({ "alg": "ES256", "kid": "ec-a", "typ": typ }));
    }
    let id_token = json!({ "aud": "9a8b7c6d-0000-4000-8000-000000000002", "role": null, "session_id": null, "auth_time": now });
    t.claims("an ID token", "id_token", id_token);
    t.claims("no role", "role_mismatch", json!({ "role": null }));
    t.claims("service_role", "service_role", json!({ "role": "service_role" }));
    t.claims("the role postgres", "role_mismatch", json!({ "role": "postgres" }));
    t.claims("the anon key's role", "role_mismatch", json!({ "role": "anon" }));
    t.claims("a role of another type", "malformed_claim", json!({ "role": ["authenticated"] }));
    t.claims("an anonymous user", "anonymous_user", json!({ "is_anonymous": true }));
    t.claims("is_anonymous of another type", "malformed_claim", json!({ "is_anonymous": "true" }));
    t.claims("no session", "session_missing", json!({ "session_id": null }));
    t.claims("a session token", "session_token", json!({ "client_id": null }));
    t.claims("an empty client_id", "malformed_claim", json!({ "client_id": "" }));
    t.claims("a subject that is no UUID", "malformed_claim", json!({ "sub": "ada" }));
    t.claims("bound to a key", "sender_constrained", json!({ "cnf": { "jkt": "x" } }));

    // Claims.
    t.claims("no issuer", "iss_mismatch", json!({ "iss": null }));
    t.claims("issuer with a slash", "iss_mismatch", json!({ "iss": format!("{}/", bench.issuer.url()) }));
    t.claims("issuer in capitals", "iss_mismatch", json!({ "iss": bench.issuer.url().to_uppercase() }));
    t.claims("another issuer", "iss_mismatch", json!({ "iss": "https://evil.example/auth/v1" }));
    t.claims("issuers in a list", "malformed_claim", json!({ "iss": [bench.issuer.url()] }));
    t.claims("no audience", "aud_missing", json!({ "aud": null }));
    t.claims("no audience in the list", "aud_missing", json!({ "aud": [] }));
    t.claims("another audience", "aud_mismatch", json!({ "aud": "anon" }));
    t.claims("bound to another server", "aud_mismatch", json!({ "aud": ["authenticated", "https://other.example/mcp"] }));
    t.claims("bound to another path", "aud_mismatch", json!({ "aud": ["authenticated", format!("{}-evil", bench.endpoint())] }));
    t.claims("audience of another type", "malformed_claim", json!({ "aud": 7 }));
    t.claims("audience in a nested list", "malformed_claim", json!({ "aud": [["authenticated"]] }));
    t.claims("for another resource", "resource_mismatch", json!({ "resource": "https://other.example/mcp" }));
    t.claims("expired", "expired", json!({ "exp": now - 120 }));
    t.claims("no expiry", "exp_missing", json!({ "exp": null }));
    for exp in [json!("9999999999"), json!("never"), json!(9_999_999_999.5), json!(-1), json!(true), json!([1]), json!(1e300)] {
        t.claims("expiry of another type", "malformed_claim", json!({ "exp": exp }));
    }
    t.claims("not yet valid", "not_yet_valid", json!({ "nbf": now + 600 }));
    t.claims("nbf of another type", "malformed_claim", json!({ "nbf": "0" }));
    t.claims("issued in the future", "issued_in_future", json!({ "iat": now + 600 }));
    t.claims("no subject", "sub_missing", json!({ "sub": null }));
    t.claims("an empty subject", "sub_missing", json!({ "sub": "" }));
    t.claims("scope of another type", "malformed_claim", json!({ "scope": { "a": 1 } }));

    let count = t.check().await;
    assert_eq!(bench.issuer.hits("/evil.json"), 0, "a URL from a token was fetched");
    println!("refused, each with its reason: {count} cases (Supabase)");
    assert!(count >= 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_authorization_headers_are_refused() {
    let bench = Setup::supabase().await.start().await;
    let reply = bench.whoami().bearer(&bench.good()).bearer(&bench.good()).send().await.unwrap();
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    // A host may join repeated headers with a comma (RFC 9110 §5.3); then it is not one well-formed credential either.
    let reason = bench.reason().await;
    assert!(reason == "token_twice" || reason == "malformed_authorization", "{reason}");
    check_challenge(&bench, "two headers", &reason, &reply);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_project_refuses() {
    let setup = Setup::supabase().await.env("SUPABASE_JWT_SECRET", SECRET);
    let bench = setup.start().await;
    let claims = Value::Object(bench.claims());
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let mut t = Table { bench: &bench, rows: Vec::new() };
    t.token(
        "another secret",
        "bad_signature",
        mint::token(&header, &claims, &hmac("another-secret-with-at-least-32-characters"), "HS256"),
    );
    t.token("the empty secret", "bad_signature", mint::token(&header, &claims, &hmac(""), "HS256"));
    for pem in [RSA_SPKI_PEM, RSA_PKCS1_PEM] {
        let header = json!({ "alg": "HS256", "kid": "rsa-a" });
        t.token("the RSA public key", "bad_signature", mint::token(&header, &claims, &hmac(pem), "HS256"));
    }
    let truncated = mint::raw(header.to_string(), claims.to_string(), |input| hmac(SECRET).sign("HS256", input)[..16].to_vec());
    t.token("a truncated MAC", "bad_signature", truncated);
    t.token("the secret under ES256", "bad_signature", mint::token(&EC.header(), &claims, &hmac(SECRET), "HS256"));
    t.token("expired", "expired", mint::token(&header, &Value::Object(bench.with(json!({ "exp": 1 }))), &hmac(SECRET), "HS256"));
    t.check().await;
    let good = mint::token(&header, &claims, &hmac(SECRET), "HS256");
    assert_eq!(bench.enter(&good).await.status, StatusCode::OK);
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK, "published keys work beside the secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rfc_9068_issuer_refuses() {
    let bench = Setup::custom().await.start().await;
    let claims = bench.rfc9068_claims();
    let typed = |typ: Value| change(crate::keys::members(EC.header()), json!({ "typ": typ }));
    let at = |changes: Value| sign_as(&EC, Value::Object(typed(json!("at+jwt"))), &change(claims.clone(), changes));
    let mut t = Table { bench: &bench, rows: Vec::new() };
    t.token("typ JWT", "typ_mismatch", sign_as(&EC, Value::Object(typed(json!("JWT"))), &claims));
    t.token("no typ", "typ_mismatch", sign_as(&EC, Value::Object(typed(Value::Null)), &claims));
    t.token(
        "an algorithm of the key set that is not configured",
        "alg_not_allowed",
        sign_as(&ED25519, ED25519.header(), &claims),
    );
    t.token("another one", "alg_not_allowed", sign_as(&P521, P521.header(), &claims));
    for name in ["nonce", "at_hash", "c_hash"] {
        t.token("an ID token", "id_token", at(json!({ name: "x" })));
    }
    t.token("Keycloak's ID token", "id_token", at(json!({ "typ": "ID" })));
    t.token("Keycloak's refresh token", "not_an_access_token", at(json!({ "typ": "Refresh" })));
    t.token("Keycloak's offline token", "not_an_access_token", at(json!({ "typ": "Offline" })));
    t.token("no audience", "aud_missing", at(json!({ "aud": null })));
    t.token("the origin only", "aud_mismatch", at(json!({ "aud": bench.origin() })));
    t.token("a trailing slash", "aud_mismatch", at(json!({ "aud": format!("{}/", bench.endpoint()) })));
    t.token("a prefix", "aud_mismatch", at(json!({ "aud": format!("{}2", bench.endpoint()) })));
    t.token("https instead of http", "aud_mismatch", at(json!({ "aud": bench.endpoint().replace("http:", "https:") })));
    t.token("ours and a foreign one", "aud_mismatch", at(json!({ "aud": [bench.endpoint(), "https://other.example"] })));
    t.token("Supabase's audience", "aud_mismatch", at(json!({ "aud": "authenticated" })));
    t.token("bound to a key", "sender_constrained", at(json!({ "cnf": { "jkt": "x" } })));
    let count = t.check().await;
    println!("refused, each with its reason: {count} cases (RFC 9068)");
    assert_eq!(bench.enter(&at(json!({}))).await.status, StatusCode::OK);
}

/// 403 and 503 are not 401: another sign-in would not help.
#[tokio::test(flavor = "multi_thread")]
async fn not_allowed_is_403_without_a_challenge() {
    let setup = Setup::supabase().await.env("LATCH_CLIENT_IDS", "somebody-else");
    let bench = setup.start().await;
    let reply = bench.enter(&bench.good()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.header("www-authenticate").is_none());
    assert_eq!(bench.reason().await, "client_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_is_403_insufficient_scope() {
    let bench = Setup::supabase().await.env("LATCH_REQUIRED_SCOPES", "email profile").start().await;
    let reply = bench.enter(&bench.good()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer error=\"insufficient_scope\"") && challenge.contains("scope=\"email profile\""),
        "{challenge}"
    );
    assert_eq!(bench.reason().await, "insufficient_scope");
    assert_eq!(bench.enter(&sign(&EC, &bench.with(json!({ "scope": "profile email x" })))).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_is_told_only_on_request() {
    let bench = Setup::supabase().await.env("LATCH_DEBUG_ERRORS", "on").start().await;
    let reply = bench.enter(&sign(&EC, &bench.with(json!({ "exp": 1 })))).await;
    assert!(reply.header("www-authenticate").unwrap().ends_with("error_description=\"expired\""));
    assert!(reply.text().contains("expired"));
}

/// Whoever is not let in learns nothing about methods, media types or messages.
#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_guarded() {
    let bench = Setup::supabase().await.start().await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        let method: http::Method = method.parse().unwrap();
        for path in ["/mcp", "/mcp/"] {
            let reply = crate::client::call(method.clone(), bench.url(path)).send().await.unwrap();
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert!(reply.header("www-authenticate").is_some(), "{method} {path}");
            let call = crate::client::call(method.clone(), bench.url(path)).bearer(&bench.good());
            let reply = call.send().await.unwrap();
            let expected = if method == "POST" { StatusCode::UNSUPPORTED_MEDIA_TYPE } else { StatusCode::METHOD_NOT_ALLOWED };
            assert_eq!(reply.status, expected, "{method} {path}");
            if method != "POST" {
                assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
            }
        }
    }
}

/// A stranger's words cannot make a log line unreadable.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_survives_a_strange_method() {
    let bench = Setup::supabase().await.start().await;
    if bench.ours().is_none() {
        return println!("not run here: that host answers unknown methods itself");
    }
    let method: http::Method = "X".repeat(5_000).parse().unwrap();
    let reply = crate::client::call(method, bench.endpoint()).send().await.unwrap();
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let line = bench.logged("refused").await;
    assert_eq!((&line["reason"], &line["http"]), (&json!("no_token"), &json!("other")));
}
