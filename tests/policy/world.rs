//! An endpoint of three providers, and tokens of theirs.

use std::{cell::RefCell, collections::BTreeSet, sync::Mutex};

use futures::executor::block_on;
use mcp_latch::{
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{Incoming, Request},
    prelude::*,
};

use crate::{keys, mint};

pub(crate) const NOW: UnixTime = 1_800_000_000;
pub(crate) const TENANT: &str = "11111111-0000-4000-8000-000000000001";
const SECRET: &str = "a-secret-of-the-matrix-test-32-bytes-long";

pub(crate) const TOOLS: [&str; 6] = ["greet", "notes_delete", "notes_draft", "notes_read", "open", "own"];
pub(crate) const PROMPTS: [&str; 2] = ["draft", "review"];
pub(crate) const RESOURCES: [&str; 3] = ["doc://a", "doc://b", "note://1"];
pub(crate) const TEMPLATES: [&str; 1] = ["note://{id}"];

/// A log, and nothing else.
#[derive(Default)]
struct World(Mutex<Vec<String>>);

impl Host for World {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        panic!("nothing is fetched: {}", request.url)
    }

    fn now(&self) -> UnixTime {
        NOW
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

pub(crate) struct Endpoint {
    latch: Latch,
    world: RefCell<World>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    /// The last line about a refusal.
    pub(crate) reason: String,
    pub(crate) body: Value,
}

impl Reply {
    /// The scopes of an `insufficient_scope` challenge, which names each once.
    pub(crate) fn needed(&self) -> Option<BTreeSet<String>> {
        let challenge = self.challenge.as_deref().filter(|text| text.contains("error=\"insufficient_scope\""))?;
        let scopes: Vec<&str> = challenge.split_once("scope=\"")?.1.split('"').next()?.split(' ').collect();
        let each: BTreeSet<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        assert_eq!(each.len(), scopes.len(), "{challenge}");
        Some(each)
    }
}

fn effective(cx: &Context<'_>) -> String {
    cx.identity.scopes().join(" ")
}

fn registry() -> Registry {
    let plain = |name: &'static str| tool(name, async |cx: &Context<'_>| effective(cx));
    let registry = TOOLS.into_iter().filter(|name| *name != "own").fold(Registry::new(), |all, name| all.with_tool(plain(name)));
    let about = |name| prompt(name, async |Text { text }: Text| text).complete("text", |_| ["a", "b"]);
    registry
        .with_tool(plain("own").scopes(["own:use"]))
        .with_prompt(about("draft"))
        .with_prompt(about("review"))
        .with_resource(resource("doc://a", "a", "text"))
        .with_resource(resource("doc://b", "b", "text"))
        .with_resource(resource("note://1", "one", "text"))
        .with_resources(resource_template("note://{id}", "note", async |Note { id }: Note| id).complete("id", |_| ["1"]))
}

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: String,
}

impl Endpoint {
    pub(crate) fn new(policy: &str, required: &str) -> Self {
        let ec = String::from_utf8(keys::document(&[keys::EC.jwk()])).unwrap();
        let rsa = String::from_utf8(keys::document(&[keys::RSA.jwk()])).unwrap();
        let config = Config::from_vars(|name| {
            let value = match name {
                "MCP_URL" => "https://api.example.com",
                "SUPABASE_URL" => "https://abc.supabase.co",
                "SUPABASE_JWT_SECRET" => SECRET,
                "LATCH_ISSUER" => "https://id.example",
                "LATCH_CUSTOM_ALGORITHMS" => "ES256",
                "LATCH_CUSTOM_JWKS" => &ec,
                "ENTRA_TENANTS" => TENANT,
                "ENTRA_CLIENT_ID" => "22222222-0000-4000-8000-000000000002",
                "LATCH_ENTRA_JWKS" => &rsa,
                "LATCH_POLICY" => policy,
                "LATCH_REQUIRED_SCOPES" => required,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = config.unwrap_or_else(|errors| panic!("{errors}\n{policy}"));
        Self { latch: Latch::with_registry(config, registry()), world: RefCell::default() }
    }

    pub(crate) fn send(&self, token: &str, method: &str, params: Value) -> Reply {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let body: Box<dyn Incoming> = Box::new(body.into_bytes());
        let mut request: Request<'_> = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = "/mcp".parse().unwrap();
        for (name, value) in [("content-type", "application/json"), ("authorization", &format!("Bearer {token}"))] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let world = self.world.borrow();
        let response = block_on(self.latch.handle(&*world, request));
        let log = std::mem::take(&mut *world.0.lock().unwrap());
        let lines = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut reasons = lines.filter_map(|line| Some(line.get("reason")?.as_str()?.to_owned()));
        let reason = reasons.next_back();
        Reply {
            status: response.status().as_u16(),
            challenge: response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned()),
            reason: reason.unwrap_or_default(),
            body: serde_json::from_slice(response.body().as_bytes()).unwrap_or_default(),
        }
    }
}

/// The token of claims, as the provider that their `iss` names would sign it.
pub(crate) fn token(claims: &Value) -> String {
    match claims["iss"].as_str().unwrap() {
        "https://abc.supabase.co/auth/v1" => {
            let header = json!({ "alg": "HS256", "typ": "JWT" });
            mint::token(&header, claims, &mint::Signer::Hmac(SECRET.as_bytes().to_vec()), "HS256")
        }
        "https://id.example" => {
            let mut header = keys::EC.header();
            header["typ"] = json!("at+jwt");
            mint::token(&header, claims, &keys::EC.signer, "ES256")
        }
        _ => mint::token(&keys::RSA.header(), claims, &keys::RSA.signer, "RS256"),
    }
}
