//! Tools that ask the client. To clients of older revisions the library answers for them: `isError`, and why.

use mcp_latch::mcp::{Ask, CallResult, Called, Content, Context, Interrupt, Registry};
use serde_json::{Value, json};

use crate::fixture::{Arguments, Fixture, text};

/// What the tools with state remember.
const MEMORY: &str = "what the first round knew";

pub(crate) fn add(registry: Registry) -> Registry {
    let message = json!({ "type": "object", "properties": { "message": { "type": "string" } } });
    let prompt = json!({ "type": "object", "properties": { "prompt": { "type": "string" } } });
    registry
        .with_tool(
            Fixture::new("test_sampling", "Asks the client's model", |cx, args| Box::pin(async move { sampling(cx, args) }))
                .taking(prompt),
        )
        .with_tool(
            Fixture::new("test_elicitation", "Asks the user", |cx, args| Box::pin(async move { elicitation(cx, args) }))
                .taking(message),
        )
        .with_tool(Fixture::new("test_elicitation_sep1034_defaults", "Asks the user, with defaults", |cx, _| {
            Box::pin(async move { form(cx, defaults()) })
        }))
        .with_tool(Fixture::new("test_elicitation_sep1330_enums", "Asks the user to choose", |cx, _| {
            Box::pin(async move { form(cx, choices()) })
        }))
        .with_tool(Fixture::new("test_missing_capability", "Needs a client that can sample", |cx, _| {
            Box::pin(async move { said(cx.ask(&sample("sample", "Say a word."))?.to_string()) })
        }))
        .with_tool(Fixture::new("test_streaming_elicitation", "Reports progress, then asks the user", |cx, _| {
            Box::pin(async move {
                cx.progress(1.0, 2.0, None).await;
                said(cx.ask(&name("user_name", "What is your name?"))?.to_string())
            })
        }))
        .with_tool(Fixture::new("test_input_required_result_elicitation", "Asks for a name", |cx, _| {
            Box::pin(async move {
                let ask = name("user_name", "What is your name?");
                let answer = cx.ask(&ask)?;
                if answer["action"] == "accept" && !answer["content"]["name"].is_string() {
                    return Err(cx.ask_again(&ask));
                }
                said(match answer["content"]["name"].as_str() {
                    Some(name) => format!("Hello, {name}!"),
                    None => "Hello, whoever you are!".to_owned(),
                })
            })
        }))
        .with_tool(Fixture::new("test_input_required_result_sampling", "Asks for a capital", |cx, _| {
            Box::pin(async move {
                let answer = cx.ask(&sample("capital_question", "What is the capital of France?"))?;
                said(answer["content"]["text"].as_str().unwrap_or("no answer"))
            })
        }))
        .with_tool(Fixture::new("test_input_required_result_list_roots", "Asks for the client's folders", |cx, _| {
            Box::pin(async move { said(format!("roots: {}", cx.ask(&Ask::roots("client_roots"))?["roots"])) })
        }))
        .with_tool(Fixture::new("test_input_required_result_request_state", "Remembers between two rounds", |cx, _| {
            Box::pin(async move { confirmed(cx) })
        }))
        .with_tool(Fixture::new("test_input_required_result_tampered_state", "Remembers what nobody may change", |cx, _| {
            Box::pin(async move { confirmed(cx) })
        }))
        .with_tool(Fixture::new("test_input_required_result_multiple_inputs", "Asks three things at once", |cx, _| {
            Box::pin(async move {
                cx.remember(MEMORY);
                let greeting = sample("greeting", "Generate a greeting");
                let answers = cx.ask_all([&name("user_name", "What is your name?"), &greeting, &Ask::roots("client_roots")])?;
                said(json!(answers).to_string())
            })
        }))
        .with_tool(Fixture::new("test_input_required_result_multi_round", "Asks one thing after the other", |cx, _| {
            Box::pin(async move {
                cx.remember(1);
                let first = cx.ask(&name("step1", "Step 1: What is your name?"))?;
                cx.remember(2);
                let colour = json!({ "type": "object", "properties": { "color": { "type": "string" } }, "required": ["color"] });
                let second = cx.ask(&Ask::form("step2", "Step 2: What is your favorite color?", colour))?;
                said(format!("{} likes {}", first["content"]["name"], second["content"]["color"]))
            })
        }))
        .with_tool(Fixture::new("test_input_required_result_capabilities", "Asks what the client can be asked", |cx, _| {
            Box::pin(async move {
                let (user, model) = (name("user_name", "What is your name?"), sample("greeting", "Generate a greeting"));
                said(match (cx.can_ask(&user), cx.can_ask(&model)) {
                    (true, true) => json!(cx.ask_all([&user, &model])?).to_string(),
                    (true, false) => cx.ask(&user)?.to_string(),
                    _ => cx.ask(&model)?.to_string(),
                })
            })
        }))
}

fn said(text: impl Into<String>) -> Called {
    Ok(CallResult::content([Content::text(text)]))
}

/// Asks for a name.
pub(crate) fn name(key: &str, message: &str) -> Ask {
    Ask::form(key, message, json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] }))
}

fn sample(key: &str, question: &str) -> Ask {
    let message = json!({ "role": "user", "content": { "type": "text", "text": question } });
    Ask::sample(key, json!({ "messages": [message], "maxTokens": 100 }))
}

fn confirmed(cx: Context<'_>) -> Called {
    let memory = cx.memory();
    cx.remember(MEMORY);
    let ok = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"] });
    cx.ask(&Ask::form("confirm", "Please confirm", ok))?;
    said(if memory == Some(json!(MEMORY)) { "state-ok" } else { "the state is lost" })
}

fn sampling(cx: Context<'_>, arguments: &Arguments) -> Called {
    let answer = cx.ask(&sample("sample", text(arguments, "prompt", "Say a word.")))?;
    said(format!("LLM response: {}", answer["content"]["text"].as_str().unwrap_or_default()))
}

fn elicitation(cx: Context<'_>, arguments: &Arguments) -> Called {
    let properties = json!({ "username": { "type": "string" }, "email": { "type": "string", "format": "email" } });
    let schema = json!({ "type": "object", "properties": properties, "required": ["username", "email"] });
    answered(cx.ask(&Ask::form("user", text(arguments, "message", "Who are you?"), schema)))
}

fn form(cx: Context<'_>, properties: Value) -> Called {
    let schema = json!({ "type": "object", "properties": properties });
    answered(cx.ask(&Ask::form("form", "Please fill in the form", schema)))
}

fn answered(answer: Result<Value, Interrupt>) -> Called {
    let answer = answer?;
    said(format!("action={}, content={}", answer["action"].as_str().unwrap_or("none"), answer["content"]))
}

/// A default of each kind.
fn defaults() -> Value {
    json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
        "verified": { "type": "boolean", "default": true }
    })
}

/// A choice of each kind.
fn choices() -> Value {
    let titled = json!([{ "const": "one", "title": "One" }, { "const": "two", "title": "Two" }]);
    json!({
        "untitledSingle": { "type": "string", "enum": ["one", "two"] },
        "titledSingle": { "type": "string", "oneOf": titled.clone() },
        "legacyEnum": { "type": "string", "enum": ["one", "two"], "enumNames": ["One", "Two"] },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": ["one", "two"] } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled } }
    })
}
