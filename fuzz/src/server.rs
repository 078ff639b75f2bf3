//! What is tried: an endpoint with data tools, and one with everything a registry can hold.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use mcp_latch::{
    Latch, Whoami,
    config::Config,
    host::LocalFuture,
    identity::{Identity, Refusal},
    keys::Keys,
    mcp::{
        Access, Ask, CallResult, Called, Content, Context, Filled, LogLevel, Payload, Prompt, PromptArgument, PromptError,
        PromptSpec, ReadError, Reading, Registry, ResourceSpec, ResourceTemplate, Resources, Role, Tool, ToolSpec,
    },
};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::{
    outside::{NOW, SECRET, later},
    typed,
};

const PROJECT: &str = "https://abc.supabase.co";
const DATA: &str = r#"
version = 1
[tables.notes]
actions = ["select", "insert", "update", "upsert", "delete"]
key = "id"
max_affected = 3
[tables.notes.columns]
id = "bigint"
title = { type = "text", max_length = 20, required = true }
state = { enum = ["open", "done"] }
body = "jsonb"
[tables.secrets]
claims = { aal = "aal2" }
[tables.secrets.columns]
id = "integer"
[tables.reports]
scopes = ["reports:read"]
[tables.reports.columns]
id = "integer"
[functions.count_notes]
read_only = true
returns = "integer"
[functions.add]
returns = "void"
[functions.add.arguments]
a = { type = "integer", required = true }
b = "text[]"
"#;

/// A token that lets in.
pub(crate) static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let claims = json!({
        "iss": format!("{PROJECT}/auth/v1"), "sub": "522b276a-356b-5f39-a13d-fabea2cd43e1", "aud": "authenticated",
        "exp": NOW + 3600, "role": "authenticated", "session_id": "s", "client_id": "c", "email": "ada@example.com",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
    let Ok(hmac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else { return input };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(hmac.chain_update(&input).finalize().into_bytes()))
});

/// What makes the token one: it must not turn up anywhere.
pub(crate) fn signature() -> &'static str {
    TOKEN.rsplit('.').next().unwrap_or_default()
}

static DATA_TOOLS: LazyLock<Latch> = LazyLock::new(|| Latch::new(config(Some(DATA))));
static EVERYTHING: LazyLock<Latch> = LazyLock::new(|| {
    let registry = Registry::new()
        .with_tool(Whoami::default())
        .with_prompt(Letter::new())
        .with_resources(Shelf)
        .with_logging()
        .with_instructions("Try them all.")
        .with_extension("com.example/none", Map::new());
    let work = [Work::Talk, Work::Ask, Work::Blocks, Work::Region, Work::Scoped, Work::Hidden, Work::Refused, Work::Any];
    let registry = typed::add(registry);
    Latch::with_registry(config(None), work.into_iter().fold(registry, |registry, work| registry.with_tool(Test::new(work))))
});

/// One of the two servers.
pub(crate) fn latch(seed: u8) -> &'static Latch {
    if seed & 1 == 0 { &EVERYTHING } else { &DATA_TOOLS }
}

fn keys() -> String {
    let mut count = 0;
    let keys = Keys::generate(|key| {
        count += 1;
        key.fill(count);
    });
    keys.expose().to_owned()
}

fn config(data: Option<&str>) -> Config {
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("https://api.example.com".to_owned()),
        "SUPABASE_URL" => Some(PROJECT.to_owned()),
        "SUPABASE_PUBLISHABLE_KEY" => Some("sb_publishable_x".to_owned()),
        "SUPABASE_JWT_SECRET" => Some(SECRET.to_owned()),
        "LATCH_KEYS" => Some(keys()),
        "LATCH_DATA" => data.map(str::to_owned),
        _ => None,
    });
    config.unwrap_or_else(|errors| panic!("{errors}"))
}

#[derive(Clone, Copy)]
enum Work {
    Talk,
    Ask,
    Blocks,
    Region,
    Scoped,
    Hidden,
    Refused,
    Any,
}

struct Test {
    spec: ToolSpec,
    work: Work,
}

impl Test {
    fn new(work: Work) -> Self {
        let (name, properties) = match work {
            Work::Talk => ("talk", json!({ "times": { "type": "integer" } })),
            Work::Ask => ("ask", json!({ "what": { "type": "string" } })),
            Work::Blocks => ("blocks", json!({})),
            Work::Region => {
                let deep = json!({ "type": "object", "properties": { "size": { "type": "number", "x-mcp-header": "Size" } } });
                ("region", json!({ "region": { "type": "string", "x-mcp-header": "Region" }, "deep": deep }))
            }
            Work::Scoped => ("scoped", json!({})),
            Work::Hidden => ("hidden", json!({})),
            Work::Refused => ("refused", json!({})),
            Work::Any => ("any", json!({})),
        };
        let spec = ToolSpec {
            name: name.to_owned(),
            description: format!("Tries {name}."),
            input_schema: json!({ "type": "object", "properties": properties }),
            ..ToolSpec::default()
        };
        Self { spec, work }
    }
}

impl Tool for Test {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn access(&self, _: &Identity) -> Access {
        match self.work {
            Work::Scoped => Access::NeedsScopes(vec!["more".to_owned()]),
            Work::Hidden => Access::Hidden,
            _ => Access::Granted,
        }
    }

    fn call<'a>(&'a self, cx: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            match self.work {
                Work::Talk => talk(cx, arguments).await,
                Work::Ask => ask(cx, arguments),
                Work::Blocks => Ok(blocks()),
                Work::Refused => {
                    cx.progress(1.0, None, "not for long").await;
                    Err(Refusal::InsufficientScope { needed: vec!["more".to_owned()] }.into())
                }
                Work::Any => Ok(CallResult::structured(arguments.get("value").cloned().unwrap_or_default())),
                Work::Region | Work::Scoped | Work::Hidden => Ok(CallResult::structured(json!({ "got": arguments }))),
            }
        })
    }
}

async fn talk(cx: Context<'_>, arguments: &Map<String, Value>) -> Called {
    let times = arguments.get("times").and_then(Value::as_u64).unwrap_or(1).min(20);
    for time in 0..times {
        cx.log(LogLevel::Debug, "talk", "debug").await;
        cx.log(LogLevel::Error, "talk", json!({ "line": "a\nb" })).await;
        later().await;
        let done = f64::from(u32::try_from(time).unwrap_or_default());
        cx.progress(done + 0.5, (time % 2 == 0).then_some(20.0), None).await;
    }
    Ok(CallResult::content([Content::text("done").for_audience([Role::User]).with_priority(0.5)]))
}

/// What to ask is the argument's choice; each call may take several rounds.
fn ask(cx: Context<'_>, arguments: &Map<String, Value>) -> Called {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] });
    let name = Ask::form("name", "Who?", schema);
    let model = json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": "?" } }], "maxTokens": 9 });
    let answer = match arguments.get("what").and_then(Value::as_str).unwrap_or_default() {
        "url" => cx.ask(&Ask::url("page", "Pay.", "https://example.com/pay"))?,
        "model" => cx.ask(&Ask::sample("model", model))?,
        "roots" => cx.ask(&Ask::roots("roots"))?,
        "both" => json!(cx.ask_all([&name, &Ask::sample("model", model)])?),
        "twice" => {
            let first = cx.ask(&name)?;
            cx.remember(json!({ "first": first }));
            cx.ask(&Ask::roots("roots"))?
        }
        "again" => return Err(cx.ask_again(&name)),
        _ => cx.ask(&name)?,
    };
    Ok(CallResult::structured(json!({ "answer": answer, "memory": cx.memory() })))
}

fn blocks() -> CallResult {
    let link =
        ResourceSpec { uri: "shelf://text".into(), name: "text".into(), mime_type: "text/plain".into(), ..Default::default() };
    CallResult::content([
        Content::text("a"),
        Content::image([1, 2, 3], "image/png"),
        Content::audio([1, 2, 3], "audio/wav"),
        Content::link(link),
        Content::embedded("shelf://text", "text/plain", Payload::Text("a".into())),
        Content::embedded("shelf://bytes", "image/png", Payload::Bytes(vec![0, 255])),
    ])
}

struct Letter(PromptSpec);

impl Letter {
    fn new() -> Self {
        let argument = |name: &str, required| PromptArgument { name: name.into(), description: None, required };
        let arguments = vec![argument("to", true), argument("from", false)];
        Self(PromptSpec { name: "letter".into(), arguments, ..Default::default() })
    }
}

impl Prompt for Letter {
    fn spec(&self) -> &PromptSpec {
        &self.0
    }

    fn get<'a>(&'a self, cx: Context<'a>, given: &'a Map<String, Value>) -> LocalFuture<'a, Result<Filled, PromptError>> {
        Box::pin(async move {
            cx.progress(1.0, 2.0, "half").await;
            match given.get("to").and_then(Value::as_str) {
                Some("roots") => drop(cx.ask(&Ask::roots("roots"))?),
                Some("nobody") => return Err(PromptError::Invalid("nobody reads it".into())),
                Some("lost") => return Err(PromptError::Failed("it is lost".into())),
                _ => {}
            }
            let messages = vec![(Role::User, Content::text("Dear")), (Role::Assistant, Content::image([1], "image/png"))];
            Ok(Filled { description: Some("A letter.".into()), messages })
        })
    }

    fn complete(&self, _: &Identity, _: &str, typed: &str, _: &Map<String, Value>) -> Vec<String> {
        (0..120).map(|index| format!("{typed}{index}")).collect()
    }
}

struct Shelf;

impl Resources for Shelf {
    fn list(&self, _: &Identity) -> Vec<ResourceSpec> {
        let spec = |name: String| ResourceSpec {
            uri: format!("shelf://{name}"),
            name,
            mime_type: "text/plain".into(),
            size: Some(1),
            ..Default::default()
        };
        (0..250).map(|index| spec(format!("{index:03}"))).collect()
    }

    fn templates(&self, _: &Identity) -> Vec<ResourceTemplate> {
        let uri_template = "shelf://book/{id}".to_owned();
        vec![ResourceTemplate { uri_template, name: "book".into(), mime_type: "text/plain".into(), ..Default::default() }]
    }

    fn read<'a>(&'a self, cx: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            later().await;
            let body = match uri {
                "shelf://text" => Payload::Text("a".into()),
                "shelf://bytes" => Payload::Bytes(vec![0, 159]),
                "shelf://ask" => Payload::Text(cx.ask(&Ask::roots("roots"))?.to_string()),
                "shelf://burnt" => return Err(ReadError::Failed("it is burnt".into())),
                "shelf://book/0" => return Err(ReadError::Invalid("books start at 1".into())),
                "shelf://locked" => return Err(Refusal::InsufficientScope { needed: vec!["more".to_owned()] }.into()),
                _ => return Err(ReadError::NotFound),
            };
            Ok(Reading { mime_type: "text/plain".into(), body, ttl_ms: 5 })
        })
    }

    fn complete(&self, _: &Identity, template: &str, name: &str, typed: &str, _: &Map<String, Value>) -> Option<Vec<String>> {
        (template == "shelf://book/{id}" && name == "id").then(|| vec![format!("{typed}1")])
    }

    fn is_fixed(&self, _: &Identity, uri: &str) -> bool {
        uri == "shelf://text"
    }

    fn has_fixed(&self) -> bool {
        true
    }
}
