//! The issuer, and a client registered with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_latch_host::client::{self, Reply};
use mcp_latch_host::demo::{Demo, Options};
use serde_json::{Value, json};
use url::Url;

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:41999/callback";

/// The issuer, and a client registered with it.
pub(crate) struct World {
    pub(crate) demo: Demo,
    pub(crate) client: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let demo = Demo::start(options).await.unwrap();
        let reply = register(&demo, json!({ "client_name": "Test", "redirect_uris": [CALLBACK] })).await;
        let client = reply.json::<Value>().unwrap()["client_id"].as_str().unwrap().to_owned();
        Self { demo, client }
    }

    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let mut params = BTreeMap::from([
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", CALLBACK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "s t&te"),
            ("scope", "openid email unheard-of"),
            ("resource", "http://127.0.0.1:8787/mcp"),
        ]);
        params.extend(changes.iter().copied());
        let url = format!("{}/oauth/authorize", self.demo.issuer());
        Url::parse_with_params(&url, params.iter().filter(|(_, value)| **value != "-")).unwrap().into()
    }

    /// What the browser gets for the authorization request, and for pressing a button there.
    pub(crate) async fn decide(&self, decision: &str) -> Reply {
        let page = client::get(self.authorize_url(&[])).send().await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        self.press(&page, decision).send().await.unwrap()
    }

    pub(crate) fn press(&self, page: &Reply, decision: &str) -> client::Call {
        let html = page.text();
        let handle = html.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap();
        client::post(format!("{}/oauth/consent", self.demo.issuer()))
            .header("cookie", cookie)
            .header("origin", self.demo.origin())
            .form([("request", handle), ("decision", decision)])
    }

    pub(crate) async fn code(&self, user: &str) -> String {
        outcome(&self.decide(user).await)["code"].clone()
    }

    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Reply {
        client::post(format!("{}/oauth/token", self.demo.issuer())).form(fields.iter().copied()).send().await.unwrap()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Reply {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", &self.client),
            ("code_verifier", VERIFIER),
            ("resource", "http://127.0.0.1:8787/mcp"),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &self.client)]).await
    }
}

pub(crate) async fn register(demo: &Demo, metadata: Value) -> Reply {
    client::post(format!("{}/oauth/clients/register", demo.issuer())).json(&metadata).send().await.unwrap()
}

/// The parameters of the redirect to the client.
pub(crate) fn outcome(reply: &Reply) -> BTreeMap<String, String> {
    assert_eq!(reply.status, 303, "{}", reply.text());
    let location = Url::parse(reply.header("location").unwrap()).unwrap();
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    location.query_pairs().into_owned().collect()
}

/// A token's header and claims, unverified.
pub(crate) fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

pub(crate) fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}
