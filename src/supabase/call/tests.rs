use serde_json::json;

use super::{
    super::{declaration::Width, fixtures::*},
    *,
};
use std::sync::Arc;

fn try_call(call: Value) -> Result<Plan, String> {
    plan(&search_notes(Returns::Void), LIMITS, &arguments(call))
}

fn returning(returns: Returns) -> Plan {
    plan(&search_notes(returns), Limits { bytes: 60, ..LIMITS }, &arguments(json!({ "query": "a" }))).unwrap()
}

#[test]
fn arguments_are_sent_by_their_database_names() {
    let plan = try_call(json!({ "query": "a", "most": 3 })).unwrap();
    assert_eq!((&plan.request.method, plan.request.path_and_query.as_str()), (&Method::POST, "/rpc/search%20notes"));
    assert_eq!(plan.request.schema.as_deref(), Some("app"));
    assert_eq!(plan.request.body, Some(json!({ "q": "a", "most": 3 })));
    assert_eq!(plan.result(b""), Ok(json!({ "result": null })));
}

#[test]
fn only_declared_arguments_are_sent() {
    for (call, part) in [
        (json!({}), "argument `query` is missing"),
        (json!({ "query": "a", "q": "b" }), "argument `q` is not allowed"),
        (json!({ "querry": "a" }), "did you mean `query`"),
        (json!({ "query": "abcdef" }), "at most 5"),
        (json!({ "query": null }), "must not be null"),
        (json!({ "query": "a", "most": "3" }), "must be an integer"),
    ] {
        let refusal = try_call(call).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[test]
fn values_have_the_declared_type() {
    let number = returning(Returns::Value(of(Base::Integer(Width::W64))));
    assert_eq!(number.result(b"9007199254740993"), Ok(json!({ "result": "9007199254740993" })));
    assert_eq!(number.result(b"null"), Ok(json!({ "result": null })));
    assert!(number.result(b"\"1\"").unwrap_err().contains("the result is declared as bigint"));
    assert!(number.result(b"<html>").unwrap_err().contains("cannot be read"));
    let exact = returning(Returns::Value(of(Base::Numeric)));
    assert_eq!(exact.result(b"0.10000000000000000000001\n"), Ok(json!({ "result": "0.10000000000000000000001" })));
    assert_eq!(exact.result(b"null"), Ok(json!({ "result": null })));
    assert!(exact.result(b"1 OR 1").is_err());
    let text = returning(Returns::Value(of(Base::Text)));
    assert!(text.result(format!("\"{}\"", "x".repeat(60)).as_bytes()).unwrap_err().contains("60-byte limit"));
}

#[test]
fn rows_are_projected_and_cut() {
    let plan = returning(Returns::Rows(vec![
        Arc::new(column("id", of(Base::Integer(Width::W64)))),
        Arc::new(column("n", of(Base::Numeric))),
    ]));
    assert_eq!(plan.request.path_and_query, "/rpc/search%20notes?select=id,n%3A%3Atext&limit=4".replace("%3A", ":"));
    let row = |id: i64| format!(r#"{{"id":{id},"n":"1","other":true}}"#);
    let all = plan.result(format!("[{},{}]", row(1), row(2)).as_bytes()).unwrap();
    assert_eq!(all, json!({ "rows": [{ "id": 1, "n": "1" }, { "id": 2, "n": "1" }], "count": 2, "notice": NOTICE }));
    let many = plan.result(format!("[{0},{0},{0},{0}]", row(1)).as_bytes()).unwrap();
    assert!(many["cut"].as_str().unwrap().contains("more than 3 rows"));
    let long = plan.result(format!("[{0},{0},{0}]", row(1_000_000_000)).as_bytes()).unwrap();
    assert_eq!(long["count"], 2);
    assert!(long["cut"].as_str().unwrap().contains("only 2 of 3 rows fit"));
    assert_eq!(plan.result(row(1).as_bytes()).unwrap()["count"], 1);
}

#[test]
fn a_changing_function_has_run_whatever_its_result_looks_like() {
    let result = |read_only, returns, answer: &[u8]| {
        let function = super::super::declaration::Function { read_only, ..search_notes(returns) };
        plan(&function, Limits { bytes: 60, ..LIMITS }, &arguments(json!({ "query": "a" }))).unwrap().result(answer).unwrap_err()
    };
    let text = || Returns::Value(of(Base::Text));
    let rows = || Returns::Rows(vec![Arc::new(column("id", of(Base::Integer(Width::W64))))]);
    let long = format!("\"{}\"", "x".repeat(60));
    for (returns, answer) in [
        (text as fn() -> Returns, "1"),
        (text, "<html>"),
        (text, &long),
        (rows, "[1]"),
        (rows, "[{}]"),
        (rows, "[{\"id\":\"x\"}]"),
    ] {
        assert!(result(false, returns(), answer.as_bytes()).contains("The function has run"), "{answer}");
        assert!(!result(true, returns(), answer.as_bytes()).contains("has run"), "{answer}");
    }
}

#[test]
fn numbers_beyond_a_double_are_exact() {
    let digits = "9".repeat(400);
    let function = search_notes(Returns::Value(of(Base::Numeric)));
    let plan = plan(&function, LIMITS, &arguments(json!({ "query": "a" }))).unwrap();
    assert_eq!(plan.result(digits.as_bytes()), Ok(json!({ "result": digits })));
}
