use serde_json::json;

use super::{super::fixtures::*, *};

fn ok(kind: &Type, value: Value, text: &str) {
    assert_eq!(literal(kind, &value, "x").as_deref(), Ok(text), "{kind:?}");
}

fn refused(kind: &Type, value: Value) -> String {
    let body = body(kind, false, None, &value, "x").unwrap_err();
    let filter = literal(kind, &value, "x").unwrap_err();
    assert!(filter.starts_with("x"), "{filter}");
    assert!(filter.chars().count() < 300, "{filter}");
    body
}

#[test]
fn integers_have_ranges() {
    let (small, plain, big) = (Base::Integer(Width::W16), Base::Integer(Width::W32), Base::Integer(Width::W64));
    ok(&of(small.clone()), json!(-32768), "-32768");
    ok(&of(plain.clone()), json!(2147483647), "2147483647");
    ok(&of(plain.clone()), json!(1.0), "1");
    ok(&of(big.clone()), json!(i64::MIN), "-9223372036854775808");
    ok(&of(big.clone()), json!("9223372036854775807"), "9223372036854775807");
    refused(&of(small.clone()), json!(32768));
    refused(&of(small), json!("1"));
    refused(&of(plain.clone()), json!(2147483648_i64));
    for value in [json!(1.5), json!("1"), json!(true), json!([1]), json!({})] {
        refused(&of(plain.clone()), value);
    }
    for value in [json!("9223372036854775808"), json!(u64::MAX), json!(1e300), json!(" 1"), json!("+1"), json!("1)")] {
        refused(&of(big.clone()), value);
    }
    assert_eq!(body(&of(big), false, None, &json!("9007199254740993"), "x"), Ok(json!(9007199254740993_i64)));
}

#[test]
fn numerics_are_kept_as_text() {
    let kind = of(Base::Numeric);
    for (value, text) in [
        (json!(12.5), "12.5"),
        (json!(3), "3"),
        (json!("0.1000000000000000000001"), "0.1000000000000000000001"),
        (json!("-1e10"), "-1e10"),
        (json!("NaN"), "NaN"),
    ] {
        ok(&kind, value.clone(), text);
        assert_eq!(body(&kind, false, None, &value, "x"), Ok(json!(text)));
    }
    for value in ["", "-", "1.", ".5", "1e", "1e99999", "0x1", "1 ", "1,2", "1);", "١"] {
        refused(&kind, json!(value));
    }
    ok(&of(Base::Float), json!(0.25), "0.25");
    ok(&of(Base::Float), json!("Infinity"), "Infinity");
    refused(&of(Base::Float), json!("wide"));
}

#[test]
fn shapes_of_dates_and_times() {
    for (base, good, bad) in [
        (
            Base::Date,
            &["2026-11-21", "2024-02-29", "0044-03-15 BC", "12026-01-01", "infinity"][..],
            &["2026-13-01", "2026-02-29", "2026-04-31", "21.11.2026", "today", "2026-11-21T00:00", "2026-11-2ä"][..],
        ),
        (
            Base::Time,
            &["13:45", "13:45:00", "00:00:59.123456", "24:00:00"],
            &["25:00", "24:00:01", "1:00", "13:60", "13:45:00+02", "13:45:00.", "13", ""],
        ),
        (
            Base::Timestamp,
            &["2026-11-21T13:45:00", "2026-11-21 13:45", "2026-11-21", "2026-11-21T13:45:00Z", "2026-11-21T13:45:00+00:00"],
            &["2026-11-21T13:45:00+02:00", "2026-11-21T", "now", "13:45"],
        ),
        (
            Base::TimestampTz,
            &[
                "2026-11-21T13:45:00Z",
                "2026-11-21T13:45:00.123456+02:00",
                "2026-11-21T13:45:00-0230",
                "2026-11-21 13:45:00+02",
                "2026-11-21T13:45:00",
                "-infinity",
            ],
            &["2026-11-21T13:45:00+2", "2026-11-21T13:45:00+16:00", "2026-11-21T13:45:00Zx", "2026-11-21TT13:45", "ü+"],
        ),
        (Base::Interval, &["1 day 02:30:00", "P1DT2H", "-3 mons"], &["", "soon", "1 day'; --", "1\n"]),
        (Base::Bytea, &["\\x", "\\x00fF"], &["x00", "\\x0", "\\xzz", "00"]),
        (
            Base::Uuid,
            &["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
            &[
                "123e4567e89b12d3a456426614174000",
                "123e4567-e89b-12d3-a456-42661417400g",
                "",
                "123e4567-e89b-12d3-a456-4266141740ä",
            ],
        ),
    ] {
        for text in good {
            ok(&of(base.clone()), json!(text), text);
        }
        for text in bad {
            refused(&of(base.clone()), json!(text));
        }
        refused(&of(base), json!(20261121));
    }
}

#[test]
fn enum_labels_are_suggested() {
    let kind = of(Base::Enum(vec!["open".to_owned(), "done".to_owned()]));
    ok(&kind, json!("open"), "open");
    assert!(refused(&kind, json!("opne")).contains("did you mean `open`?"));
    assert!(refused(&kind, json!(1)).contains("open, done"));
}

#[test]
fn arrays_become_literals() {
    let kind = array_of(Base::Text);
    ok(&kind, json!(["a", "", "NULL", null, r#"q"b\"#, "x,y", "{z}"]), r#"{"a","","NULL",NULL,"q\"b\\","x,y","{z}"}"#);
    ok(&kind, json!([]), "{}");
    ok(&array_of(Base::Integer(Width::W32)), json!([1, -2]), r#"{"1","-2"}"#);
    refused(&kind, json!("a"));
    assert!(refused(&kind, json!(["a", 1])).starts_with("x[1] "));
    refused(&kind, json!([["a"]]));
    assert_eq!(body(&array_of(Base::Numeric), false, None, &json!([1.5, null]), "x"), Ok(json!(["1.5", null])));
}

#[test]
fn u0000_is_refused_everywhere() {
    for value in [json!("a\0"), json!(["\0"]), json!({ "a": [{ "b\0": 1 }] }), json!({ "a": { "b": "\0" } })] {
        assert!(refused(&of(Base::Json), value).contains("U+0000"));
    }
    assert!(refused(&of(Base::Text), json!("a\0")).contains("U+0000"));
    assert!(refused(&array_of(Base::Text), json!(["a\0"])).contains("U+0000"));
    ok(&of(Base::Json), json!("a"), "\"a\"");
    ok(&of(Base::Json), json!({ "a": [1, null] }), r#"{"a":[1,null]}"#);
}

#[test]
fn texts_have_a_length_in_characters() {
    let write = |value| body(&of(Base::Text), false, Some(3), &value, "x");
    assert!(write(json!("äöü")).is_ok());
    assert!(write(json!("äöü!")).unwrap_err().contains("4 characters, at most 3"));
    assert!(body(&array_of(Base::Text), false, Some(3), &json!(["abc", "abcd"]), "x").is_err());
}

#[test]
fn null_is_for_nullable_columns() {
    assert_eq!(body(&of(Base::Text), true, None, &json!(null), "x"), Ok(json!(null)));
    assert!(body(&of(Base::Text), false, None, &json!(null), "x").is_err());
    assert!(literal(&of(Base::Text), &json!(null), "x").unwrap_err().contains("is_null"));
}
