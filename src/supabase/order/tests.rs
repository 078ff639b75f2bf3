use serde_json::json;

use super::{super::fixtures::*, *};

fn order(call: Value) -> Result<Ordering, String> {
    Ordering::of_call(&notes(), &arguments(call))
}

fn after(call: Value, values: Value) -> Option<String> {
    order(call).unwrap().after(values.as_array().unwrap()).map(|filter| filter.to_parameter())
}

#[test]
fn every_order_ends_in_the_key() {
    for (call, text) in [
        (json!({}), r#""created_at".desc.nullslast,"id".asc.nullslast"#),
        (json!({ "order": ["state"] }), r#""State \"x\"".asc.nullslast,"id".asc.nullslast"#),
        (json!({ "order": ["-id"] }), r#""id".desc.nullslast"#),
        (json!({ "order": ["-id", "title"] }), r#""id".desc.nullslast"#),
    ] {
        assert_eq!(order(call).map(|order| order.to_parameter()).as_deref(), Ok(text));
    }
    let composite = Ordering::of_call(&members(), &arguments(json!({ "order": ["-user_id", "role"] }))).unwrap();
    assert_eq!(composite.to_parameter(), r#""user_id".desc.nullslast,"role".asc.nullslast,"team_id".asc.nullslast"#);
    let keyless = Ordering::of_call(&Table { key: vec![], ..notes() }, &arguments(json!({}))).unwrap();
    assert_eq!(keyless.to_parameter(), r#""created_at".desc.nullslast"#);
    assert!(!keyless.is_total());
    assert!(keyless.after(&[json!("2026-11-21")]).is_none());
}

#[test]
fn only_sortable_columns_are_ordered_by() {
    for (names, part) in [
        (json!(["secret"]), "column `secret` is not allowed"),
        (json!(["-tags"]), "column `tags` is not allowed"),
        (json!(["meta"]), "not allowed"),
        (json!(["locked"]), "not allowed"),
        (json!(["titel"]), "did you mean `title`"),
        (json!(["id.desc,secret"]), "not allowed"),
        (json!(["--id"]), "not allowed"),
        (json!(["id", "-id"]), "twice"),
        (json!([]), "1 to 5"),
        (json!(["id", "title", "state", "price", "score", "created_at"]), "1 to 5"),
        (json!("id"), "must be an array"),
        (json!([1]), "must be an array"),
    ] {
        let refusal = order(json!({ "order": names })).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
    }
    let hyphen = Table { columns: vec![Arc::new(column("-x", of(Base::Text)))], key: vec![], ..notes() };
    let sorted = |name: &str| Ordering::of_call(&hyphen, &arguments(json!({ "order": [name] }))).unwrap().to_parameter();
    assert_eq!(sorted("-x"), r#""-x".asc.nullslast"#);
    assert_eq!(sorted("--x"), r#""-x".desc.nullslast"#);
}

#[test]
fn what_comes_after_a_row() {
    assert_eq!(after(json!({ "order": ["-id"] }), json!([7])).as_deref(), Some(r#"("id".lt."7")"#));
    assert_eq!(
        after(json!({ "order": ["title"] }), json!(["a", 7])).as_deref(),
        Some(r#"(or(or("title".gt."a","title".is.null),and("title".eq."a","id".gt."7")))"#)
    );
    assert_eq!(after(json!({ "order": ["-title"] }), json!([null, 7])).as_deref(), Some(r#"(and("title".is.null,"id".gt."7"))"#));
    assert_eq!(
        after(json!({ "order": ["state"] }), json!(["label added later", 7])).as_deref(),
        Some(
            r#"(or(or("State \"x\"".gt."label added later","State \"x\"".is.null),and("State \"x\"".eq."label added later","id".gt."7")))"#
        )
    );
}

#[test]
fn values_of_a_cursor_are_checked() {
    let by_title = || json!({ "order": ["title"] });
    for values in
        [json!([]), json!(["a"]), json!(["a", 7, 8]), json!(["a", null]), json!([1, 7]), json!(["a", "x)"]), json!(["\u{0}", 7])]
    {
        assert_eq!(after(by_title(), values), None);
    }
}
