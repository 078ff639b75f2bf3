use serde_json::json;

use super::*;

fn check(schema: &Value, arguments: Value) -> String {
    let Value::Object(arguments) = arguments else { panic!("not an object") };
    match Validator::default().check_arguments(schema, &arguments) {
        Ok(()) => "fits".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn note() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]*$" },
            "stars": { "type": ["integer", "null"], "minimum": 1, "maximum": 5 },
            "state": { "enum": ["open", "done"] },
            "rows": { "type": "array", "items": { "$ref": "#/$defs/row" }, "maxItems": 2, "uniqueItems": true },
            "shape": { "anyOf": [{ "type": "object", "properties": { "r": { "type": "number" } }, "required": ["r"] }, { "type": "null" }] }
        },
        "required": ["title"],
        "additionalProperties": false,
        "$defs": { "row": { "type": "object", "properties": { "id": { "type": "integer" } }, "required": ["id"] } }
    })
}

#[test]
fn a_sentence_names_the_argument() {
    for (arguments, expected) in [
        (json!({ "title": "a" }), "fits"),
        (json!({ "title": "a", "stars": null, "rows": [{ "id": 1 }], "shape": { "r": 1.5 } }), "fits"),
        (json!({}), "The argument `title` is missing."),
        (json!({ "title": 1 }), "The argument `title` must be of type string, not number."),
        (json!({ "title": "" }), "The argument `title` must have 1 characters or more."),
        (json!({ "title": "A" }), "The argument `title` must match the pattern ^[a-z]*$."),
        (json!({ "title": "a", "stars": 6 }), "The argument `stars` must be 5 or less."),
        (json!({ "title": "a", "state": "shut" }), "The argument `state` must be one of \\\"open\\\", \\\"done\\\"."),
        (json!({ "title": "a", "more": 1 }), "There is no argument `more`; leave it out."),
        (json!({ "title": "a", "rows": [{}] }), "The argument `id` of `rows[0]` is missing."),
        (json!({ "title": "a", "rows": [{ "id": "x" }] }), "The argument `rows[0].id` must be of type integer, not string."),
        (json!({ "title": "a", "rows": [{ "id": 1 }, { "id": 1 }] }), "The argument `rows` must not have an item twice."),
        (json!({ "title": "a", "shape": { "r": "x" } }), "The argument `shape.r` must be of type number, not string."),
    ] {
        let text = check(&note(), arguments.clone());
        assert!(text.contains(expected), "{arguments}: {text}");
    }
}

#[test]
fn a_sentence_has_bounds() {
    let long = json!({ "title": "a", "x".repeat(10_000): 1 });
    assert!(check(&note(), long).len() < 400);
}

/// Fail closed: a schema that is none lets nothing through, and refers to nothing outside.
#[test]
fn without_a_usable_schema_nothing_fits() {
    for schema in [
        json!({ "type": "thing" }),
        json!({ "type": "object", "properties": { "x": { "$ref": "https://example.com/x" } } }),
        json!({ "type": "object", "properties": { "x": { "$ref": "file:///etc/hosts" } } }),
        json!({ "type": "object", "properties": { "x": { "$ref": "#/$defs/none" } } }),
        json!({ "type": "object", "properties": { "x": { "pattern": "(" } } }),
    ] {
        assert!(check(&schema, json!({})).contains("Internal"), "{schema}");
    }
}
