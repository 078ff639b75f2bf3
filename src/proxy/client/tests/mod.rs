//! Who is a client, and where it may be answered.
#![allow(clippy::unwrap_used)]

mod authenticate;
mod documents;
mod listed;
mod register;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::Poll,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::executor::block_on;
use serde_json::{Value, json};

use super::*;
use crate::host::{FetchError, Fetched, LocalFuture, Outgoing, UnixTime};

pub(super) const START: UnixTime = 1_800_000_000;
pub(super) const EVIL: &str = "https://evil.example/cb";

/// The clock, and one web server.
pub(super) struct World {
    pub(super) now: Cell<UnixTime>,
    random: Cell<u8>,
    pub(super) answer: RefCell<Result<Fetched, FetchError>>,
    pub(super) fetched: RefCell<Vec<String>>,
    pub(super) log: RefCell<Vec<String>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            now: Cell::new(START),
            random: Cell::new(0),
            answer: RefCell::new(Err(FetchError::Timeout)),
            fetched: RefCell::default(),
            log: RefCell::default(),
        }
    }

    pub(super) fn serve(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        *self.answer.borrow_mut() = Ok(Fetched { status, headers: map, body: body.as_bytes().to_vec() });
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetched.borrow().len()
    }
}

impl Host for World {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            assert_eq!((request.method.as_str(), request.max_bytes, request.timeout), ("GET", 16 * 1024, Duration::from_secs(3)));
            self.fetched.borrow_mut().push(request.url.to_owned());
            let mut waited = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            self.answer.borrow().clone()
        })
    }

    fn now(&self) -> UnixTime {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.random.set(self.random.get().wrapping_add(1));
        bytes.fill(self.random.get());
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(async {})
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

pub(super) fn config(more: &[(&str, &str)]) -> Config {
    let key = |byte: u8| URL_SAFE_NO_PAD.encode([byte; 32]);
    let keys = format!("seal={};client={};sign={}", key(1), key(2), key(3));
    let base = [
        ("MCP_URL", "https://api.example.com/mcp"),
        ("LATCH_PROXY", "google"),
        ("LATCH_PROXY_CLIENT_ID", "upstream-client"),
        ("LATCH_PROXY_CLIENT_SECRET", "upstream-secret"),
        ("LATCH_SCOPES", "notes:read notes:write"),
        ("LATCH_KEYS", &keys),
    ];
    let pairs = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_env(pairs).unwrap()
}

pub(super) fn clients(more: &[(&str, &str)]) -> Clients {
    Clients::new(&config(more))
}

pub(super) fn register(clients: &Clients, world: &World, request: Value) -> Map<String, Value> {
    clients.register(world, request.to_string().as_bytes()).unwrap()
}

pub(super) fn registered(clients: &Clients, world: &World, uris: &[&str]) -> Client {
    let answer = register(clients, world, json!({ "redirect_uris": uris }));
    block_on(clients.find(world, answer["client_id"].as_str().unwrap())).unwrap()
}

pub(super) fn find(clients: &Clients, world: &World, id: &str) -> Result<Client, ClientError> {
    block_on(clients.find(world, id))
}

#[test]
fn m1_fastmcp_4408_codes_go_where_the_client_registered_and_nowhere_else() {
    let (world, clients) = (World::new(), clients(&[]));
    let client = registered(&clients, &world, &["https://app.example.com/cb", "http://127.0.0.1/cb"]);
    assert_eq!(client.origin, Origin::Registered);
    assert!(client.may_redirect_to("https://app.example.com/cb"));
    assert!(client.may_redirect_to("http://127.0.0.1:50000/cb"));
    for uri in
        [EVIL, "https://app.example.com/cb/", "https://app.example.com/cb?x", "http://localhost/cb", "javascript:alert(1)", ""]
    {
        assert!(!client.may_redirect_to(uri), "{uri}");
    }
}

#[test]
fn fastmcp_3066_3098_the_operators_list_and_the_registration_must_both_allow_it() {
    let world = World::new();
    let listed =
        json!([{ "client_id": "desk", "redirect_uris": ["https://app.example.com/cb", "https://other.example.com/cb"] }])
            .to_string();
    let document = json!({ "client_id": "https://claude.ai/client", "client_name": "C",
        "redirect_uris": ["https://app.example.com/cb", "https://other.example.com/cb"] })
    .to_string();
    let settings = [
        ("LATCH_CLIENTS", listed.as_str()),
        ("LATCH_CIMD_HOSTS", "claude.ai"),
        ("LATCH_PROXY_REDIRECTS", "https://app.example.com http://localhost/cb"),
    ];
    // Registered before there was a list: the id is good, and what it says is not enough.
    let id = register(
        &clients(&[]),
        &world,
        json!({ "redirect_uris": ["https://app.example.com/cb", "https://other.example.com/cb"] }),
    );
    let clients = clients(&settings);
    world.serve(200, &[], &document);
    for id in [id["client_id"].as_str().unwrap(), "desk", "https://claude.ai/client"] {
        let client = find(&clients, &world, id).unwrap();
        assert!(client.may_redirect_to("https://app.example.com/cb"), "{id}");
        // Registered, and not allowed; allowed, and not registered; neither.
        for uri in ["https://other.example.com/cb", "https://app.example.com/else", "http://localhost:1/cb", EVIL] {
            assert!(!client.may_redirect_to(uri), "{id} {uri}");
        }
    }
    // Told at once, not when the user has signed in.
    let answer =
        register(&clients, &world, json!({ "redirect_uris": ["https://other.example.com/cb", "http://localhost:1/cb"] }));
    assert_eq!(answer["redirect_uris"], json!(["http://localhost:1/cb"]));
    let refused = clients.register(&world, json!({ "redirect_uris": [EVIL] }).to_string().as_bytes()).unwrap_err();
    assert_eq!(refused.error, "invalid_redirect_uri");
}

#[test]
fn fastmcp_4419_what_was_registered_under_older_rules_is_judged_again() {
    let redirect_uris = ["javascript:alert(1)", "https://a.example/../cb", "https://a.example/cb"].map(str::to_owned).to_vec();
    let client = Client { id: String::new(), name: None, origin: Origin::Registered, redirect_uris, allowed: Arc::default() };
    assert!(!client.may_redirect_to("javascript:alert(1)") && !client.may_redirect_to("https://a.example/../cb"));
    assert!(client.may_redirect_to("https://a.example/cb"));
}

#[test]
fn r5_our_client_at_the_upstream_is_nobody_here() {
    let (world, clients) = (World::new(), clients(&[("LATCH_CIMD_HOSTS", "claude.ai")]));
    let form = super::super::Form::parse(b"client_id=upstream-client&client_secret=upstream-secret").unwrap();
    assert_eq!(find(&clients, &world, "upstream-client").unwrap_err(), ClientError::Unknown);
    assert_eq!(clients.authenticate(&HeaderMap::new(), &form, START), Err(ClientError::Unknown));
    assert_eq!(world.fetches(), 0);
}

#[test]
fn if_20_a_registration_outlives_the_instance_the_year_and_the_rotation_of_keys() {
    let world = World::new();
    let id = register(&clients(&[]), &world, json!({ "redirect_uris": ["http://localhost/cb"], "client_name": "A" }));
    let id = id["client_id"].as_str().unwrap();
    world.now.set(START + 50 * 365 * 86_400);
    let key = |byte: u8| URL_SAFE_NO_PAD.encode([byte; 32]);
    let ring = |client: String| format!("seal={};client={client};sign={}", key(11), key(13));
    let rotated = ring(format!("{},{}", key(12), key(2)));
    let client = find(&clients(&[("LATCH_KEYS", &rotated)]), &world, id).unwrap();
    assert_eq!((client.id.as_str(), client.name.as_deref()), (id, Some("A")));
    for other in [
        clients(&[("LATCH_KEYS", &ring(key(12)))]),
        // Another endpoint with the same keys, and the same endpoint without registration.
        clients(&[("MCP_URL", "https://other.example.com/mcp")]),
        clients(&[("LATCH_DCR", "off"), ("LATCH_CIMD_HOSTS", "claude.ai")]),
    ] {
        assert_eq!(find(&other, &world, id).unwrap_err(), ClientError::Unknown);
        let form = super::super::Form::parse(format!("client_id={id}").as_bytes()).unwrap();
        assert_eq!(other.authenticate(&HeaderMap::new(), &form, START), Err(ClientError::Unknown));
    }
}

#[test]
fn an_identifier_that_was_changed_is_unknown() {
    let (world, clients) = (World::new(), clients(&[]));
    let id = registered(&clients, &world, &["http://localhost/cb"]).id;
    for at in 0..id.len() {
        let mut bytes = id.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(changed == id || find(&clients, &world, &changed).is_err(), "{at}");
    }
    for id in ["", "x", &id[1..], &format!("{id}A"), &"A".repeat(5000), "https://evil.example/client", "\u{202e}"] {
        assert_eq!(find(&clients, &world, id).unwrap_err(), ClientError::Unknown);
    }
}
