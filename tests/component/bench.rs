//! A component in a host, an issuer beside it, and its log at hand.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mcp_latch_host::{
    clock::TestClock,
    component, {Host, Reuse, Running, Server},
};
use serde_json::{Map, Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};

use crate::{
    client::{self, Call, Reply},
    issuer::Issuer,
    keys::{EC, TestKey, members},
    mint,
    second_host::{self, SecondHost},
};

/// A user, as Supabase would number them.
pub(crate) const ADA: &str = "522b276a-356b-5f39-a13d-fabea2cd43e1";

static COMPONENT: LazyLock<PathBuf> = LazyLock::new(|| component::ensure_built().expect("the component does not build"));

static KEYVALUE: LazyLock<PathBuf> =
    LazyLock::new(|| component::ensure_keyvalue_built().expect("the component with a store does not build"));

pub(crate) fn component_path() -> PathBuf {
    COMPONENT.clone()
}

/// The component that has a key-value store. Built by whoever asks first.
pub(crate) fn keyvalue_path() -> PathBuf {
    KEYVALUE.clone()
}

/// One log line that the component wrote.
pub(crate) type Line = Map<String, Value>;

enum Served {
    Ours(Running),
    Theirs(SecondHost),
}

pub(crate) struct Bench {
    pub(crate) issuer: Issuer,
    pub(crate) clock: TestClock,
    served: Served,
    log: Mutex<mpsc::UnboundedReceiver<String>>,
}

/// Settings of a bench.
pub(crate) struct Setup {
    issuer: Issuer,
    env: HashMap<String, String>,
    reuse: Reuse,
    /// The default one, or another.
    component: PathBuf,
    /// Origins it may call, beside the issuer's.
    allowed: Vec<String>,
}

impl Setup {
    /// A Supabase project.
    pub(crate) async fn supabase() -> Self {
        let issuer = Issuer::start().await;
        let env = HashMap::from([("SUPABASE_URL".to_owned(), issuer.origin().to_owned())]);
        Self { issuer, env, reuse: Reuse::Pool, component: component_path(), allowed: Vec::new() }
    }

    /// An endpoint of no provider yet.
    pub(crate) async fn bare() -> Self {
        let issuer = Issuer::start().await;
        Self { issuer, env: HashMap::new(), reuse: Reuse::Pool, component: component_path(), allowed: Vec::new() }
    }

    /// An RFC 9068 issuer.
    pub(crate) async fn custom() -> Self {
        let issuer = Issuer::start().await;
        let env = [
            ("LATCH_ISSUER", issuer.url()),
            ("LATCH_JWKS_URI", format!("{}{}", issuer.origin(), crate::issuer::JWKS)),
            ("LATCH_ALGORITHMS", "ES256,RS256".to_owned()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { issuer, env, reuse: Reuse::Pool, component: component_path(), allowed: Vec::new() }
    }

    /// The authorization server in front of an OpenID Connect provider, the issuer.
    pub(crate) async fn proxy() -> Self {
        let issuer = Issuer::start().await;
        let env = [
            ("LATCH_PROXY", "oidc".to_owned()),
            ("LATCH_PROXY_ISSUER", issuer.origin().to_owned()),
            ("LATCH_PROXY_CLIENT_ID", crate::upstream::CLIENT_ID.to_owned()),
            ("LATCH_PROXY_CLIENT_SECRET", crate::upstream::CLIENT_SECRET.to_owned()),
            ("LATCH_SCOPES", "notes:read notes:write".to_owned()),
            ("LATCH_KEYS", crate::upstream::KEYS.clone()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { issuer, env, reuse: Reuse::Pool, component: component_path(), allowed: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// A component that is not the default one.
    pub(crate) fn component(self, component: PathBuf) -> Self {
        Self { component, ..self }
    }

    /// A fresh instance for every request.
    pub(crate) fn fresh(mut self) -> Self {
        self.reuse = Reuse::Fresh;
        self
    }

    /// Lets the component call another origin beside the issuer's.
    pub(crate) fn allow(mut self, origin: &str) -> Self {
        self.allowed.push(origin.to_owned());
        self
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(crate) async fn start(mut self) -> Bench {
        let (sender, log) = mpsc::unbounded_channel();
        let clock = TestClock::new();
        let served = match second_host::command() {
            Some(command) => {
                let env: Vec<_> = self.env.into_iter().collect();
                Served::Theirs(second_host::start(&command, &self.component, &env, sender).await)
            }
            None => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let origin = format!("http://{}", listener.local_addr().unwrap());
                self.env.entry("MCP_URL".to_owned()).or_insert(origin);
                self.allowed.push(self.issuer.origin().to_owned());
                let host = Host::builder(self.component)
                    .envs(self.env)
                    .allow(self.allowed)
                    .cache_dir(component::cache_dir().unwrap())
                    .clock(clock.clone())
                    .reuse(self.reuse)
                    .log(move |line| drop(sender.send(line.to_owned())));
                let host = tokio::task::spawn_blocking(move || host.build()).await.unwrap().unwrap();
                Served::Ours(Server::from_listener(host, listener).unwrap().spawn())
            }
        };
        Bench { issuer: self.issuer, clock, served, log: Mutex::new(log) }
    }
}

impl Bench {
    /// Our own host, whose clock can be moved; `None` in another one.
    pub(crate) fn ours(&self) -> Option<&Host> {
        match &self.served {
            Served::Ours(running) => Some(running.host()),
            Served::Theirs(_) => None,
        }
    }

    pub(crate) fn origin(&self) -> String {
        match &self.served {
            Served::Ours(running) => running.url(""),
            Served::Theirs(host) => host.url.clone(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The resource, as the component knows it.
    pub(crate) fn endpoint(&self) -> String {
        self.url("/mcp")
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Seconds since 1970, unmoved.
    pub(crate) fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    /// The claims of a good Supabase token.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let now = self.now();
        members(json!({
            "iss": self.issuer.url(), "sub": ADA, "aud": "authenticated", "exp": now + 3600, "iat": now,
            "email": "ada@example.com", "phone": "", "app_metadata": { "provider": "email" },
            "user_metadata": { "full_name": "Ada Lovelace", "avatar_url": "https://example.com/ada.png" },
            "role": "authenticated", "aal": "aal1", "amr": [{ "method": "password", "timestamp": now }],
            "session_id": "0c0c6c1e-0000-4000-8000-000000000001", "is_anonymous": false,
            "client_id": "9a8b7c6d-0000-4000-8000-000000000002", "scope": "email"
        }))
    }

    /// The claims of a good RFC 9068 token.
    pub(crate) fn rfc9068_claims(&self) -> Map<String, Value> {
        let now = self.now();
        members(json!({
            "iss": self.issuer.url(), "sub": "user-1", "aud": self.endpoint(), "exp": now + 3600, "iat": now, "jti": "1",
            "client_id": "client-1", "scope": "read write"
        }))
    }

    /// The good claims with members replaced; `null` removes one.
    pub(crate) fn with(&self, changes: Value) -> Map<String, Value> {
        change(self.claims(), changes)
    }

    pub(crate) fn token(&self, key: &TestKey) -> String {
        sign(key, &self.claims())
    }

    /// A good token.
    pub(crate) fn good(&self) -> String {
        self.token(&EC)
    }

    /// `tools/call whoami` in the modern era.
    pub(crate) fn whoami(&self) -> Call {
        self.modern("tools/call", json!({ "name": "whoami" })).header("mcp-name", "whoami")
    }

    /// A modern request, complete with headers.
    pub(crate) fn modern(&self, method: &str, params: Value) -> Call {
        let mut params = members(params);
        params.entry("_meta").or_insert(meta());
        client::post(self.endpoint())
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    /// A request of the handshake eras, without a version header.
    pub(crate) fn legacy(&self, method: &str, params: Value) -> Call {
        client::post(self.endpoint())
            .header("accept", "application/json, text/event-stream")
            .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    /// Calls whoami with a token.
    pub(crate) async fn enter(&self, token: &str) -> Reply {
        self.whoami().bearer(token).send().await.unwrap()
    }

    /// The next log line of an event. Others before it are skipped.
    pub(crate) async fn logged(&self, event: &str) -> Line {
        let mut log = self.log.lock().await;
        let found = timeout(Duration::from_secs(20), async {
            while let Some(line) = log.recv().await {
                if let Ok(Value::Object(line)) = serde_json::from_str(&line)
                    && line["event"] == event
                {
                    return line;
                }
            }
            panic!("the host closed its log");
        });
        found.await.unwrap_or_else(|_| panic!("no line `{event}` in the log"))
    }

    /// All lines up to the next one of an event.
    pub(crate) async fn log_until(&self, event: &str) -> Vec<String> {
        let mut log = self.log.lock().await;
        let mut lines = Vec::new();
        let found = timeout(Duration::from_secs(20), async {
            while let Some(line) = log.recv().await {
                let is_last = line.contains(&format!("\"event\":\"{event}\""));
                lines.push(line);
                if is_last {
                    break;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("no line `{event}` in the log"));
        lines
    }

    /// The reason of the next refusal.
    pub(crate) async fn reason(&self) -> String {
        self.logged("refused").await["reason"].as_str().unwrap().to_owned()
    }
}

/// `_meta` of a modern request.
pub(crate) fn meta() -> Value {
    json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} })
}

pub(crate) fn change(mut claims: Map<String, Value>, changes: Value) -> Map<String, Value> {
    for (name, value) in members(changes) {
        match value {
            Value::Null => claims.remove(&name),
            value => claims.insert(name, value),
        };
    }
    claims
}

/// A token signed with a key under the key's own header.
pub(crate) fn sign(key: &TestKey, claims: &Map<String, Value>) -> String {
    sign_as(key, key.header(), claims)
}

/// A token with another header.
pub(crate) fn sign_as(key: &TestKey, header: Value, claims: &Map<String, Value>) -> String {
    mint::token(&header, &Value::Object(claims.clone()), &key.signer, key.alg)
}
