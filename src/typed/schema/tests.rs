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

/// The one spelling of each value, and no other.
#[test]
fn variables_have_one_spelling() {
    let schema = json!({ "properties": {
        "n": { "type": "integer" }, "f": { "type": ["number", "null"] }, "b": { "type": "boolean" }, "s": { "type": "string" },
        "u": { "type": "string", "format": "uuid" }
    } });
    let read = |name: &str, text: &str| exact(&schema, [(name.to_owned(), text.to_owned())]).map(|mut all| all[name].take());
    for (name, text, value) in [
        ("n", "7", json!(7)),
        ("n", "-7", json!(-7)),
        ("n", "18446744073709551615", json!(u64::MAX)),
        ("n", "x", json!("x")),
        ("n", "07", json!("07")),
        ("f", "7", json!(7)),
        ("f", "0.5", json!(0.5)),
        ("f", "9007199254740991", json!(9_007_199_254_740_991_u64)),
        ("b", "true", json!(true)),
        ("s", " 7", json!(" 7")),
        ("u", "abcdefab-0000-4000-8000-000000000001", json!("abcdefab-0000-4000-8000-000000000001")),
    ] {
        assert_eq!(read(name, text), Some(value), "{name} {text}");
    }
    for (name, text) in [
        ("n", " 7"),
        ("n", "7 "),
        ("n", "\t7"),
        ("n", "7.0"),
        ("n", "7e0"),
        ("n", "-0"),
        ("n", "18446744073709551616"),
        ("f", "7.0"),
        ("f", "70e-1"),
        ("f", "0.50"),
        ("f", "5E-1"),
        ("f", "0.1000000000000000055"),
        ("f", "-0.0"),
        ("f", "9007199254740992"),
        ("f", "9007199254740993"),
        ("f", "1e16"),
        ("b", " true"),
        ("u", "ABCDEFAB-0000-4000-8000-000000000001"),
        ("u", "{abcdefab-0000-4000-8000-000000000001}"),
        ("u", "urn:uuid:abcdefab-0000-4000-8000-000000000001"),
    ] {
        assert_eq!(read(name, text), None, "{name} {text}");
    }
}

#[test]
fn choices_of_an_enum() {
    assert_eq!(choices(&of_input::<Note>().0, "state"), ["open", "done"]);
    assert!(choices(&of_input::<Note>().0, "title").is_empty());
}
