//! Resources under rules, natively: no other spelling of a URI gets past one, and neither schemas nor completions do.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

use std::sync::Mutex;

use futures::executor::block_on;
use mcp_latch::{
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{Incoming, Request},
    prelude::*,
};

const NOW: UnixTime = 1_800_000_000;
const SECRET: &str = "a-secret-of-the-matrix-test-32-bytes-long";
const UUID: &str = "abcdefab-0000-4000-8000-000000000001";
const DATA: &str = "version = 1\n[tables.notes]\nactions = [\"select\"]\nkey = \"id\"\n[tables.notes.columns]\nid = \"int8\"\n\
                    state = { enum = [\"open\", \"fired\"] }\n[tables.people]\nactions = [\"select\"]\nkey = \"id\"\n\
                    columns = { id = \"uuid\" }\n";

/// A database of one row, and what was asked for and logged.
#[derive(Default)]
struct World {
    log: Mutex<Vec<String>>,
    urls: Mutex<Vec<String>>,
}

impl Host for World {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        self.urls.lock().unwrap().push(request.url.to_owned());
        let row = if request.url.contains("people") { json!({ "id": UUID }) } else { json!({ "id": 7, "state": "open" }) };
        let body = json!([row]).to_string().into_bytes();
        Box::pin(async { Ok(Fetched { status: 200, body, ..Fetched::default() }) })
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
        self.log.lock().unwrap().push(line.to_owned());
    }
}

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Price {
    price: f64,
}

#[derive(Deserialize, JsonSchema)]
struct Word {
    word: String,
}

struct Endpoint {
    latch: Latch,
    world: World,
}

impl Endpoint {
    /// With a policy, and other settings.
    fn new(policy: &str, more: &[(&str, &str)]) -> Self {
        let policy = format!("version = 1\n{policy}");
        let base = [
            ("MCP_URL", "https://api.example.com"),
            ("SUPABASE_URL", "https://abc.supabase.co"),
            ("SUPABASE_JWT_SECRET", SECRET),
            ("LATCH_DATA", DATA),
            ("LATCH_POLICY", &policy),
        ];
        let all = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::from_env(all.collect::<Vec<_>>()).unwrap_or_else(|errors| panic!("{errors}"));
        let registry = Registry::new()
            .with_tool(tool("idle", async || ()))
            .with_resources(resource_template("note://{id}", "note", async |Note { id }: Note| format!("note {id}")))
            .with_resources(resource_template("price://{price}", "price", async |Price { price }: Price| format!("{price}")))
            .with_resources(
                resource_template("file://{word}", "file", async |Word { word }: Word| word)
                    .complete("word", |_| ["merger plan", "payroll"])
                    .scopes(["files:read"]),
            );
        Self { latch: Latch::with_registry(config.clone(), registry.with_data(&config)), world: World::default() }
    }

    /// As a user with these scopes, or as nobody.
    fn send(&self, scope: Option<&str>, method: &str, params: Value) -> (u16, Value, String) {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let body: Box<dyn Incoming> = Box::new(body.into_bytes());
        let mut request: Request<'_> = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = "/mcp".parse().unwrap();
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        if let Some(scope) = scope {
            let claims = json!({
                "iss": "https://abc.supabase.co/auth/v1", "sub": "522b276a-356b-5f39-a13d-fabea2cd43e1", "aud": "authenticated",
                "exp": NOW + 3600, "iat": NOW, "role": "authenticated", "session_id": "s", "client_id": "c", "scope": scope
            });
            let header = json!({ "alg": "HS256", "typ": "JWT" });
            let token = mint::token(&header, &claims, &mint::Signer::Hmac(SECRET.as_bytes().to_vec()), "HS256");
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let response = block_on(self.latch.handle(&self.world, request));
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(response.body().as_bytes()).unwrap_or_default();
        (response.status().as_u16(), body, challenge.unwrap_or_default())
    }

    fn is_read(&self, scope: Option<&str>, uri: &str) -> bool {
        self.send(scope, "resources/read", json!({ "uri": uri })).1.get("result").is_some()
    }

    fn complete(&self, scope: &str, template: &str, variable: &str, filled: Value) -> (u16, Value, String) {
        let params = json!({
            "ref": { "type": "ref/resource", "uri": template }, "argument": { "name": variable, "value": "" },
            "context": { "arguments": filled }
        });
        let (status, body, challenge) = self.send(Some(scope), "completion/complete", params);
        (status, body["result"]["completion"]["values"].clone(), challenge)
    }

    fn asked(&self) -> usize {
        self.world.urls.lock().unwrap().len()
    }
}

#[test]
fn a_value_has_one_spelling() {
    const RULE: &str = "[resources.\"note://7\"]\nroles = [\"admin\"]\n[resources.\"price://7\"]\nroles = [\"admin\"]\n";
    let user = Endpoint::new(RULE, &[]);
    let public = format!(
        "{RULE}[resources.\"note://*\"]\nanonymous = true\n[resources.\"price://*\"]\nanonymous = true\n[tools.idle]\nanonymous = true\n"
    );
    let guest = Endpoint::new(&public, &[("LATCH_ANONYMOUS", "tools")]);
    for (endpoint, scope) in [(&user, Some("")), (&guest, None)] {
        for uri in ["note://8", "note://0", "note://%38", "price://8", "price://-0.5", "price://0.125"] {
            assert!(endpoint.is_read(scope, uri), "{uri}");
        }
        for id in ["7", "%37", "%207", "7%20", "07", "7.0", "70e-1", "7e0", "+7", "%2B7", "7%C2%A0", "-0"] {
            assert!(!endpoint.is_read(scope, &format!("note://{id}")), "{id}");
            assert!(!endpoint.is_read(scope, &format!("price://{id}")), "{id}");
        }
        for other in ["8.0", "80e-1", "0.50", "5e-1", "9007199254740993", "-0.0", "%208"] {
            assert!(!endpoint.is_read(scope, &format!("price://{other}")), "{other}");
        }
    }
}

#[test]
fn a_row_has_one_spelling() {
    let policy = format!(
        "[resources.\"supabase://table/notes/7\"]\nroles = [\"admin\"]\n[resources.\"supabase://table/people/{UUID}\"]\nroles = [\"admin\"]\n"
    );
    let endpoint = Endpoint::new(&policy, &[]);
    let upper = UUID.to_uppercase();
    for id in ["notes/7", "notes/%37", "notes/07", "notes/+7", "notes/%207", "notes/-0"] {
        assert!(!endpoint.is_read(Some(""), &format!("supabase://table/{id}")), "{id}");
    }
    for id in [UUID, &upper, &upper.to_lowercase().replacen('a', "A", 1), &UUID.replacen('a', "%61", 1)] {
        assert!(!endpoint.is_read(Some(""), &format!("supabase://table/people/{id}")), "{id}");
    }
    assert_eq!(endpoint.asked(), 0, "the database was asked for a row under another spelling");
    assert!(endpoint.is_read(Some(""), "supabase://table/notes/8"));
    assert!(endpoint.is_read(Some(""), &format!("supabase://table/people/{}2", &UUID[..35])));
    assert_eq!(endpoint.asked(), 2);
    // An entry for one row is no boundary; one for the table is.
    assert!(endpoint.is_read(Some(""), "supabase://table/notes/where/id/7"));
    let table = Endpoint::new("[resources.\"supabase://table/notes*\"]\nroles = [\"admin\"]\n", &[]);
    for uri in ["", "/7", "/where/id/7", "/where/state/open"] {
        assert!(!table.is_read(Some(""), &format!("supabase://table/notes{uri}")), "{uri}");
    }
    assert_eq!(table.asked(), 0);
}

#[test]
fn the_schema_of_a_table_is_for_whoever_may_read_it() {
    let public = "[resources.\"*\"]\nanonymous = true\n[tools.\"*\"]\nanonymous = true\n";
    let guest = Endpoint::new(public, &[("LATCH_ANONYMOUS", "tools")]);
    for uri in ["supabase://table/notes", "supabase://table/notes/7", "supabase://table/notes/where/state/open"] {
        let (status, body, challenge) = guest.send(None, "resources/read", json!({ "uri": uri }));
        assert_eq!(status, 401, "{uri} {body}");
        assert!(challenge.contains("resource_metadata=") && !challenge.contains("error="), "{challenge}");
        assert!(guest.is_read(Some(""), uri), "{uri}");
    }
    let scoped = Endpoint::new("[tools.\"notes_*\"]\nscopes = [\"notes:read\"]\n", &[]);
    for uri in ["supabase://table/notes", "supabase://table/notes/7"] {
        let (status, _, challenge) = scoped.send(Some(""), "resources/read", json!({ "uri": uri }));
        assert!(status == 403 && challenge.contains("scope=\"notes:read\""), "{uri} {status} {challenge}");
        assert!(scoped.is_read(Some("notes:read"), uri), "{uri}");
    }
    let hidden = Endpoint::new("[tools.\"notes_*\"]\nroles = [\"admin\"]\n", &[]);
    for uri in ["supabase://table/notes", "supabase://table/notes/7"] {
        assert_eq!(hidden.send(Some(""), "resources/read", json!({ "uri": uri })).1["error"]["code"], -32002, "{uri}");
    }
}

#[test]
fn lists_of_what_is_granted_leave_out_what_needs_scopes() {
    let policy = "[tools.\"notes_*\"]\nscopes = [\"notes:read\"]\n";
    let listed = |listing: &str, scope: &str| {
        let endpoint = Endpoint::new(policy, &[("LATCH_LISTING", listing)]);
        let list = |method: &str, member: &str, name: &str| {
            let body = endpoint.send(Some(scope), method, json!({})).1;
            body["result"][member]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item[name].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        (list("resources/list", "resources", "name"), list("resources/templates/list", "resourceTemplates", "name"))
    };
    assert_eq!(listed("reachable", "").0, ["notes", "people"]);
    let (resources, templates) = listed("granted", "");
    assert_eq!(
        (resources, templates),
        (vec!["people".to_owned()], ["note", "price", "table", "row", "rows"].map(String::from).to_vec())
    );
    let (resources, templates) = listed("granted", "notes:read files:read");
    assert_eq!((resources.len(), templates.len()), (2, 6));
}

#[test]
fn completions_need_what_the_template_needs() {
    let endpoint = Endpoint::new("[resources.\"file://*\"]\nscopes = [\"all:read\"]\n", &[]);
    let (status, values, challenge) = endpoint.complete("", "file://{word}", "word", json!({}));
    assert_eq!((status, values), (403, Value::Null));
    assert!(challenge.contains("scope=\"all:read files:read\""), "{challenge}");
    assert_eq!(endpoint.complete("all:read", "file://{word}", "word", json!({})).0, 403);
    let (status, values, _) = endpoint.complete("all:read files:read", "file://{word}", "word", json!({}));
    assert_eq!((status, values), (200, json!(["merger plan", "payroll"])));
}

#[test]
fn completions_offer_nothing_that_is_hidden() {
    let policy =
        "[resources.\"file://merger plan\"]\nroles = [\"admin\"]\n[resources.\"supabase://table/people\"]\nroles = [\"admin\"]\n";
    let endpoint = Endpoint::new(policy, &[]);
    assert_eq!(endpoint.complete("files:read", "file://{word}", "word", json!({})).1, json!(["payroll"]));
    assert_eq!(endpoint.complete("", "supabase://table/{table}", "table", json!({})).1, json!(["notes"]));
    let fired = "[resources.\"supabase://table/notes/where/state/fired\"]\nroles = [\"admin\"]\n";
    let template = "supabase://table/{table}/where/{column}/{value}";
    let filled = json!({ "table": "notes", "column": "state" });
    assert_eq!(Endpoint::new(fired, &[]).complete("", template, "value", filled).1, json!(["open"]));
}

#[test]
fn completions_of_a_table_need_what_its_tool_needs() {
    let endpoint = Endpoint::new("[tools.\"notes_*\"]\nscopes = [\"notes:read\"]\n", &[]);
    let template = "supabase://table/{table}/where/{column}/{value}";
    for (variable, filled, expected) in [
        ("column", json!({ "table": "notes" }), json!(["id", "state"])),
        ("value", json!({ "table": "notes", "column": "state" }), json!(["fired", "open"])),
    ] {
        let (status, values, challenge) = endpoint.complete("", template, variable, filled.clone());
        assert!(
            status == 403 && values.is_null() && challenge.contains("scope=\"notes:read\""),
            "{variable} {values} {challenge}"
        );
        assert_eq!(endpoint.complete("notes:read", template, variable, filled).1, expected);
    }
    // Without a table, those that may be read.
    assert_eq!(endpoint.complete("", template, "table", json!({})).1, json!(["people"]));
    assert_eq!(endpoint.complete("", template, "column", json!({})).1, json!(["id"]));
    assert_eq!(endpoint.complete("", template, "value", json!({ "column": "state" })).1, json!([]));
    let all = Endpoint::new("[tools.\"*\"]\nscopes = [\"notes:read\"]\n", &[]);
    assert_eq!(all.complete("", template, "table", json!({})).0, 403);
}

#[test]
fn a_completion_that_is_hidden_is_noted() {
    let endpoint = Endpoint::new("[resources.\"note://*\"]\nroles = [\"admin\"]\n", &[]);
    endpoint.send(Some(""), "resources/read", json!({ "uri": "note://7" }));
    endpoint.complete("", "note://{id}", "id", json!({}));
    let log = endpoint.world.log.lock().unwrap().clone();
    let notes = log.iter().filter(|line| line.contains("\"reason\":\"hidden\""));
    assert_eq!(notes.count(), 2, "{log:?}");
}
