//! `examples/custom-server`, built and driven like any component.

use std::{path::PathBuf, process::Command, sync::LazyLock};

use mcp_latch_host::client::Reply;
use serde_json::{Value, json};

use crate::bench::{Bench, Setup, meta};

static COMPONENT: LazyLock<PathBuf> = LazyLock::new(build);

/// Builds the example as the default component is built; what both need is compiled once.
fn build() -> PathBuf {
    // The default component's build also brings the target, should it be missing.
    crate::bench::component_path();
    let messages = cargo(&["--package", "custom-server"]);
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let artefact = messages.find(|message| message["target"]["name"] == "custom_server" && message["filenames"].is_array());
    let files = artefact.expect("cargo names no artefact")["filenames"].clone();
    files.as_array().unwrap().iter().filter_map(Value::as_str).find(|name| name.ends_with(".wasm")).unwrap().into()
}

fn cargo(what: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--locked", "--profile", "component", "--target", "wasm32-wasip2", "--message-format", "json"])
        .args(what);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn start() -> Bench {
    let component = tokio::task::spawn_blocking(|| COMPONENT.clone()).await.unwrap();
    Setup::supabase().await.component(component).start().await
}

async fn send(bench: &Bench, method: &str, params: Value) -> Reply {
    let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).map(str::to_owned);
    let mut call = bench.modern(method, params);
    if let Some(name) = name {
        call = call.header("mcp-name", &name);
    }
    call.bearer(&bench.good()).send().await.unwrap()
}

async fn result(bench: &Bench, method: &str, params: Value) -> Value {
    let mut body: Value = send(bench, method, params).await.json().unwrap();
    body["result"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_lists_what_its_types_say() {
    let bench = start().await;
    let discovered = result(&bench, "server/discover", json!({})).await;
    assert_eq!(discovered["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "calculator");
    let tools = result(&bench, "tools/list", json!({})).await["tools"].clone();
    let names: Vec<&str> = tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["add", "count", "greet"]);
    let number = |text: &str| json!({ "type": "integer", "description": text });
    assert_eq!(
        tools[0]["inputSchema"],
        json!({
            "type": "object",
            "properties": { "a": number("The first number."), "b": number("The second.") },
            "required": ["a", "b"]
        })
    );
    assert_eq!(tools[0]["outputSchema"]["required"], json!(["sum"]));
    assert_eq!(tools[0]["annotations"]["readOnlyHint"], true);
    let prompts = result(&bench, "prompts/list", json!({})).await;
    assert_eq!(
        prompts["prompts"][0]["arguments"][0],
        json!({ "name": "a", "description": "The first number.", "required": true })
    );
    let resources = result(&bench, "resources/list", json!({})).await;
    assert_eq!(
        (&resources["resources"][0]["size"], &resources["resources"][0]["mimeType"]),
        (&json!(17), &json!("text/markdown"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_called() {
    let bench = start().await;
    let add = async |arguments| result(&bench, "tools/call", json!({ "name": "add", "arguments": arguments })).await;
    assert_eq!(add(json!({ "a": 2, "b": 3 })).await["structuredContent"], json!({ "sum": 5 }));
    for (arguments, sentence) in [
        (json!({ "a": 2 }), "The argument `b` is missing."),
        (json!({ "a": 2, "b": "3" }), "The argument `b` must be of type integer, not string."),
        (json!({ "a": i64::MAX, "b": 1 }), "The sum is too large."),
    ] {
        let result = add(arguments).await;
        assert_eq!((&result["isError"], &result["content"][0]["text"]), (&json!(true), &json!(sentence)));
    }
    let prompt = result(&bench, "prompts/get", json!({ "name": "explain", "arguments": { "a": "1", "b": "2" } })).await;
    assert_eq!(prompt["messages"][0]["content"]["text"], "Explain to me how 1 and 2 are added.");
    let read = async |uri| send(&bench, "resources/read", json!({ "uri": uri })).await.json::<Value>().unwrap();
    assert_eq!(read("calc://manual").await["result"]["contents"][0]["text"], "# Manual\nIt adds.");
    assert_eq!(read("note://7").await["result"]["contents"][0]["text"], "Buy milk.");
    for nothing in ["note://8", "note://x", "note://..%2F7"] {
        assert_eq!(read(nothing).await["error"]["code"], -32602, "{nothing}");
    }
    let typed = json!({ "ref": { "type": "ref/resource", "uri": "note://{id}" }, "argument": { "name": "id", "value": "" } });
    assert_eq!(result(&bench, "completion/complete", typed).await["completion"]["values"], json!(["7"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_tells_of_its_progress_and_asks() {
    let bench = start().await;
    let mut meta = meta();
    meta["progressToken"] = json!("p");
    let reply = send(&bench, "tools/call", json!({ "name": "count", "_meta": meta })).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    let events: Vec<Value> = events.collect();
    assert_eq!(events.iter().filter(|event| event["method"] == "notifications/progress").count(), 3, "{text}");
    assert_eq!(events.last().unwrap()["result"]["content"][0]["text"], "one, two, three");

    let mut able = crate::bench::meta();
    able["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": { "form": {} } });
    let asked = result(&bench, "tools/call", json!({ "name": "greet", "_meta": able })).await;
    assert_eq!(asked["resultType"], "input_required");
    assert_eq!(asked["inputRequests"]["name"]["params"]["message"], "What is your name?");
    for (action, expected) in [("accept", "Hello, Ada!"), ("decline", "Hello, stranger!"), ("cancel", "Hello, stranger!")] {
        let answers = json!({ "name": { "action": action, "content": { "name": "Ada" } } });
        let greeted = result(&bench, "tools/call", json!({ "name": "greet", "_meta": able, "inputResponses": answers })).await;
        assert_eq!(greeted["content"][0]["text"], expected, "{action}");
    }
}
