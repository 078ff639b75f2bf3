use serde_json::json;

use super::{super::fixtures::*, *};

fn filter(call: Value) -> Result<String, String> {
    Filter::of_call(&notes(), &arguments(call)).map(|filter| filter.to_parameter())
}

#[test]
fn conditions_are_quoted() {
    for (call, text) in [
        (json!({}), ""),
        (json!({ "where": {} }), ""),
        (json!({ "where": { "id": { "eq": 1 } } }), r#"("id".eq."1")"#),
        (json!({ "where": { "id": { "gt": 1, "lte": 9 } } }), r#"("id".gt."1","id".lte."9")"#),
        (json!({ "where": { "id": { "in": [1, 2] } } }), r#"("id".in.("1","2"))"#),
        (json!({ "where": { "id": { "not_in": [1] } } }), r#"("id".not.in.("1"))"#),
        (json!({ "where": { "title": { "in": [""] } } }), r#"("title".in.("",""))"#),
        (json!({ "where": { "title": { "is_null": true } } }), r#"("title".is.null)"#),
        (json!({ "where": { "title": { "is_null": false } } }), r#"("title".not.is.null)"#),
        (json!({ "where": { "title": { "ilike": "*a%),or=(" } } }), r#"("title".ilike."*a%),or=(")"#),
        (json!({ "where": { "title": { "search": "a -b \"c\"" } } }), r#"("title".wfts."a -b \"c\"")"#),
        (json!({ "where": { "locked": { "eq": true } } }), r#"("locked".eq.true)"#),
        (json!({ "where": { "state": { "eq": "open" } } }), r#"("State \"x\"".eq."open")"#),
        (json!({ "where": { "tags": { "contains": ["a\"", "b"] } } }), r#"("tags".cs."{\"a\\\"\",\"b\"}")"#),
        (json!({ "where": { "tags": { "overlaps": [] } } }), r#"("tags".ov."{}")"#),
        (json!({ "where": { "meta": { "contains": { "a": 1 } } } }), r#"("meta".cs."{\"a\":1}")"#),
        (
            json!({ "where": { "id": { "gt": 1 } }, "any_of": [{ "id": { "lt": 5 }, "title": { "eq": "x" } }, { "id": { "eq": 7 } }] }),
            r#"("id".gt."1",or(and("id".lt."5","title".eq."x"),"id".eq."7"))"#,
        ),
        (json!({ "any_of": [{ "id": { "eq": 7 } }] }), r#"("id".eq."7")"#),
    ] {
        assert_eq!(filter(call).as_deref(), Ok(text));
    }
}

#[test]
fn only_what_is_declared_is_filtered() {
    for (call, part) in [
        (json!({ "where": { "secret": { "eq": "x" } } }), "column `secret` is not allowed"),
        (json!({ "where": { "State \"x\"": { "eq": "open" } } }), "is not allowed"),
        (json!({ "where": { "titel": { "eq": "x" } } }), "did you mean `title`"),
        (json!({ "where": { "state": { "neq": "open" } } }), "operator `neq` is not allowed"),
        (json!({ "where": { "state": "open" } }), "where.state must be an object of operators such as {\"eq\": …}"),
        (json!({ "where": { "state": {} } }), "empty"),
        (json!({ "where": [] }), "where must be an object"),
        (json!({ "where": null }), "where must be an object"),
        (json!({ "where": { "id": { "eq": "x)" } } }), "where.id.eq must be an integer"),
        (json!({ "where": { "id": { "eq": null } } }), "is_null"),
        (json!({ "where": { "title": { "is_null": 1 } } }), "true or false"),
        (json!({ "where": { "title": { "like": 1 } } }), "must be a string"),
        (json!({ "where": { "title": { "search": "\u{0}" } } }), "U+0000"),
        (json!({ "where": { "id": { "in": [1, "x"] } } }), "where.id.in[1] must"),
        (json!({ "any_of": [{}] }), "any_of[0] is empty"),
        (json!({ "any_of": [{ "id": {} }] }), "any_of[0].id is empty"),
        (json!({ "any_of": { "id": {} } }), "any_of must be an array"),
    ] {
        let refusal = filter(call.clone()).expect_err(&call.to_string());
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[test]
fn filters_are_bounded() {
    let ids = |count: usize| json!({ "where": { "id": { "in": vec![1; count] } } });
    assert!(filter(ids(0)).is_err());
    assert!(filter(ids(100)).is_ok());
    assert!(filter(ids(101)).is_err());
    let alternatives = |count: usize| json!({ "any_of": vec![json!({ "id": { "eq": 1 } }); count] });
    assert!(filter(alternatives(0)).is_err());
    assert!(filter(alternatives(10)).is_ok());
    assert!(filter(alternatives(11)).is_err());
    let wide = json!({ "title": { "eq": "", "neq": "", "gt": "", "gte": "", "lt": "", "lte": "", "like": "", "ilike": "", "is_null": true, "search": "" } });
    let conditions = |more: Value| json!({ "any_of": vec![wide.clone(); 10], "where": more });
    assert!(filter(conditions(json!({}))).is_ok());
    assert!(filter(conditions(json!({ "id": { "eq": 1 } }))).unwrap_err().contains("101 conditions"));
}

#[test]
fn required_columns_must_narrow() {
    let team = "123e4567-e89b-12d3-a456-426614174000";
    let filter = |call| Filter::of_call(&members(), &arguments(call));
    assert!(filter(json!({ "where": { "team_id": { "eq": team } } })).is_ok());
    assert!(filter(json!({ "where": { "team_id": { "in": [team] } } })).is_ok());
    for call in [
        json!({}),
        json!({ "where": { "team_id": { "neq": team } } }),
        json!({ "where": { "team_id": { "is_null": false } } }),
        json!({ "where": { "user_id": { "eq": 1 } } }),
        json!({ "any_of": [{ "team_id": { "eq": team } }] }),
    ] {
        assert!(filter(call).unwrap_err().contains("`where` must say which team_id"));
    }
}
