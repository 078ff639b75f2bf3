//! Two issuers on one endpoint: each one's users enter, and nothing of one is good for the other.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    bench::{ADA, Bench, Setup, change, sign_as},
    client::{self, Reply},
    data,
    issuer::{Answer, Issuer},
    keys::{EC, EC_OTHER, RSA, RSA_OTHER, TestKey, members},
};

const AUTH0_KEYS: &str = "/.well-known/jwks.json";
const OKTA_KEYS: &str = "/oauth2/default/v1/keys";

/// An endpoint of the project or organisation at the bench's issuer, and of an Auth0 tenant beside it.
struct Two {
    bench: Bench,
    auth0: Issuer,
}

fn publish(issuer: &Issuer, path: &str, keys: &[&TestKey]) {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    issuer.answer(path, Answer::json(json!({ "keys": keys }).to_string()));
}

impl Two {
    async fn start(first: Setup, more: &[(&str, &str)]) -> Self {
        let auth0 = Issuer::start().await;
        publish(&auth0, AUTH0_KEYS, &[&RSA_OTHER]);
        let mut setup = first.env("AUTH0_DOMAIN", auth0.origin()).allow(auth0.origin());
        for (name, value) in more {
            setup = setup.env(name, *value);
        }
        Self { bench: setup.start().await, auth0 }
    }

    /// A Supabase project and Auth0.
    async fn with_supabase(more: &[(&str, &str)]) -> Self {
        Self::start(Setup::supabase().await, more).await
    }

    /// Okta and Auth0.
    async fn with_okta(more: &[(&str, &str)]) -> Self {
        let setup = Setup::bare().await;
        let issuer = format!("{}/oauth2/default", setup.issuer().origin());
        publish(setup.issuer(), OKTA_KEYS, &[&RSA]);
        Self::start(setup.env("OKTA_ISSUER", issuer).env("OKTA_AUDIENCE", "api://default"), more).await
    }

    fn times(&self) -> Map<String, Value> {
        members(json!({ "iat": self.bench.now(), "exp": self.bench.now() + 3600 }))
    }

    fn auth0_issuer(&self) -> String {
        format!("{}/", self.auth0.origin())
    }

    /// A token of Auth0's with claims replaced.
    fn auth0_as(&self, key: &TestKey, changes: Value) -> String {
        let claims = json!({
            "iss": self.auth0_issuer(), "sub": "auth0|1", "aud": self.bench.endpoint(), "client_id": "auth0-client", "scope": "openid"
        });
        sign_as(key, json!({ "alg": key.alg, "kid": key.kid, "typ": "at+jwt" }), &change(change(self.times(), claims), changes))
    }

    fn auth0(&self, changes: Value) -> String {
        self.auth0_as(&RSA_OTHER, changes)
    }

    /// A token of Okta's with claims replaced.
    fn okta(&self, changes: Value) -> String {
        let claims = json!({
            "iss": format!("{}/oauth2/default", self.bench.issuer.origin()), "sub": "ada@example.com", "uid": "00u1",
            "cid": "okta-client", "aud": "api://default", "scp": ["openid"]
        });
        sign_as(&RSA, json!({ "alg": "RS256", "kid": RSA.kid }), &change(change(self.times(), claims), changes))
    }

    async fn accepts(&self, token: &str) -> Value {
        let reply = self.bench.enter(token).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json::<Value>().unwrap()["result"]["structuredContent"].take()
    }

    async fn refuses(&self, what: &str, token: &str, reason: &str) -> Reply {
        let reply = self.bench.enter(token).await;
        assert_ne!(reply.status, StatusCode::OK, "{what} is let in");
        assert_eq!(self.bench.reason().await, reason, "{what}");
        reply
    }

    fn asked(&self) -> usize {
        self.bench.issuer.all_hits() + self.auth0.all_hits()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_both_enter_and_are_told_apart() {
    let two = Two::with_supabase(&[]).await;
    let ada = two.accepts(&two.bench.good()).await;
    assert_eq!((&ada["provider"], &ada["user"]["id"], &ada["user"]["aal"]), (&json!("supabase"), &json!(ADA), &json!("aal1")));
    assert_eq!(ada["issuer"], two.bench.issuer.url());
    // The same subject with another issuer is somebody else.
    let other = two.accepts(&two.auth0(json!({ "sub": ADA }))).await;
    assert_eq!((&other["provider"], &other["user"]["id"]), (&json!("auth0"), &json!(ADA)));
    assert_eq!(other["issuer"], two.auth0_issuer());
    assert_eq!(other["user"].get("aal"), None);

    let two = Two::with_okta(&[]).await;
    assert_eq!(two.accepts(&two.okta(json!({}))).await["provider"], "okta");
    assert_eq!(two.accepts(&two.auth0(json!({}))).await["provider"], "auth0");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_lists_both_byte_for_byte() {
    let two = Two::with_supabase(&[("LATCH_SCOPES", "email")]).await;
    for place in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        let reply = client::get(two.bench.url(place)).send().await.unwrap();
        let expected = format!(
            r#"{{"authorization_servers":["{}","{}"],"bearer_methods_supported":["header"],"resource":"{}","scopes_supported":["email"]}}"#,
            two.bench.issuer.url(),
            two.auth0_issuer(),
            two.bench.endpoint()
        );
        assert_eq!(reply.text(), expected, "{place}");
    }
    // Whose scopes are to be asked for is not known unless the operator says so.
    let two = Two::with_okta(&[]).await;
    let reply = client::get(two.bench.url("/.well-known/oauth-protected-resource/mcp")).send().await.unwrap();
    let expected = format!(
        r#"{{"authorization_servers":["{}","{}/oauth2/default"],"bearer_methods_supported":["header"],"resource":"{}"}}"#,
        two.auth0_issuer(),
        two.bench.issuer.origin(),
        two.bench.endpoint()
    );
    assert_eq!(reply.text(), expected);
    assert_eq!(two.asked(), 0);
}

/// The instance is cold: whoever makes up an issuer makes nobody fetch anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_third_issuer_is_refused_without_a_call() {
    for two in [Two::with_supabase(&[]).await, Two::with_okta(&[]).await] {
        let near = two.auth0.origin().to_owned();
        let made_up = ["https://stranger.example/".to_owned(), near, two.bench.issuer.origin().to_owned(), String::new()];
        for issuer in &made_up {
            two.refuses(issuer, &two.auth0(json!({ "iss": issuer })), "iss_mismatch").await;
        }
        two.refuses("none", &two.auth0(json!({ "iss": null })), "iss_mismatch").await;
        two.refuses("both", &two.auth0(json!({ "iss": [two.auth0_issuer(), two.bench.issuer.url()] })), "malformed_claim").await;
        assert_eq!(two.asked(), 0);
    }
}

/// The issuer that is not named is not asked either.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_one_signs_nothing_for_the_other() {
    let two = Two::with_supabase(&[]).await;
    // The project's keys are EC and RSA; Auth0's is RSA_OTHER.
    two.refuses("the project's key for Auth0", &two.auth0_as(&RSA, json!({})), "kid_unknown").await;
    assert_eq!(two.bench.issuer.all_hits(), 0);
    let claims = two.bench.claims();
    let forged = sign_as(&RSA_OTHER, json!({ "alg": "RS256", "kid": RSA_OTHER.kid, "typ": "JWT" }), &claims);
    two.refuses("Auth0's key for the project", &forged, "kid_unknown").await;
    // Under the other's key id it is a bad signature.
    let renamed = sign_as(&RSA_OTHER, json!({ "alg": "RS256", "kid": RSA.kid, "typ": "JWT" }), &claims);
    two.refuses("Auth0's key under the project's id", &renamed, "bad_signature").await;
    let renamed = sign_as(&RSA, json!({ "alg": "RS256", "kid": RSA_OTHER.kid, "typ": "JWT" }), &members(claims_of(&two)));
    two.refuses("the project's key under Auth0's id", &renamed, "bad_signature").await;
    // What one may sign with is not what the other may.
    two.refuses("ES256 from Auth0", &two.auth0_as(&EC, json!({})), "alg_not_allowed").await;
    // Both are as good as before.
    two.accepts(&two.bench.good()).await;
    two.accepts(&two.auth0(json!({}))).await;
}

fn claims_of(two: &Two) -> Value {
    let claims = json!({ "iss": two.auth0_issuer(), "sub": "auth0|1", "aud": two.bench.endpoint(), "client_id": "auth0-client" });
    Value::Object(change(two.times(), claims))
}

/// Even if both publish the same key, as two tenants of one vendor may.
#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_one_are_not_the_others() {
    let two = Two::with_supabase(&[]).await;
    publish(&two.auth0, AUTH0_KEYS, &[&RSA]);
    let as_project = change(two.bench.claims(), json!({ "iss": two.auth0_issuer() }));
    let token = sign_as(&RSA, json!({ "alg": "RS256", "kid": RSA.kid }), &as_project);
    two.refuses("Auth0 for the project's audience", &token, "aud_mismatch").await;
    let as_auth0 = json!({ "iss": two.bench.issuer.url() });
    two.refuses("the project for Auth0's", &two.auth0_as(&RSA, as_auth0), "id_token").await;
    two.accepts(&two.auth0_as(&RSA, json!({}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_one_does_not_touch_the_other() {
    let two = Two::with_supabase(&[]).await;
    two.auth0.set_up(false);
    for _ in 0..2 {
        let reply = two.refuses("Auth0 is down", &two.auth0(json!({})), "keys_unavailable").await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.header("www-authenticate"), None, "clients would throw a good token away");
        assert!(reply.header("retry-after").is_some());
        two.accepts(&two.bench.good()).await;
    }

    let two = Two::with_supabase(&[]).await;
    two.bench.issuer.set_up(false);
    assert_eq!(
        two.refuses("Supabase is down", &two.bench.good(), "keys_unavailable").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    two.accepts(&two.auth0(json!({}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_audiences_of_one_are_not_the_others() {
    let more = [
        ("LATCH_AUTH0_CLIENT_IDS", "auth0-client"),
        ("LATCH_OKTA_CLIENT_IDS", "okta-client"),
        ("LATCH_AUTH0_AUDIENCE", "https://api.example.com/"),
        ("LATCH_OKTA_AUDIENCE_ALSO", "api://also"),
    ];
    let two = Two::with_okta(&more).await;
    let ours = json!({ "aud": "https://api.example.com/" });
    two.accepts(&two.auth0(ours)).await;
    two.accepts(&two.okta(json!({ "aud": ["api://default", "api://also"] }))).await;
    for (what, token, reason) in [
        (
            "Okta's client at Auth0",
            two.auth0(json!({ "aud": "https://api.example.com/", "client_id": "okta-client" })),
            "client_not_allowed",
        ),
        ("Auth0's client at Okta", two.okta(json!({ "cid": "auth0-client" })), "client_not_allowed"),
        ("Okta's audience at Auth0", two.auth0(json!({ "aud": "api://default" })), "aud_mismatch"),
        ("what may stand beside Okta's", two.auth0(json!({ "aud": ["https://api.example.com/", "api://also"] })), "aud_mismatch"),
        ("Auth0's audience at Okta", two.okta(json!({ "aud": "https://api.example.com/" })), "aud_mismatch"),
        ("the endpoint, which neither names", two.auth0(json!({})), "aud_mismatch"),
        ("the same at Okta", two.okta(json!({ "aud": two.bench.endpoint() })), "aud_mismatch"),
    ] {
        two.refuses(what, &token, reason).await;
    }
    // A list for one is none for the other.
    let two = Two::with_okta(&[("LATCH_AUTH0_CLIENT_IDS", "auth0-client")]).await;
    two.accepts(&two.okta(json!({ "cid": "anybody" }))).await;
    two.refuses("a stranger", &two.auth0(json!({ "client_id": "anybody" })), "client_not_allowed").await;
}

const DATA: &str = r#"
version = 1
[tables.notes]
actions = ["select"]
[tables.notes.columns]
id = "bigint"
"#;

/// PostgREST would refuse such a token, and its operator would have read it.
#[tokio::test(flavor = "multi_thread")]
async fn the_projects_data_is_for_its_own_users() {
    let two = Two::with_supabase(&[("LATCH_DATA", DATA), ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_test")]).await;
    two.bench.issuer.answer(data::NOTES, Answer::rest(200, "[]"));
    let ask = |method: &str, params: Value, token: String| {
        let mut call = two.bench.modern(method, params.clone());
        for name in ["name", "uri"] {
            if let Some(value) = params[name].as_str() {
                call = call.header("mcp-name", value);
            }
        }
        call.bearer(&token).send()
    };
    let names = |reply: Reply| {
        let body: Value = reply.json().unwrap();
        let tools = body["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (ada, stranger) = (two.bench.good(), two.auth0(json!({ "role": "authenticated", "aal": "aal1" })));
    assert_eq!(names(ask("tools/list", json!({}), ada.clone()).await.unwrap()), ["notes_select", "whoami"]);
    assert_eq!(names(ask("tools/list", json!({}), stranger.clone()).await.unwrap()), ["whoami"]);
    let resources = ask("resources/list", json!({}), stranger.clone()).await.unwrap();
    assert!(!resources.text().contains("notes"), "{}", resources.text());
    for (method, params) in [
        ("tools/call", json!({ "name": "notes_select", "arguments": {} })),
        ("tools/call", json!({ "name": "notes_insert", "arguments": { "rows": [{}] } })),
        ("resources/read", json!({ "uri": "supabase://table/notes" })),
    ] {
        let reply = ask(method, params, stranger.clone()).await.unwrap();
        assert!(reply.json::<Value>().unwrap().get("error").is_some(), "{method}: {}", reply.text());
    }
    assert_eq!(two.bench.issuer.hits(data::NOTES), 0, "the data API saw a token of another issuer");
    let reply = ask("tools/call", json!({ "name": "notes_select", "arguments": {} }), ada.clone()).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    let seen = two.bench.issuer.seen(data::NOTES);
    assert_eq!(seen.len(), 1, "{}", reply.text());
    assert_eq!(seen[0].headers["authorization"].to_str().unwrap(), format!("Bearer {ada}"));
}

/// The key of a project's gateway goes to that project.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_gateway_asks_for_is_not_sent_to_the_other() {
    let two = Two::with_supabase(&[("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_test")]).await;
    two.accepts(&two.bench.good()).await;
    two.accepts(&two.auth0(json!({}))).await;
    assert_eq!(two.bench.issuer.last_headers(crate::issuer::JWKS)["apikey"], "sb_publishable_test");
    let headers = two.auth0.last_headers(AUTH0_KEYS);
    assert!(headers.get("apikey").is_none() && headers.get("authorization").is_none(), "{headers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_is_for_one_issuer() {
    let two = Two::with_supabase(&[("LATCH_MIRROR_METADATA", "on")]).await;
    assert_eq!(two.bench.enter(&two.bench.good()).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let line = two.bench.logged("misconfigured").await;
    let errors = line["errors"].as_str().unwrap();
    assert!(errors.starts_with("LATCH_MIRROR_METADATA: ") && errors.contains("several"), "{errors}");
    assert_eq!(two.asked(), 0);
}

/// A key that one of them withdraws is refused for it; the other's cache is untouched.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_one_rotate_alone() {
    let two = Two::with_supabase(&[]).await;
    let (ada, old) = (two.bench.good(), two.auth0(json!({})));
    two.accepts(&ada).await;
    two.accepts(&old).await;
    publish(&two.auth0, AUTH0_KEYS, &[&RSA]);
    if two.bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    two.bench.advance(31);
    two.accepts(&two.auth0_as(&RSA, json!({}))).await;
    two.refuses("the withdrawn key", &old, "kid_unknown").await;
    two.accepts(&ada).await;
    two.refuses("a key that nobody has", &sign_as(&EC_OTHER, EC_OTHER.header(), &two.bench.claims()), "kid_unknown").await;
    assert_eq!((two.bench.issuer.all_hits(), two.auth0.all_hits()), (2, 2));
}
