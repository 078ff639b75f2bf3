mod walk;

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::{
    super::{
        declaration::{Base, Column, Order, Rows},
        fixtures::*,
    },
    *,
};

fn call(arguments: Value) -> Result<Plan, String> {
    plan(&notes(), LIMITS, &super::super::fixtures::arguments(arguments))
}

fn address(plan: &Plan) -> String {
    percent_decode_str(&plan.request.path_and_query).decode_utf8().unwrap().into_owned()
}

fn row(id: i64) -> Value {
    json!({ "id": id, "title": "t", "~0": "2026-11-21T00:00:00+00:00" })
}

#[test]
fn a_request_has_known_parameters_in_order() {
    let plan = call(json!({
        "where": { "title": { "eq": "a&b" } }, "columns": ["id"], "order": ["-title"], "limit": 2, "count": "exact"
    }))
    .unwrap();
    assert_eq!(plan.request.method, Method::GET);
    assert_eq!(plan.request.schema.as_deref(), Some("app"));
    assert_eq!(plan.request.prefer, "count=exact");
    assert_eq!(plan.request.body, None);
    assert_eq!(
        plan.request.path_and_query,
        "/notes?select=id,%22~0%22:%22title%22&and=(%22title%22.eq.%22a%26b%22)\
         &order=%22title%22.desc.nullslast,%22id%22.asc.nullslast&limit=3"
    );
    assert_eq!(call(json!({})).unwrap().request.prefer, "");
    assert!(call(json!({})).unwrap().request.path_and_query.ends_with("&limit=51"));
}

#[test]
fn bad_arguments_are_refused() {
    for (arguments, part) in [
        (json!({ "wher": {} }), "did you mean `where`"),
        (json!({ "select": "*" }), "argument `select` is not allowed"),
        (json!({ "offset": 1 }), "not allowed"),
        (json!({ "limit": 0 }), "from 1 to 200"),
        (json!({ "limit": 201 }), "from 1 to 200"),
        (json!({ "limit": "5" }), "from 1 to 200"),
        (json!({ "columns": [] }), "at least one column"),
        (json!({ "count": "exakt" }), "did you mean `exact`"),
        (json!({ "count": true }), "must be one of"),
        (json!({ "cursor": 1 }), "next_cursor"),
        (json!({ "cursor": "x" }), "another query"),
        (json!({ "where": { "title": { "eq": "x".repeat(9_000) } } }), "too long"),
    ] {
        let refusal = call(arguments).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
        assert!(refusal.chars().count() < 300, "{refusal}");
    }
}

#[test]
fn a_page_has_a_cursor_if_there_is_more() {
    let asked = json!({ "columns": ["id", "title"], "limit": 2 });
    let plan = call(asked.clone()).unwrap();
    let last = plan.result(json!([row(1), row(2)]), None).unwrap();
    assert_eq!(last, json!({ "rows": [{ "id": 1, "title": "t" }, { "id": 2, "title": "t" }], "count": 2, "notice": NOTICE }));
    let first = plan.result(json!([row(1), row(2), row(3)]), Some(9)).unwrap();
    assert_eq!((&first["count"], &first["total"]), (&json!(2), &json!(9)));
    let mut next = asked;
    next["cursor"] = first["next_cursor"].clone();
    let next = call(next).unwrap();
    assert!(address(&next).contains(
        r#"and=(or(or("created_at".lt."2026-11-21T00:00:00+00:00","created_at".is.null),and("created_at".eq."2026-11-21T00:00:00+00:00","id".gt."2")))"#
    ));
}

#[test]
fn a_server_that_cuts_has_more() {
    let limits = Limits { server_rows: 2, ..LIMITS };
    let plan = plan(&notes(), limits, &arguments(json!({ "columns": ["id", "title"], "limit": 2 }))).unwrap();
    assert!(plan.result(json!([row(1), row(2)]), None).unwrap().get("next_cursor").is_some());
    assert!(plan.result(json!([row(1)]), None).unwrap().get("next_cursor").is_none());
}

#[test]
fn a_cursor_is_of_its_query_only() {
    let first = call(json!({ "where": { "id": { "gt": 0 } }, "limit": 1 })).unwrap();
    let mut full = json!({
        "id": 1, "title": "t", "state": "open", "locked": true, "price": "1", "score": 1, "tags": [], "meta": {},
        "created_at": null
    });
    let page = first.result(json!([full, full]), None).unwrap();
    let cursor = &page["next_cursor"];
    for same in
        [json!({ "where": { "id": { "gt": 0 } } }), json!({ "where": { "id": { "gt": 0 } }, "limit": 9, "columns": ["title"] })]
    {
        let mut same = same;
        same["cursor"] = cursor.clone();
        assert!(call(same).is_ok());
    }
    for other in [
        json!({ "where": { "id": { "gt": 1 } } }),
        json!({ "where": { "id": { "gte": 0 } } }),
        json!({ "where": { "id": { "gt": 0 } }, "any_of": [{ "id": { "eq": 1 } }] }),
        json!({ "where": { "id": { "gt": 0 } }, "order": ["id"] }),
    ] {
        let mut other = other;
        other["cursor"] = cursor.clone();
        assert_eq!(call(other).unwrap_err(), foreign());
    }
    let counted = call(json!({ "where": { "id": { "gt": 0 } }, "cursor": cursor, "count": "exact" }));
    assert!(counted.unwrap_err().contains("first page only"));
    // An offset forged into a cursor of a table with a key.
    let forged = Position::Offset(1).to_cursor(first.query);
    assert_eq!(call(json!({ "where": { "id": { "gt": 0 } }, "cursor": forged })).unwrap_err(), foreign());
    // A key that is null although it is declared as a key.
    full["id"] = json!(null);
    let page = first.result(json!([full, full]), None).unwrap();
    assert!(page["cut"].as_str().unwrap().contains("LATCH_DATA"));
}

#[test]
fn a_page_is_cut_to_the_bytes() {
    let limits = Limits { bytes: 60, ..LIMITS };
    let table = notes();
    let asked = json!({ "columns": ["title"], "order": ["id"] });
    let plan = plan(&table, limits, &arguments(asked)).unwrap();
    let row = |id: i64, length: usize| json!({ "title": "x".repeat(length), "~0": id });
    let page = plan.result(json!([row(1, 10), row(2, 10), row(3, 10)]), None).unwrap();
    assert_eq!(page["count"], 2);
    assert!(page["cut"].as_str().unwrap().contains("only 2 of 3 rows fit in the 60-byte limit"));
    let position = Position::of_cursor(page["next_cursor"].as_str().unwrap(), plan.query);
    assert_eq!(position, Ok(Position::After(vec![json!(2)])));
    assert!(plan.result(json!([row(1, 100)]), None).unwrap_err().contains("fewer columns"));
}

#[test]
fn rows_without_a_key_are_paged_by_offset() {
    let table = Table { key: vec![], ..notes() };
    let asked = |cursor: Option<&Value>| {
        let mut asked = json!({ "columns": ["id"], "limit": 2 });
        if let Some(cursor) = cursor {
            asked["cursor"] = cursor.clone();
        }
        plan(&table, LIMITS, &arguments(asked)).unwrap()
    };
    let rows = json!([{ "id": 1 }, { "id": 2 }, { "id": 3 }]);
    let first = asked(None).result(rows.clone(), None).unwrap();
    let second = asked(Some(&first["next_cursor"]));
    assert!(address(&second).ends_with("&limit=3&offset=2"));
    let third = asked(Some(&second.result(rows.clone(), None).unwrap()["next_cursor"]));
    assert!(address(&third).ends_with("&limit=3&offset=4"));
    let far = Position::Offset(999_999).to_cursor(third.query);
    let end = asked(Some(&json!(far))).result(rows, None).unwrap();
    assert_eq!(end.get("next_cursor"), None);
    assert!(end["cut"].as_str().unwrap().contains("too far behind"));
}

#[test]
fn sort_values_too_long_for_an_address_end_the_walk_honestly() {
    let plan = call(json!({ "columns": ["id", "title"], "order": ["title"], "limit": 1 })).unwrap();
    let row = json!({ "id": 1, "title": "ü".repeat(2_000) });
    let page = plan.result(json!([row, row]), None).unwrap();
    assert_eq!(page.get("next_cursor"), None);
    assert!(page["cut"].as_str().unwrap().contains("order by another column"));
}

#[test]
fn a_page_that_is_too_large_shrinks_to_a_single_row() {
    let plan = call(json!({ "columns": ["id", "title"], "limit": 9, "count": "exact" })).unwrap();
    let limit = |plan: &Plan| address(plan).rsplit_once("limit=").unwrap().1.to_owned();
    let smaller = plan.smaller().unwrap();
    assert_eq!(
        (limit(&plan), limit(&smaller), limit(&smaller.smaller().unwrap_or(smaller.clone()))),
        ("10".into(), "3".into(), "2".into())
    );
    let single = plan.single().unwrap();
    assert_eq!((limit(&single), single.request.prefer.as_str()), ("1".into(), "count=exact"));
    assert!(single.smaller().is_none() && single.single().is_none());
    // There may be more, and who goes on finds out.
    let page = single.result(json!([row(1)]), Some(1)).unwrap();
    assert_eq!((&page["count"], &page["total"]), (&json!(1), &json!(1)));
    assert!(page["next_cursor"].is_string() && page["cut"].as_str().unwrap().contains("too large"));
    let end = single.result(json!([]), None).unwrap();
    assert_eq!((&end["count"], end.get("next_cursor"), end.get("cut")), (&json!(0), None, None));
}

/// What somebody can do who writes cursors: choose the values that the page starts behind, of the columns it is sorted by.
#[test]
fn a_forged_cursor_compares_columns_of_the_order_and_no_others() {
    let mut table = notes();
    // May be read and sorted by, not filtered by.
    table.columns[6] = Arc::new(Column { operators: vec![], ..column("score", of(Base::Float)) });
    let asked = |more: Value| {
        let mut asked = arguments(json!({ "where": { "title": { "eq": "mine" } }, "columns": ["id"], "order": ["score"] }));
        asked.extend(arguments(more));
        plan(&table, LIMITS, &asked)
    };
    let query = asked(json!({})).unwrap().query;
    let forged = |values: Value| {
        let cursor = Position::After(values.as_array().unwrap().clone()).to_cursor(query);
        asked(json!({ "cursor": cursor })).map(|plan| address(&plan))
    };
    let address = forged(json!([0.5, 7])).unwrap();
    let filter = address.split_once("&and=").unwrap().1.split_once("&order=").unwrap().0;
    assert_eq!(
        filter, r#"("title".eq."mine",or(or("score".gt."0.5","score".is.null),and("score".eq."0.5","id".gt."7")))"#,
        "the filter stays; what is added to it compares the order's columns"
    );
    for values in
        [json!([0.5]), json!([0.5, 7, "secret"]), json!(["0.5) or", 7]), json!([{ "secret": 1 }, 7]), json!([0.5, null])]
    {
        assert_eq!(forged(values.clone()), Err(foreign()), "{values}");
    }
    let by_secret = asked(json!({ "order": ["secret"] }));
    assert!(by_secret.unwrap_err().contains("column `secret` is not allowed"), "what cannot be read cannot be sorted by");
}
