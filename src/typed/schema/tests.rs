use serde::{Deserialize, Serialize};

use super::*;

/// A note.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Note {
    /// What it is about.
    title: String,
    stars: Option<u8>,
    #[serde(default = "ten")]
    most: i64,
    state: State,
    rows: Vec<Row>,
    weight: f64,
    any: Value,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Done,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Row {
    id: u32,
    /// Rows below.
    below: Vec<Row>,
}

fn ten() -> i64 {
    10
}

#[test]
fn schemas_hold_nothing_that_nobody_reads() {
    let (schema, description) = of_input::<Note>();
    assert_eq!(description.as_deref(), Some("A note."));
    let text = schema.to_string();
    for noise in ["$schema", "\"title\":\"", "int64", "uint8", "double"] {
        assert!(!text.contains(noise), "{noise}: {text}");
    }
    let properties = &schema["properties"];
    assert_eq!(properties["title"], json!({ "type": "string", "description": "What it is about." }));
    assert_eq!(properties["stars"], json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 255 }));
    assert_eq!(properties["most"], json!({ "type": "integer", "default": 10 }));
    assert_eq!(properties["state"], json!({ "type": "string", "enum": ["open", "done"] }));
    assert_eq!(schema["required"], json!(["title", "state", "rows", "weight", "any"]));
    assert!(schema["$defs"]["Row"].is_object(), "recursion needs a name: {text}");
}

#[test]
fn any_object_is_a_schema_of_arguments() {
    assert_eq!(of_input::<Value>().0, json!({ "type": "object" }));
    assert_eq!(of_input::<Map<String, Value>>().0["type"], "object");
}

#[test]
#[should_panic(expected = "make them a struct")]
fn arguments_that_are_no_object_are_found_in_tests() {
    of_input::<i64>();
}

#[test]
fn texts_become_what_the_schema_wants() {
    let schema = json!({ "properties": {
        "n": { "type": "integer" }, "b": { "type": ["boolean", "null"] }, "s": { "type": "string" }, "both": { "type": ["string", "integer"] }
    } });
    let texts = ["n", "b", "s", "both"].map(|name| (name.to_owned(), if name == "b" { "true" } else { "7" }.to_owned()));
    assert_eq!(Value::Object(typed(&schema, texts)), json!({ "n": 7, "b": true, "s": "7", "both": "7" }));
    assert_eq!(Value::Object(typed(&schema, [("n".to_owned(), "x".to_owned())])), json!({ "n": "x" }));
}

#[test]
fn choices_of_an_enum() {
    assert_eq!(choices(&of_input::<Note>().0, "state"), ["open", "done"]);
    assert!(choices(&of_input::<Note>().0, "title").is_empty());
}
