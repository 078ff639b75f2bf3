use serde_json::json;

use super::*;
use crate::json::MAX_VALUES;

fn read(text: &str) -> Result<Value, Unreadable> {
    value(text.as_bytes())
}

#[test]
fn ordinary_json_is_as_ever() {
    let text = r#" [{"a":[1,-2,0.5,"x\n\"",null,true,{"b":{}}],"é":"\u00e9\ud83e\udd80","n":1e300}] "#;
    assert_eq!(read(text), Ok(serde_json::from_str(text).unwrap()));
}

#[test]
fn the_last_of_equal_members_wins() {
    assert_eq!(read(r#"[{"j":{"a":1,"a":{"b":1,"b":2}}}]"#), Ok(json!([{ "j": { "a": { "b": 2 } } }])));
}

#[test]
fn numbers_that_no_double_holds_are_texts() {
    let digits = "1".to_owned() + &"0".repeat(400);
    for number in ["1e400", "-1E+400", digits.as_str()] {
        let row = read(&format!(r#"[{{"id":7,"j":[{number},"{number}",1]}}]"#));
        assert_eq!(row, Ok(json!([{ "id": 7, "j": [number, number, 1] }])), "{number}");
    }
}

#[test]
fn halves_of_surrogate_pairs_are_replaced() {
    for (literal, text) in [
        (r#""\ud800""#, "\u{fffd}"),
        (r#""\udc00\ud83e\udd80\\ud800""#, "\u{fffd}🦀\\ud800"),
        (r#""\ud800\ud83e\udd80\"""#, "\u{fffd}🦀\""),
        (r#""\ud800\u0041\uDFFF""#, "\u{fffd}A\u{fffd}"),
    ] {
        assert_eq!(read(literal), Ok(json!(text)), "{literal}");
    }
    assert_eq!(read(r#"{"\ud800":1}"#), Ok(json!({ "\u{fffd}": 1 })));
}

#[test]
fn what_is_too_deep_is_its_text() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let levels = |value: &Value| {
        let (mut value, mut levels) = (value, 0);
        while let Value::Array(items) = value {
            levels += 1;
            let Some(inner) = items.first() else { break };
            value = inner;
        }
        (levels, value.as_str().map(str::to_owned))
    };
    assert_eq!(levels(&read(&nested(100)).unwrap()), (100, None));
    assert_eq!(levels(&read(&nested(101)).unwrap()), (100, Some("[]".to_owned())));
    // Deeper than any stack would bear.
    assert_eq!(levels(&read(&nested(1_000_000)).unwrap()), (100, Some(nested(999_900))));
    let objects = r#"{"]\"}":"#.repeat(200) + "1" + &"}".repeat(200);
    let read = read(&format!("[{objects},2]")).unwrap();
    assert_eq!(read[1], 2);
}

#[test]
fn what_is_no_json_is_refused() {
    for text in
        ["", "<html>", "[1", "[1,]", "{\"a\"}", "\"a", "[1] 2", "nul", "\"\\", "\"\\u12\"", "]]]", "{1e400:1", "\u{feff}[]"]
    {
        assert_eq!(read(text), Err(Unreadable::NotJson), "{text}");
    }
    assert_eq!(value(b"\"\xff\""), Err(Unreadable::NotJson));
    assert_eq!(read(&"[".repeat(1_000_000)), Err(Unreadable::NotJson));
}

#[test]
fn values_are_counted() {
    let many = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    assert!(read(&many(MAX_VALUES - 1)).is_ok());
    assert_eq!(read(&many(MAX_VALUES)), Err(Unreadable::TooMany));
    // Also of what had to be tamed.
    assert_eq!(read(&format!("[1e400,{}]", many(MAX_VALUES))), Err(Unreadable::TooMany));
}
