//! The demo issuer over HTTP, as a client and a browser see it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_latch_host::client::{self, Reply};
use mcp_latch_host::clock::TestClock;
use mcp_latch_host::demo::{Demo, Options, PASSWORD, SigningAlg, USERS};
use serde_json::{Value, json};
use url::Url;

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://127.0.0.1:41999/callback";

/// The issuer, and a client registered with it.
struct World {
    demo: Demo,
    client: String,
}

impl World {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let demo = Demo::start(options).await.unwrap();
        let reply = register(&demo, json!({ "client_name": "Test", "redirect_uris": [CALLBACK] })).await;
        let client = reply.json::<Value>().unwrap()["client_id"].as_str().unwrap().to_owned();
        Self { demo, client }
    }

    fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
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
    async fn decide(&self, decision: &str) -> Reply {
        let page = client::get(self.authorize_url(&[])).send().await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        self.press(&page, decision).send().await.unwrap()
    }

    fn press(&self, page: &Reply, decision: &str) -> client::Call {
        let html = page.text();
        let handle = html.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap();
        client::post(format!("{}/oauth/consent", self.demo.issuer()))
            .header("cookie", cookie)
            .header("origin", self.demo.origin())
            .form([("request", handle), ("decision", decision)])
    }

    async fn code(&self, user: &str) -> String {
        outcome(&self.decide(user).await)["code"].clone()
    }

    async fn token(&self, fields: &[(&str, &str)]) -> Reply {
        client::post(format!("{}/oauth/token", self.demo.issuer())).form(fields.iter().copied()).send().await.unwrap()
    }

    async fn redeem(&self, code: &str) -> Reply {
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

    async fn refresh(&self, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &self.client)]).await
    }
}

async fn register(demo: &Demo, metadata: Value) -> Reply {
    client::post(format!("{}/oauth/clients/register", demo.issuer())).json(&metadata).send().await.unwrap()
}

/// The parameters of the redirect to the client.
fn outcome(reply: &Reply) -> BTreeMap<String, String> {
    assert_eq!(reply.status, 303, "{}", reply.text());
    let location = Url::parse(reply.header("location").unwrap()).unwrap();
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    location.query_pairs().into_owned().collect()
}

/// A token's header and claims, unverified.
fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[tokio::test]
async fn the_whole_flow() {
    let world = World::new().await;
    let outcome = outcome(&world.decide("ada").await);
    assert_eq!((outcome["state"].as_str(), outcome["iss"].as_str()), ("s t&te", world.demo.issuer()));
    let reply = world.redeem(&outcome["code"]).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, Some("no-store")));
    let tokens: Value = reply.json().unwrap();
    assert_eq!(tokens["scope"], "openid email");
    assert_eq!(tokens["expires_in"], 3600);

    let (header, claims) = read(tokens["access_token"].as_str().unwrap());
    let jwks: Value = client::get(format!("{}/.well-known/jwks.json", world.demo.issuer())).send().await.unwrap().json().unwrap();
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "kid": jwks["keys"][0]["kid"] }));
    assert_eq!(claims["iss"], world.demo.issuer());
    assert_eq!(claims["sub"], USERS[0].id);
    assert_eq!(claims["aud"], "authenticated");
    assert_eq!(claims["role"], "authenticated");
    assert_eq!(claims["client_id"], world.client.as_str());
    assert_eq!(claims["email"], "ada@example.com");
    assert_eq!(claims["user_metadata"]["full_name"], "Ada Lovelace");
    assert_eq!(claims["is_anonymous"], false);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert_eq!(claims["session_id"].as_str().unwrap().len(), 36);
    assert!(claims.get("resource").is_none() && claims.get("nbf").is_none() && claims.get("jti").is_none());

    let (_, id) = read(tokens["id_token"].as_str().unwrap());
    assert_eq!(id["aud"], world.client.as_str());
    assert!(id.get("role").is_none() && id.get("session_id").is_none());

    let first = tokens["refresh_token"].as_str().unwrap();
    let refreshed: Value = world.refresh(first).await.json().unwrap();
    let (_, again) = read(refreshed["access_token"].as_str().unwrap());
    assert_eq!(again["session_id"], claims["session_id"]);

    let reused = world.refresh(first).await;
    assert_eq!((reused.status.as_u16(), reused.json::<Value>().unwrap()["error"].clone()), (400, json!("invalid_grant")));
    let ended = world.refresh(refreshed["refresh_token"].as_str().unwrap()).await;
    assert_eq!(ended.status, 400, "a second use ends the session");
    world.demo.stop().await;
}

#[tokio::test]
async fn discovery_is_one_document_in_four_places() {
    let demo = Demo::start(Options::default().alg(SigningAlg::Rs256)).await.unwrap();
    let (origin, issuer) = (demo.origin(), demo.issuer());
    let mut seen = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        for url in [format!("{origin}/.well-known/{name}/auth/v1"), format!("{issuer}/.well-known/{name}")] {
            let reply = client::get(url).send().await.unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(reply.header("cache-control"), Some("public, max-age=600"));
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
            seen.push(reply.json::<Value>().unwrap());
        }
    }
    assert!(seen.iter().all(|document| *document == seen[0]));
    let metadata = &seen[0];
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert!(!has_null(metadata));
    let jwks: Value = client::get(metadata["jwks_uri"].as_str().unwrap()).send().await.unwrap().json().unwrap();
    let algs: Vec<&str> = jwks["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algs, ["ES256", "RS256"]);
    assert!(jwks["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    let missing = client::get(format!("{origin}/.well-known/oauth-authorization-server")).send().await.unwrap();
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, Some("application/json")));
}

#[tokio::test]
async fn registration_answers_as_rfc_7591_asks() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let cursor = json!({
        "client_name": "Cursor", "application_type": "web", "scope": "email", "resource": "ignored", "logo_uri": "", "contacts": null,
        "redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "myapp:/no"],
        "grant_types": ["authorization_code", "refresh_token", "password"],
    });
    let reply = register(&demo, cursor).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (201, Some("no-store")));
    let client: Value = reply.json().unwrap();
    assert!(!has_null(&client));
    assert_eq!(
        client["redirect_uris"],
        json!(["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"])
    );
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(client["token_endpoint_auth_method"], "none");
    assert_eq!((&client["scope"], &client["application_type"]), (&json!("email"), &json!("web")));
    for absent in ["client_secret", "client_secret_expires_at", "logo_uri", "contacts", "resource"] {
        assert!(client.get(absent).is_none(), "{absent}");
    }
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://example.com/"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript://x/%0a"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": vec!["https://h/"; 11] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["https://h/cb\u{7f}", "https://h/ cb", " https://h/", "https://h\n/"] }),
            "invalid_redirect_uri",
        ),
        (json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt" }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [CALLBACK], "grant_types": ["password"] }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(3000) }), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ] {
        let reply = register(&demo, metadata.clone()).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!(error)), "{metadata}");
    }
}

#[tokio::test]
async fn a_client_with_a_secret_must_show_it() {
    let mut world = World::new().await;
    let asked = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic" });
    let client: Value = register(&world.demo, asked).await.json().unwrap();
    assert_eq!(client["client_secret_expires_at"], 0);
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    world.client = id.to_owned();
    let form = |code: &str| -> Vec<(String, String)> {
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    let send = async |code: &str, authorization: Option<String>| {
        let form = form(code);
        let call = client::post(format!("{}/oauth/token", world.demo.issuer()))
            .form(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        match authorization {
            Some(value) => call.header("authorization", value).send().await.unwrap(),
            None => call.send().await.unwrap(),
        }
    };
    let basic =
        |secret: &str| Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))));
    let code = world.code("linus").await;
    for wrong in [None, basic("wrong"), basic("")] {
        let reply = send(&code, wrong).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (401, &json!("invalid_client")));
        assert!(reply.header("www-authenticate").is_some());
    }
    assert_eq!(send(&code, basic(secret)).await.status, 200);
}

#[tokio::test]
async fn doubtful_clients_are_never_redirected_to() {
    let world = World::new().await;
    for changes in [
        [("client_id", "-"), ("x", "x")],
        [("client_id", "00000000-0000-4000-8000-000000000000"), ("x", "x")],
        [("redirect_uri", "-"), ("x", "x")],
        [("redirect_uri", "https://evil.example/"), ("x", "x")],
        [("redirect_uri", "http://127.0.0.1:41999/callback/../x"), ("x", "x")],
    ] {
        let reply = client::get(world.authorize_url(&changes)).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None), "{changes:?}");
        assert!(reply.text().contains("role=\"alert\""));
    }
    let twice = format!("{}&client_id=x", world.authorize_url(&[]));
    assert_eq!(client::get(twice).send().await.unwrap().status, 400);
}

#[tokio::test]
async fn other_mistakes_go_to_the_client_with_state_and_issuer() {
    let world = World::new().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "-", "invalid_request"),
        ("code_challenge", "-", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "-", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let outcome = outcome(&client::get(world.authorize_url(&[(name, value)])).send().await.unwrap());
        assert_eq!(outcome["error"], error, "{name}={value}");
        assert_eq!((outcome["state"].as_str(), outcome["iss"].as_str()), ("s t&te", world.demo.issuer()));
    }
    let denied = outcome(&world.decide("deny").await);
    assert_eq!((denied["error"].as_str(), denied["iss"].as_str()), ("access_denied", world.demo.issuer()));
}

/// Anybody can register a place and send a browser here: it goes on to the web only when its user says so.
#[tokio::test]
async fn mistakes_send_nobody_to_a_stranger() {
    let mut world = World::new().await;
    let place = "https://stranger.example/cb";
    let reply = register(&world.demo, json!({ "redirect_uris": [place] })).await;
    world.client = reply.json::<Value>().unwrap()["client_id"].as_str().unwrap().to_owned();
    let url = world.authorize_url(&[("redirect_uri", place), ("prompt", "none")]);
    let page = client::get(url).send().await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("location")), (400, None));
    assert!(
        page.text().contains("<strong>stranger.example</strong>") && page.text().contains("role=\"alert\""),
        "{}",
        page.text()
    );
    let asked = client::get(world.authorize_url(&[("redirect_uri", place)])).send().await.unwrap();
    let denied = world.press(&asked, "deny").send().await.unwrap();
    assert!(denied.status == 303 && denied.header("location").unwrap().starts_with(place), "a click is a click");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let demo = Demo::start(Options::default().body_timeout(Duration::from_millis(50))).await.unwrap();
    let authority = demo.origin().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let head = format!("POST /auth/v1/oauth/token HTTP/1.1\r\nhost: {authority}\r\ncontent-length: 9\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let whole = stream.read_to_string(&mut reply);
    tokio::time::timeout(Duration::from_secs(20), whole).await.expect("it is waited for").unwrap();
    assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("invalid_request"), "{reply}");
}

#[tokio::test]
async fn the_page_is_safe_and_speaks_plainly() {
    let world = World::new().await;
    let page = client::get(world.authorize_url(&[])).send().await.unwrap();
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("form-action"), "it would break the redirect in browsers");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let html = page.text();
    for part in ["Test", CALLBACK, "demo", "Ada Lovelace", "Linus Pauling", "your e-mail address"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script"));
}

#[tokio::test]
async fn only_the_page_itself_decides() {
    let world = World::new().await;
    let page = client::get(world.authorize_url(&[])).send().await.unwrap();
    let other = client::get(world.authorize_url(&[])).send().await.unwrap();
    let foreign_cookie = other.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let html = page.text();
    let handle = html.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let post = || client::post(format!("{}/oauth/consent", world.demo.issuer()));
    for call in [
        post().form([("request", handle), ("decision", "ada")]),
        post().header("cookie", &foreign_cookie).form([("request", handle), ("decision", "ada")]),
        world.press(&page, "mallory"),
        world.press(&page, "ada").header("sec-fetch-site", "cross-site"),
        post().header("origin", "https://evil.example").form([("request", handle), ("decision", "ada")]),
    ] {
        let reply = call.send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, None));
    }
    assert_eq!(world.press(&page, "ada").send().await.unwrap().status, 303);
    assert_eq!(world.press(&page, "ada").send().await.unwrap().status, 400, "once");
    let elsewhere = client::get(world.authorize_url(&[])).header("host", "evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status, 421);
}

#[tokio::test]
async fn codes_are_short_lived_and_loopback_ports_may_change() {
    let clock = TestClock::new();
    let world = World::with(Options::default().clock(clock.clone())).await;
    let late = world.code("ada").await;
    clock.advance(Duration::from_secs(61));
    assert_eq!(world.redeem(&late).await.status, 400);
    let page = client::get(world.authorize_url(&[("redirect_uri", "http://127.0.0.1:50505/callback")])).send().await.unwrap();
    assert_eq!(page.status, 200);
    let reply = world.press(&page, "ada").send().await.unwrap();
    assert!(reply.header("location").unwrap().starts_with("http://127.0.0.1:50505/callback?code="));
    for (fields, status, error) in [
        (vec![("grant_type", "authorization_code"), ("client_id", "nobody")], 401, "invalid_client"),
        (vec![("grant_type", "password"), ("client_id", &world.client)], 400, "unsupported_grant_type"),
        (vec![("client_id", world.client.as_str())], 400, "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("client_id", &world.client)], 400, "invalid_grant"),
    ] {
        let reply = world.token(&fields).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (status, &json!(error)), "{fields:?}");
    }
}

#[tokio::test]
async fn a_password_gives_a_session_without_a_client() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let url = format!("{}/token?grant_type=password", demo.issuer());
    let sign_in = |email: &str, password: &str| client::post(&url).json(&json!({ "email": email, "password": password }));
    let reply: Value = sign_in("linus@example.com", PASSWORD).send().await.unwrap().json().unwrap();
    let open = sign_in("linus@example.com", PASSWORD).header("origin", "https://any.example").send().await.unwrap();
    assert_eq!(open.header("access-control-allow-origin"), None, "pages elsewhere must not read it");
    let (_, claims) = read(reply["access_token"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["role"]), (&json!(USERS[1].id), &json!("authenticated")));
    assert!(claims.get("client_id").is_none() && claims.get("session_id").is_some());
    for (email, password) in [("linus@example.com", "wrong"), ("nobody@example.com", PASSWORD)] {
        let reply = sign_in(email, password).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error_code"]), (400, &json!("invalid_credentials")));
    }
}

#[tokio::test]
async fn scripts_may_ask_but_not_decide() {
    let demo = Demo::start(Options::default()).await.unwrap();
    for path in ["/.well-known/jwks.json", "/oauth/token", "/oauth/clients/register"] {
        let reply = client::call(http::Method::OPTIONS, format!("{}{path}", demo.issuer())).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (204, Some("*")));
    }
    for (method, path) in
        [("OPTIONS", "/oauth/consent"), ("GET", "/oauth/token"), ("DELETE", "/oauth/authorize"), ("OPTIONS", "/token")]
    {
        let reply = client::call(method.parse().unwrap(), format!("{}{path}", demo.issuer())).send().await.unwrap();
        assert!(reply.status == 405 && reply.header("allow").is_some(), "{method} {path}");
    }
    let public = Options::default().addr(([0, 0, 0, 0], 0).into());
    assert!(Demo::start(public).await.err().unwrap().to_string().contains("loopback"));
}
