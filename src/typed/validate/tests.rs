use serde_json::json;

use super::*;

fn check(schema: &Value, arguments: Value) -> String {
    match Validator::default().check_arguments(schema, &arguments) {
        Ok(()) => "fits".to_owned(),
        Err(Failure::Unfit(text)) => text,
        Err(Failure::Failed(error)) => format!("{error:?}"),
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
        (json!({ "title": "a", "state": "shut" }), "The argument `state` must be one of \"open\", \"done\"."),
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
    // A long name is not written out for each mistake below it.
    let schema = json!({ "type": "object", "additionalProperties": { "items": { "type": "integer" } } });
    let compiled = Compiled::new(&schema).unwrap();
    let value = json!({ "é".repeat(10_000): ["x", "y"] });
    let error = compiled.schemas.validate(&value, compiled.index).unwrap_err();
    let mut budget = MAX_LOOKED;
    assert!(leaves(&error, &mut budget).iter().all(|leaf| sentence(leaf).chars().count() < 2 * MAX_SENTENCE));
}

/// Looking at all of 50,000 mistakes, and comparing each with each, would take longer than a request may.
#[test]
fn most_of_many_mistakes_are_not_looked_at() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "array", "items": { "type": "integer" } } } });
    let value = json!({ "n": vec!["x"; 49_990] });
    let compiled = Compiled::new(&schema).unwrap();
    let error = compiled.schemas.validate(&value, compiled.index).unwrap_err();
    let mut budget = MAX_LOOKED;
    assert!(leaves(&error, &mut budget).len() < MAX_LOOKED);
    assert_eq!(budget, 0);
    let sentence = |index| format!("The argument `n[{index}]` must be of type integer, not string.");
    assert_eq!(sentences(&error), [0, 1, 2].map(sentence).join(" "));
}

#[test]
fn sentences_are_made_until_there_are_enough() {
    let mut made = 0;
    let count = |number: usize| {
        made += 1;
        (number / 2).to_string()
    };
    assert_eq!(different((0..50_000).map(count)), ["0", "1", "2"]);
    assert_eq!(made, 5);
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
