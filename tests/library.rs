//! The library's API at work, natively: who sees what, what becomes of errors, the token and the data handle.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code)]
#[path = "jose/keys.rs"]
mod keys;
#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

use std::sync::Mutex;

use futures::executor::block_on;
use http::Method;
use mcp_latch::{
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{Incoming, Request},
    prelude::*,
};

const NOW: UnixTime = 1_800_000_000;
const USER: &str = "522b276a-356b-5f39-a13d-fabea2cd43e1";
const NOTES: &str = "version = 1\n[tables.notes]\nactions = [\"select\"]\nkey = \"id\"\nscopes = [\"notes:read\"]\n\
                     [tables.notes.columns]\nid = \"bigint\"\ntitle = \"text\"\n";

/// A database of one note, and a log.
#[derive(Default)]
struct World {
    log: Mutex<String>,
    asked: Mutex<Vec<String>>,
}

impl Host for World {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        let bearer = request.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
        assert!(bearer.is_some_and(|bearer| bearer.to_str().unwrap().starts_with("Bearer ey")), "as the user");
        self.asked.lock().unwrap().push(request.url.to_owned());
        let body = br#"[{"id":7,"title":"milk"}]"#.to_vec();
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
        self.log.lock().unwrap().push_str(line);
    }
}

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

/// What its schema says and its type does not.
#[derive(Deserialize, JsonSchema)]
struct Bounded {
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
}

async fn stars(Bounded { stars }: Bounded) -> String {
    "*".repeat(usize::from(stars))
}

/// Fields in an order that is not the alphabet's.
#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Letter {
    to: String,
    #[serde(rename = "subject")]
    about: Option<String>,
    body: String,
    from: Option<String>,
}

async fn parse(Text { text }: Text) -> Result<String, ToolError> {
    Ok(text.parse::<i64>()?.to_string())
}

async fn peek(cx: &Context<'_>) -> String {
    cx.token().map_or_else(|| "none".to_owned(), |token| format!("{token:?} {}", token.expose().len()))
}

async fn titles(cx: &Context<'_>) -> Result<String, ToolError> {
    let page = cx.data()?.call("notes_select", json!({ "columns": ["title"] })).await?;
    Ok(page["rows"][0]["title"].as_str().unwrap_or_default().to_owned())
}

async fn wrong(cx: &Context<'_>) -> Result<String, ToolError> {
    Ok(cx.data()?.call("notes_select", json!({ "limit": "many" })).await?.to_string())
}

fn registry() -> Registry {
    Registry::new()
        .with_tool(tool("parse", parse))
        .with_tool(tool("peek", peek))
        .with_tool(tool("trusted", peek))
        .with_tool(tool("titles", titles))
        .with_tool(tool("wrong", wrong))
        .with_tool(tool("write", async || "written").scopes(["notes:read", "notes:write"]))
        .with_tool(tool("pro", async || ()).claim("app_metadata.plan", ["pro", "team"]))
        .with_tool(tool("mine", async || ()).when(|identity| identity.user().id == USER))
        .with_tool(tool("others", async || ()).when(|identity| identity.user().id != USER))
        .with_tool(
            tool("liar", async || CallResult::structured(json!({ "n": "x" })))
                .output_schema(json!({ "type": "object", "properties": { "n": { "type": "integer" } } })),
        )
        .with_tool(tool("mute", async || CallResult::content([])).output_schema(json!({ "type": "object" })))
        .with_tool(tool("sorry", async || CallResult::error("Not today.")).output_schema(json!({ "type": "object" })))
        .with_prompt(prompt("stars", stars))
        .with_resources(resource_template("stars://{stars}", "stars", stars))
        .with_prompt(prompt("hidden", async || "x").when(|_| false))
        .with_prompt(prompt("add", async |Text { text }: Text| text).complete("text", |_| ["Rust", "Ruby", "C"]))
        .with_resource(resource("doc://a", "a", "text").scopes(["notes:write"]))
        .with_resource(resource("doc://b", "b", "text").when(|_| false))
        .with_resource(resource("doc://c", "c", async |cx: &Context<'_>| cx.identity.user().id.clone()))
}

fn ask(world: &World, scope: &str, method: &str, params: Value) -> (u16, Value) {
    let jwks = String::from_utf8(keys::document(&[keys::EC.jwk()])).unwrap();
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("https://api.example.com".to_owned()),
        "SUPABASE_URL" => Some("https://abc.supabase.co".to_owned()),
        "LATCH_JWKS" => Some(jwks.clone()),
        "LATCH_DATA" => Some(NOTES.to_owned()),
        "LATCH_TOKEN_TO_TOOLS" => Some("trusted".to_owned()),
        _ => None,
    });
    let latch = Latch::with_registry(config.unwrap(), registry());
    let claims = json!({
        "iss": "https://abc.supabase.co/auth/v1", "sub": USER, "aud": "authenticated", "exp": NOW + 60, "role": "authenticated",
        "client_id": "9a8b7c6d-0000-4000-8000-000000000002", "scope": scope, "is_anonymous": false, "app_metadata": { "plan": "pro" }, "session_id": "0c0c6c1e-0000-4000-8000-000000000001"
    });
    let token = mint::token(&keys::EC.header(), &claims, &keys::EC.signer, "ES256");
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let body: Box<dyn Incoming> = Box::new(body.into_bytes());
    let mut request: Request<'_> = http::Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/mcp".parse().unwrap();
    let headers = [("content-type", "application/json"), ("authorization", &format!("Bearer {token}"))];
    for (name, value) in headers {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let response = block_on(latch.handle(world, request));
    (response.status().as_u16(), serde_json::from_slice(response.body().as_bytes()).unwrap_or_default())
}

fn call(world: &World, name: &str, arguments: Value) -> String {
    let (_, body) = ask(world, "notes:read", "tools/call", json!({ "name": name, "arguments": arguments }));
    body["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn lists_hold_what_the_caller_may_know_of() {
    let world = World::default();
    let names = |method: &str, member: &str| {
        let (_, body) = ask(&world, "notes:read", method, json!({}));
        body["result"][member]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("tools/list", "tools"),
        ["liar", "mine", "mute", "parse", "peek", "pro", "sorry", "titles", "trusted", "write", "wrong"]
    );
    assert_eq!(names("prompts/list", "prompts"), ["add", "stars"]);
    assert_eq!(names("resources/list", "resources"), ["a", "c"]);
}

#[test]
fn lacking_scopes_are_named_all_of_them() {
    let world = World::default();
    let (status, _) = ask(&world, "notes:read", "tools/call", json!({ "name": "write" }));
    assert_eq!(status, 403);
    assert_eq!(ask(&world, "notes:read", "resources/read", json!({ "uri": "doc://a" })).0, 403);
    let (status, body) = ask(&world, "notes:write notes:read", "tools/call", json!({ "name": "write" }));
    assert_eq!((status, &body["result"]["content"][0]["text"]), (200, &json!("written")));
    let (_, body) = ask(&world, "", "tools/call", json!({ "name": "others" }));
    assert_eq!(body["error"]["code"], -32602, "hidden is as good as absent");
    let (_, body) = ask(&world, "", "resources/read", json!({ "uri": "doc://b" }));
    assert_eq!(body["error"]["code"], -32002);
}

#[test]
fn foreign_errors_are_for_the_operator() {
    let world = World::default();
    let text = call(&world, "parse", json!({ "text": "seven" }));
    assert!(text.contains("operator") && !text.contains("digit"), "{text}");
    let log = world.log.lock().unwrap().clone();
    assert!(log.contains("tool_failed") && log.contains("invalid digit") && log.contains("parse"), "{log}");
}

#[test]
fn results_that_break_their_promise_are_found_in_debug_builds() {
    let world = World::default();
    assert!(call(&world, "liar", json!({})).contains("operator"));
    assert!(world.log.lock().unwrap().contains("does not fit the output schema"));
    assert!(call(&world, "mute", json!({})).contains("operator"));
    assert!(world.log.lock().unwrap().contains("no structured content"));
    assert_eq!(call(&world, "sorry", json!({})), "Not today.", "an error promises no structure");
}

#[test]
fn constraints_hold_for_every_function() {
    let world = World::default();
    let fill = |stars: &str| {
        let (_, body) = ask(&world, "", "prompts/get", json!({ "name": "stars", "arguments": { "stars": stars } }));
        body.pointer("/result/messages/0/content/text").or(body.pointer("/error/message")).cloned().unwrap_or_default()
    };
    assert_eq!(fill("3"), "***");
    assert_eq!(fill("6"), "The argument `stars` must be 5 or less.");
    assert_eq!(fill("x"), "The argument `stars` must be of type integer, not string.");
    let read = |uri: &str| ask(&world, "", "resources/read", json!({ "uri": uri })).1;
    assert_eq!(read("stars://3")["result"]["contents"][0]["text"], "***");
    assert_eq!(read("stars://6")["error"]["code"], -32002);
}

#[test]
fn blanks_keep_the_order_of_the_fields() {
    let order = |prompt: mcp_latch::typed::PromptFn| {
        prompt.spec().arguments.iter().map(|argument| argument.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(prompt("letter", async |_: Letter| "")), ["to", "subject", "body", "from"]);
}

#[test]
fn names_that_hosts_do_not_take_are_found_in_debug_builds() {
    for name in ["", "two words", "naïve", &"x".repeat(65)] {
        let made = std::panic::catch_unwind(|| drop(tool(name, async || ())));
        assert!(made.is_err(), "{name}");
    }
    tool("A-z_0.9", async || ());
}

#[test]
fn the_token_is_for_the_tools_named() {
    let world = World::default();
    assert_eq!(call(&world, "peek", json!({})), "none");
    let shown = call(&world, "trusted", json!({}));
    assert!(shown.starts_with("… ") && shown.len() > 4, "{shown}");
}

#[test]
fn the_data_handle_reads_as_the_user_within_the_declaration() {
    let world = World::default();
    assert_eq!(call(&world, "titles", json!({})), "milk");
    assert!(world.asked.lock().unwrap()[0].starts_with("https://abc.supabase.co/rest/v1/notes"));
    assert!(call(&world, "wrong", json!({})).contains("limit"), "the data tool's own sentence");
    // Without the data tool's scope the client learns what to sign in for.
    assert_eq!(ask(&world, "email", "tools/call", json!({ "name": "titles" })).0, 403);
}

#[test]
fn values_are_offered_while_one_types() {
    let world = World::default();
    let typed = json!({ "ref": { "type": "ref/prompt", "name": "add" }, "argument": { "name": "text", "value": "ru" } });
    let (_, body) = ask(&world, "", "completion/complete", typed);
    assert_eq!(body["result"]["completion"]["values"], json!(["Rust", "Ruby"]));
}

#[test]
fn resources_say_whether_they_change() {
    let world = World::default();
    let (_, body) = ask(&world, "", "resources/subscribe", json!({ "uri": "doc://c" }));
    assert_eq!(body["error"]["code"], -32002);
    let (_, body) = ask(&world, "notes:write", "resources/subscribe", json!({ "uri": "doc://a" }));
    assert_eq!(body["result"], json!({}));
    let (_, body) = ask(&world, "", "resources/read", json!({ "uri": "doc://c" }));
    assert_eq!(body["result"]["contents"][0]["text"], USER);
}
