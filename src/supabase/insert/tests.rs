use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{super::fixtures::*, *};

fn try_insert(rows: Value) -> Result<Plan, String> {
    insert(&notes(), LIMITS, &arguments(json!({ "rows": rows })))
}

fn try_upsert(rows: Value) -> Result<Plan, String> {
    upsert(&notes(), LIMITS, &arguments(json!({ "rows": rows, "returning": ["id"] })))
}

fn address(plan: &Plan) -> String {
    percent_decode_str(&plan.request.path_and_query).decode_utf8().unwrap().into_owned()
}

#[test]
fn rows_are_inserted_by_their_database_names() {
    let call = json!({ "rows": [{ "title": "a", "state": "open" }, { "title": "b", "price": 1.5, "meta": null }], "returning": ["id", "state"] });
    let plan = insert(&notes(), LIMITS, &arguments(call)).unwrap();
    assert_eq!(plan.request.method, Method::POST);
    assert_eq!(plan.request.schema.as_deref(), Some("app"));
    assert_eq!(plan.request.prefer, "return=representation,missing=default,handling=strict");
    assert_eq!(address(&plan), r#"/notes?select=id,"state":"State \"x\""&columns="State \"x\"","meta","price","title""#);
    assert_eq!(
        plan.request.body,
        Some(json!([{ "title": "a", "State \"x\"": "open" }, { "title": "b", "price": "1.5", "meta": null }]))
    );
    let result = plan.result(json!([{ "id": 1, "state": "open" }, { "id": 2, "state": null }]), None).unwrap();
    assert_eq!((&result["count"], &result["rows"][1]), (&json!(2), &json!({ "id": 2, "state": null })));
}

#[test]
fn only_insertable_columns_of_their_type_are_inserted() {
    for (rows, part) in [
        (json!([{ "title": "a", "locked": true }]), "rows[0]: column `locked` is not allowed"),
        (json!([{ "title": "a", "State \"x\"": "open" }]), "is not allowed"),
        (json!([{ "titel": "a" }]), "did you mean `title`"),
        (json!([{ "id": 1 }]), "rows[0] lacks `title`"),
        (json!([{ "title": "a" }, { "title": 1 }]), "rows[1].title must be a string"),
        (json!([{ "title": "12345678901" }]), "at most 10"),
        (json!([{ "title": "a", "id": null }]), "must not be null"),
        (json!([1]), "rows[0] must be an object"),
        (json!([]), "1 to 20"),
        (json!(vec![json!({ "title": "a" }); 21]), "1 to 20"),
        (json!({ "title": "a" }), "must be an array"),
    ] {
        let refusal = try_insert(rows).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
    }
    let call = |call| insert(&notes(), LIMITS, &arguments(call)).unwrap_err();
    assert!(call(json!({})).contains("`rows` is missing"));
    assert!(call(json!({ "rows": [{ "title": "a" }], "on_conflict": "id" })).contains("`on_conflict` is not allowed"));
    assert!(call(json!({ "rows": [{ "title": "a" }], "returning": ["secret"] })).contains("`secret` is not allowed"));
    let optional = Table { columns: members().columns, ..members() };
    assert!(insert(&optional, LIMITS, &arguments(json!({ "rows": [{}] }))).unwrap_err().contains("rows[0] is empty"));
}

#[test]
fn nothing_need_come_back() {
    let call = json!({ "rows": [{ "title": "a" }], "returning": [] });
    let plan = insert(&notes(), LIMITS, &arguments(call)).unwrap();
    assert!(plan.request.prefer.starts_with("return=minimal,count=exact,"));
    assert_eq!(address(&plan), r#"/notes?columns="title""#);
    let result = plan.result(Value::Null, Some(1)).unwrap();
    assert_eq!((&result["count"], &result["rows"]), (&json!(1), &json!([])));
}

#[test]
fn an_upsert_has_the_key_and_equal_columns() {
    let plan = try_upsert(json!([{ "id": 1, "title": "a" }, { "id": 2, "title": "b" }])).unwrap();
    assert_eq!(plan.request.prefer, "return=representation,resolution=merge-duplicates,handling=strict");
    assert_eq!(address(&plan), r#"/notes?select=id&columns="id","title"&on_conflict="id""#);
    assert!(try_upsert(json!([{ "title": "a" }])).unwrap_err().contains("lacks `id`"));
    assert!(try_upsert(json!([{ "id": 1 }])).unwrap_err().contains("lacks `title`"));
    let odd = json!([{ "id": 1, "title": "a" }, { "id": 2, "title": "b", "price": 1 }]);
    assert!(try_upsert(odd).unwrap_err().contains("rows[1] has other columns"));
}

#[test]
fn what_must_not_be_updated_is_not_upserted() {
    let mut table = notes();
    table.columns[1] = std::sync::Arc::new(Column { update: false, ..(*table.columns[1]).clone() });
    let rows = json!({ "rows": [{ "id": 1, "title": "a" }] });
    assert!(insert(&table, LIMITS, &arguments(rows.clone())).is_ok());
    assert!(upsert(&table, LIMITS, &arguments(rows)).unwrap_err().contains("column `title` is not allowed"));
}

#[test]
fn written_rows_are_cut_but_counted() {
    let limits = Limits { bytes: 30, ..LIMITS };
    let call = json!({ "rows": [{ "title": "a" }], "returning": ["title"] });
    let plan = insert(&notes(), limits, &arguments(call)).unwrap();
    let row = json!({ "title": "1234567890" });
    let result = plan.result(json!([row, row, row]), None).unwrap();
    assert_eq!(result["count"], 3);
    assert_eq!(result["rows"].as_array().map(Vec::len), Some(1));
    assert!(result["cut"].as_str().unwrap().contains("only 1 fit"));
    let result = plan.result(json!([{ "title": 1 }]), None).unwrap();
    assert_eq!((&result["count"], &result["rows"]), (&json!(1), &json!([])));
    assert!(result["cut"].as_str().unwrap().contains("column title is declared as text"));
}
