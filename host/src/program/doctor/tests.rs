use bytes::Bytes;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://abc.supabase.co/auth/v1";

fn answer(status: u16, body: Value) -> Result<Answer, NoAnswer> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    Ok(Answer { status, body, ..Answer::default() })
}

fn config(more: &[(&str, &str)]) -> Config {
    let base = [("MCP_URL", "https://mcp.example.com/mcp"), ("SUPABASE_URL", "https://abc.supabase.co")];
    Config::from_env(base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
}

fn supabase(config: &Config) -> &Issuer {
    &config.issuers()[0]
}

/// Whether it is a failure (or, without one, a warning) that says all of it.
#[track_caller]
fn says(verdict: &Verdict, fails: bool, words: &[&str]) {
    let (cause, fix) = match verdict {
        Verdict::Fail(cause, fix) if fails => (cause, fix),
        Verdict::Warn(cause, fix) if !fails => (cause, fix),
        other => panic!("{other:?}"),
    };
    assert!(!cause.is_empty() && !fix.is_empty());
    for word in words {
        assert!(format!("{cause}\n{fix}").contains(word), "{word}: {verdict:?}");
    }
}

#[test]
fn discovery() {
    let urls = super::discovery::urls(ISSUER);
    assert_eq!(
        urls,
        [
            "https://abc.supabase.co/.well-known/oauth-authorization-server/auth/v1",
            "https://abc.supabase.co/auth/v1/.well-known/oauth-authorization-server"
        ]
    );
    let judge = |first, second, openid| super::discovery::judge(&urls, &[first, second], openid);
    let document = json!({ "issuer": ISSUER, "authorization_endpoint": "https://abc.supabase.co/auth/v1/oauth/authorize" });
    let none = || answer(404, json!({ "message": "no Route matched" }));
    let (found, verdict) = judge(answer(200, document.clone()), none(), false);
    assert!(found.is_some() && matches!(verdict, Verdict::Good(_)));
    let (found, verdict) = judge(none(), answer(200, document.clone()), true);
    assert!(found.is_some());
    says(&verdict, false, &["many ask nothing else", "LATCH_MIRROR_METADATA"]);
    let off = || answer(404, json!({ "code": 404, "error_code": "feature_disabled", "msg": "OAuth server is disabled" }));
    says(&judge(off(), off(), true).1, true, &["OAuth server is off", "feature_disabled", "Authentication → OAuth Server"]);
    says(&judge(none(), none(), true).1, true, &["404", "openid-configuration is served, which proves nothing"]);
    says(
        &judge(answer(401, json!({ "message": "No API key found in request" })), none(), false).1,
        true,
        &["gateway", "without an apikey"],
    );
    says(&judge(answer(200, json!("hello")), Err("connection reset".into()), false).1, true, &["connection reset"]);
    assert!(judge(answer(302, document), none(), false).0.is_none(), "a redirect is not followed, and no document");
}

#[test]
fn issuers() {
    let judge = |issuer: Value| super::discovery::issuer(&json!({ "issuer": issuer }), ISSUER);
    assert!(matches!(judge(json!(ISSUER)), Verdict::Good(_)));
    says(&judge(json!("https://ref.supabase.co/auth/v1")), true, &["set SUPABASE_URL=https://ref.supabase.co ", "custom domain"]);
    says(&judge(json!("")), true, &["self-hosted", &format!("GOTRUE_JWT_ISSUER={ISSUER}")]);
    says(&judge(Value::Null), true, &["GOTRUE_JWT_ISSUER"]);
    says(&judge(json!(format!("{ISSUER}/"))), true, &["only", "GOTRUE_JWT_ISSUER"]);
}

#[test]
fn key_sets() {
    let plain = config(&[]);
    let judge = |answer, config: &Config| keys::judge("https://abc/jwks", &answer, supabase(config));
    let ec = json!({ "kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let good = judge(answer(200, json!({ "keys": [ec, { "kty": "oct", "k": "AA" }] })), &plain);
    assert_eq!(good, Verdict::Good("1 at https://abc/jwks (ES256), 1 others are not usable".into()));
    let empty = || answer(200, json!({ "keys": [] }));
    says(&judge(empty(), &plain), true, &["empty", "HS256", "JWT Keys", "SUPABASE_JWT_SECRET"]);
    let secret = config(&[("SUPABASE_JWT_SECRET", "canary-canary-canary-canary-canary-canary")]);
    let verdict = judge(empty(), &secret);
    assert!(matches!(&verdict, Verdict::Good(text) if !text.contains("canary")), "{verdict:?}");
    let rsa = config(&[("LATCH_ALGORITHMS", "RS256")]);
    says(&judge(answer(200, json!({ "keys": [ec] })), &rsa), true, &["RS256", "LATCH_ALGORITHMS"]);
    says(&judge(answer(200, json!({})), &plain), true, &["no JWK set"]);
    says(&judge(answer(401, json!({ "message": "No API key found in request" })), &plain), true, &["SUPABASE_PUBLISHABLE_KEY"]);
    says(&judge(answer(502, Value::Null), &plain), true, &["502", "status in the dashboard", "LATCH_JWKS"]);
    says(&judge(answer(404, Value::Null), &plain), true, &["404", "SUPABASE_URL"]);
    says(&judge(Err("refused".into()), &plain), true, &["refused", "LATCH_JWKS"]);
}

#[test]
fn registrations() {
    let judge = |answer| registration::judge("https://abc/register", &answer);
    let off = json!({ "code": 403, "error_code": "oauth_dynamic_client_registration_disabled", "msg": "Dynamic client registration is not enabled" });
    says(
        &judge(answer(403, off)),
        true,
        &["registration is off", "Allow Dynamic OAuth Apps", "client id in the MCP client's settings"],
    );
    assert!(matches!(judge(answer(400, json!({ "error_code": "validation_failed" }))), Verdict::Good(_)));
    says(&judge(answer(401, json!({ "message": "No API key found in request" }))), true, &["without an apikey"]);
    says(&judge(answer(404, Value::Null)), true, &["Allow Dynamic OAuth Apps"]);
    says(&judge(answer(429, Value::Null)), false, &["five minutes"]);
    says(&judge(answer(201, json!({}))), false, &["delete it"]);
    says(&judge(Err("refused".into())), true, &["refused"]);
    says(&judge(answer(500, Value::Null)), true, &["Auth logs"]);
    says(&registration::endpoint(&json!({})).unwrap_err(), true, &["names no registration_endpoint", "Allow Dynamic OAuth Apps"]);
    assert!(registration::endpoint(&json!({ "registration_endpoint": "/relative" })).is_err());
}

#[test]
fn gateways_and_tables() {
    let none = || answer(401, json!({ "message": "No API key found in request", "hint": "…" }));
    let invalid = || answer(401, json!({ "message": "Invalid API key" }));
    says(&data::gateway(&none(), false, true), true, &["SUPABASE_PUBLISHABLE_KEY is not set", "sb_publishable_"]);
    says(&data::gateway(&none(), false, false), false, &["LATCH_DATA"]);
    says(&data::gateway(&invalid(), true, false), true, &["not one of this project"]);
    says(&data::gateway(&answer(503, json!({ "code": "PGRST002" })), true, true), true, &["PGRST002"]);
    says(&data::gateway(&Err("reset".into()), true, true), true, &["reset"]);
    let closed = || answer(401, json!({ "code": "42501", "message": "permission denied for table notes" }));
    assert!(matches!(data::gateway(&closed(), true, true), Verdict::Good(_)));
    let relation =
        |schema: Option<&str>| Relation { name: "notes".into(), schema: schema.map(str::to_owned), ..Relation::default() };
    // These come before anybody looks at names.
    for (status, code, message) in [
        (401, "42501", "permission denied for schema api"),
        (401, "PGRST301", "JWT expired"),
        (401, "PGRST302", "Anonymous access is disabled"),
        (401, "PGRST303", "JWT claims validation failed"),
    ] {
        let verdict = data::table(&relation(None), &answer(status, json!({ "code": code, "message": message })));
        assert!(
            matches!(&verdict, Verdict::Skipped(text) if text.contains("names cannot be checked without a user")),
            "{verdict:?}"
        );
    }
    for known in [answer(200, json!([])), closed()] {
        assert!(matches!(data::table(&relation(None), &known), Verdict::Good(text) if text.starts_with("notes")));
    }
    for (status, code) in [(404, "PGRST205"), (404, "42P01")] {
        says(
            &data::table(&relation(None), &answer(status, json!({ "code": code }))),
            true,
            &["notes is not a table", code, "reload schema"],
        );
    }
    let column = json!({ "code": "42703", "message": "column notes.titel does not exist" });
    says(&data::table(&relation(None), &answer(400, column)), true, &["notes has no column", "notes.titel", "LATCH_DATA"]);
    says(
        &data::table(&relation(Some("api")), &answer(406, json!({ "code": "PGRST106" }))),
        true,
        &["api.notes", "Exposed schemas"],
    );
    says(&data::table(&relation(None), &answer(418, Value::Null)), false, &["notes: 418"]);
}

#[test]
fn tables_are_found_in_either_notation() {
    let toml = "version = 1\n[tables.notes]\ntable = \"Notes & more\"\nschema = \"api\"\ncolumns = { id = \"bigint\", t = { type = \"text\", \
                column = \"T\" } }\n[tables.tags]\n[views.open]\nview = \"o\"\n[functions.f]\n";
    let json = r#" {"tables":{"notes":{"table":"Notes & more","schema":"api","columns":{"id":"bigint","t":{"type":"text","column":"T"}}},"tags":{}},
        "views":{"open":{"view":"o"}},"functions":{"f":{}}}"#;
    for text in [toml, json] {
        let Declared { relations, functions } = data::declared(text);
        assert_eq!((functions, relations[0].columns.join(" ").as_str()), (1, "id T"));
        let names: Vec<&str> = relations.iter().map(|relation| relation.name.as_str()).collect();
        assert_eq!((names, relations[0].schema.as_deref()), (vec!["Notes & more", "tags", "o"], Some("api")));
    }
    for text in ["no = toml = at all", "{"] {
        assert_eq!(data::declared(text), Declared::default());
    }
    assert_eq!(data::url("https://a", "Notes & more"), "https://a/rest/v1/Notes%20%26%20more?limit=0");
    assert_eq!(data::url("https://a", "../x"), "https://a/rest/v1/%2E%2E%2Fx?limit=0");
    assert_eq!(data::declared(mcp_latch_host::demo::DATA).relations.len(), 1);
}

#[test]
fn columns_are_asked_for_quoted_and_in_urls_that_gateways_take() {
    let table = |columns: Vec<String>| Relation { name: "notes".into(), columns, ..Relation::default() };
    let odd = ["id", "a,b", "quo\"te", "back\\slash"].map(str::to_owned);
    assert_eq!(
        data::urls("https://a", &table(odd.into())),
        ["https://a/rest/v1/notes?limit=0&select=%22id%22,%22a%2Cb%22,%22quo%5C%22te%22,%22back%5C%5Cslash%22"]
    );
    assert_eq!(data::urls("https://a", &table(Vec::new())), ["https://a/rest/v1/notes?limit=0"]);
    let many = data::urls("https://a", &table(vec!["é".repeat(31); 200]));
    assert!(many.len() == 7 && many.iter().all(|url| url.len() < 8192), "{many:?}");
}

#[test]
fn schemas_are_sent_as_they_are() {
    let headers = data::headers(&Relation { schema: Some("größe".into()), ..Relation::default() });
    let schema = headers.iter().find(|(name, _)| name == "accept-profile").map(|(_, value)| value.as_bytes().to_vec());
    assert_eq!(schema, Some("größe".into()));
    assert!(!data::headers(&Relation::default()).iter().any(|(name, _)| name == "accept-profile"));
}

#[test]
fn bounds_of_changes() {
    let strict = || answer(400, json!({ "code": "PGRST122", "message": "Invalid preferences given with handling=strict" }));
    assert!(matches!(data::bounds(&strict()), Verdict::Good(text) if text.contains("strictly")));
    for ignored in
        [answer(200, json!([])), answer(401, json!({ "code": "42501", "message": "permission denied for table notes" }))]
    {
        says(&data::bounds(&ignored), false, &["ignores", "12 or newer", "Prefer"]);
    }
    for other in [answer(404, json!({ "code": "PGRST205" })), answer(401, json!({ "code": "PGRST302" })), Err("reset".into())] {
        assert!(matches!(data::bounds(&other), Verdict::Skipped(_)), "{other:?}");
    }
    let changes = |actions: &str| {
        let text = format!("[tables.notes]\n{actions}\n[tables.notes.columns]\nid = \"bigint\"\n");
        data::declared(&text).relations[0].changes
    };
    assert!(changes("actions = [\"select\", \"update\"]") && changes("actions = [\"delete\"]"));
    assert!(!changes("actions = [\"select\", \"insert\"]") && !changes(""));
}

#[test]
fn public_urls() {
    let config = config(&[]);
    assert_eq!(public::url(&config), "https://mcp.example.com/.well-known/oauth-protected-resource/mcp");
    let judge = |answer| public::judge(&config, &answer);
    let served = |resource: &str, server: &str| answer(200, json!({ "resource": resource, "authorization_servers": [server] }));
    let ours = "https://mcp.example.com/mcp";
    assert!(matches!(judge(served(ours, ISSUER)), Verdict::Good(_)));
    says(
        &judge(served("http://10.0.0.1:8787/mcp", ISSUER)),
        true,
        &["http://10.0.0.1:8787/mcp", "MCP_URL=https://mcp.example.com/mcp"],
    );
    says(&judge(served(ours, "https://other.supabase.co/auth/v1")), true, &["other.supabase.co", "same variables"]);
    says(&judge(answer(404, Value::Null)), true, &["404", "proxy"]);
    says(&judge(answer(200, json!({}))), true, &["no protected resource metadata"]);
    says(&judge(answer(500, Value::Null)), true, &["misconfigured"]);
    says(&judge(Err("refused".into())), false, &["refused", "before the first start"]);
}

mod remote {
    use super::super::remote;
    use super::*;

    fn auth0() -> Config {
        let vars = [("MCP_URL", "https://mcp.example.com/mcp"), ("AUTH0_DOMAIN", "tenant.eu.auth0.com")];
        Config::from_env(vars.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
    }

    #[test]
    fn metadata_is_looked_for_where_clients_look() {
        assert_eq!(
            remote::places("https://id.example.com/realms/mcp"),
            [
                "https://id.example.com/.well-known/oauth-authorization-server/realms/mcp",
                "https://id.example.com/.well-known/openid-configuration/realms/mcp",
                "https://id.example.com/realms/mcp/.well-known/openid-configuration"
            ]
        );
        assert_eq!(remote::places("https://tenant.eu.auth0.com/").len(), 2);
        let asked = |status, body: Value| {
            vec![("https://a".to_owned(), answer(404, Value::Null)), ("https://b".to_owned(), answer(status, body))]
        };
        let (found, verdict) = remote::metadata(&asked(200, json!({ "authorization_endpoint": "https://b/authorize" })));
        assert!(found.is_some() && verdict == Verdict::Good("https://b".into()));
        for (status, body) in [(404, Value::Null), (200, json!({ "issuer": "x" }))] {
            let (found, verdict) = remote::metadata(&asked(status, body));
            assert!(found.is_none());
            says(&verdict, true, &["https://a answers 404", "https://b answers", "byte for byte"]);
        }
    }

    #[test]
    fn the_issuer_is_compared_with_its_slash() {
        let config = auth0();
        let verdict = |issuer: &str| remote::issuer(&json!({ "issuer": issuer }), &config.issuers()[0]);
        assert!(matches!(verdict("https://tenant.eu.auth0.com/"), Verdict::Good(_)));
        for wrong in ["https://tenant.eu.auth0.com", "https://login.example.com/", ""] {
            says(&verdict(wrong), true, &["https://tenant.eu.auth0.com/", "slashes"]);
        }
    }

    #[test]
    fn clients_must_be_able_to_become_one() {
        let with = |more: Value| {
            let mut document = json!({ "code_challenge_methods_supported": ["S256"] });
            document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            remote::clients(&document)
        };
        assert!(matches!(with(json!({ "registration_endpoint": "https://a/register" })), Verdict::Good(_)));
        says(&with(json!({})), true, &["cannot register", "LATCH_PROXY"]);
        says(&with(json!({ "client_id_metadata_document_supported": true })), false, &["CIMD"]);
        says(&with(json!({ "code_challenge_methods_supported": ["plain"] })), false, &["PKCE"]);
    }

    #[test]
    fn keys_must_fit() {
        let config = auth0();
        let judge = |status, body| remote::keys("https://a/jwks", &answer(status, body), &config.issuers()[0]);
        let ec = json!({ "kty": "EC", "crv": "P-256", "kid": "a", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        says(&judge(200, json!({ "keys": [ec] })), true, &["RS256, PS256", "they are for ES256", "let the provider sign"]);
        says(&judge(200, json!({ "keys": [] })), true, &["lists no keys"]);
        says(&judge(200, json!({})), true, &["no JWK set"]);
        says(&judge(503, Value::Null), true, &["503"]);
        says(&remote::keys("https://a/jwks", &Err("refused".into()), &config.issuers()[0]), true, &["refused", "LATCH_JWKS"]);
    }
}
