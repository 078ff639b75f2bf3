//! A server of its own: a tool that reckons, one that takes its time, one that asks, a prompt and resources.

use mcp_latch::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Add {
    /// The first number.
    a: i64,
    /// The second.
    b: i64,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

async fn add(Add { a, b }: Add) -> Result<Json<Sum>, ToolError> {
    a.checked_add(b).map(|sum| Json(Sum { sum })).ok_or_else(|| ToolError::new("The sum is too large."))
}

async fn count(cx: &Context<'_>) -> &'static str {
    for step in 1..=3 {
        cx.progress(f64::from(step), 3.0, "counting").await;
    }
    "one, two, three"
}

async fn greet(cx: &Context<'_>) -> Result<String, ToolError> {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] });
    let answer = cx.ask(&Ask::form("name", "What is your name?", schema))?;
    // The user may have said no; and what a client sends proves nothing, not even that it fits the schema.
    let name = answer["content"]["name"].as_str().filter(|_| answer["action"] == "accept");
    Ok(format!("Hello, {}!", name.unwrap_or("stranger")))
}

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: u64,
}

async fn note(Note { id }: Note) -> Option<String> {
    (id == 7).then(|| "Buy milk.".to_owned())
}

fn server(config: Config) -> Latch {
    let registry = Registry::new()
        .with_info(ServerInfo::new("calculator", env!("CARGO_PKG_VERSION")))
        .with_tool(tool("add", add).description("Adds two whole numbers.").read_only())
        .with_tool(tool("count", count).description("Counts to three.").read_only())
        .with_tool(tool("greet", greet).description("Greets the user by name."))
        .with_prompt(prompt("explain", async |Add { a, b }: Add| format!("Explain to me how {a} and {b} are added.")))
        .with_resource(resource("calc://manual", "manual", "# Manual\nIt adds.").mime_type("text/markdown"))
        .with_resources(resource_template("note://{id}", "note", note).complete("id", |_| ["7"]));
    Latch::with_registry(config, registry)
}

mcp_latch::component!(server);
