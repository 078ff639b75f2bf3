use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{
    super::{declaration::Base, fixtures::*},
    *,
};

const TEAM: &str = "123e4567-e89b-12d3-a456-426614174000";

fn try_update(call: Value) -> Result<Plan, String> {
    update(&notes(), LIMITS, &arguments(call))
}

/// The second step after this answer to the first.
fn with_keys(plan: &Plan, answer: Value) -> Result<Request, String> {
    plan.keys(answer).and_then(|keys| plan.write(&keys, false))
}

fn address(request: &Request) -> String {
    percent_decode_str(&request.path_and_query).decode_utf8().unwrap().into_owned()
}

#[test]
fn an_update_is_bounded_by_the_server() {
    let plan = try_update(json!({
        "where": { "id": { "in": [1, 2] } }, "set": { "state": "done", "title": null }, "max_affected": 2, "returning": ["id"]
    }))
    .unwrap();
    let request = plan.request.clone().unwrap();
    assert_eq!(request.method, Method::PATCH);
    assert_eq!(request.schema.as_deref(), Some("app"));
    assert_eq!(request.prefer, "return=representation,handling=strict,max-affected=2");
    assert_eq!(address(&request), r#"/notes?select=id&"id"=in.("1","2")"#);
    assert_eq!(request.body, Some(json!({ "State \"x\"": "done", "title": null })));
    assert_eq!(plan.result(json!([{ "id": 1 }])).unwrap()["count"], 1);
}

#[test]
fn a_delete_has_no_body() {
    let call = json!({ "where": { "id": { "eq": 1 } }, "returning": [] });
    let plan = delete(&notes(), LIMITS, &arguments(call)).unwrap();
    let request = plan.request.clone().unwrap();
    assert_eq!((&request.method, &request.body), (&Method::DELETE, &None));
    assert!(request.prefer.ends_with("max-affected=20"));
    assert_eq!(address(&request), r#"/notes?select=id&"id"=eq.1"#);
    let result = plan.result(json!([{ "id": 1 }])).unwrap();
    assert_eq!((&result["count"], &result["rows"]), (&json!(1), &json!([])));
    let set = json!({ "where": { "id": { "eq": 1 } }, "set": { "title": "a" } });
    assert!(delete(&notes(), LIMITS, &arguments(set)).unwrap_err().contains("`set` is not allowed"));
}

#[test]
fn a_change_says_which_rows_and_what() {
    let one = json!({ "id": { "eq": 1 } });
    for (call, part) in [
        (json!({ "set": { "title": "a" } }), "`where` must say which rows"),
        (json!({ "where": {}, "set": { "title": "a" } }), "`where` must say which rows"),
        (json!({ "where": [], "set": { "title": "a" } }), "`where` must say which rows"),
        (json!({ "where": {}, "any_of": [one], "set": { "title": "a" } }), "`where` must say which rows"),
        (json!({ "where": { "id": {} }, "set": { "title": "a" } }), "empty"),
        (json!({ "where": one }), "`set` must name"),
        (json!({ "where": one, "set": {} }), "`set` must name"),
        (json!({ "where": one, "set": [] }), "`set` must be an object"),
        (json!({ "where": one, "set": { "id": 2 } }), "set: column `id` is not allowed"),
        (json!({ "where": one, "set": { "locked": true } }), "`locked` is not allowed"),
        (json!({ "where": one, "set": { "state": "opne" } }), "did you mean `open`"),
        (json!({ "where": one, "set": { "title": "a" }, "max_affected": 21 }), "from 1 to 20"),
        (json!({ "where": one, "set": { "title": "a" }, "max_affected": 0 }), "from 1 to 20"),
        (json!({ "where": one, "set": { "title": "a" }, "limit": 1 }), "`limit` is not allowed"),
    ] {
        let refusal = try_update(call).unwrap_err();
        assert!(refusal.contains(part), "{refusal}");
    }
    let other = json!({ "where": { "user_id": { "eq": 1 } } });
    assert!(delete(&members(), LIMITS, &arguments(other)).unwrap_err().contains("which team_id"));
}

#[test]
fn zero_rows_are_an_error() {
    let plan = try_update(json!({ "where": { "id": { "eq": 1 } }, "set": { "title": "a" } })).unwrap();
    assert_eq!(plan.result(json!([])), Err(NOTHING.to_owned()));
    assert_eq!(with_keys(&plan, json!([])), Err(NOTHING.to_owned()));
}

#[test]
fn two_steps_for_servers_that_do_not_count() {
    let plan = try_update(json!({ "where": { "title": { "eq": "a" } }, "set": { "title": "b" }, "max_affected": 2 })).unwrap();
    let keys = plan.keys_request().unwrap();
    assert_eq!((&keys.method, keys.prefer.as_str(), &keys.body), (&Method::GET, "handling=strict", &None));
    assert_eq!(address(&keys), r#"/notes?select=id&and=("title".eq."a")&limit=3"#);
    let write = with_keys(&plan, json!([{ "id": 1 }, { "id": 2 }])).unwrap();
    assert_eq!((&write.method, &write.body), (&Method::PATCH, &Some(json!({ "title": "b" }))));
    assert_eq!(write.prefer, "return=representation,handling=strict");
    assert!(address(&write).ends_with(r#"&"title"=eq.a&"id"=in.("1","2")"#));
    assert!(with_keys(&plan, json!([{ "id": 1 }, { "id": 2 }, { "id": 3 }])).unwrap_err().contains("more than 2 rows"));
    for lie in [json!([{ "id": null }]), json!([{}]), json!([{ "id": "x" }])] {
        assert!(with_keys(&plan, lie).unwrap_err().contains("key column id is not as declared"));
    }
}

#[test]
fn composite_keys_are_bound_row_by_row() {
    let call = json!({ "where": { "team_id": { "eq": TEAM } } });
    let plan = delete(&members(), LIMITS, &arguments(call)).unwrap();
    let write = with_keys(&plan, json!([{ "team_id": TEAM, "user_id": 1 }, { "team_id": TEAM, "user_id": 2 }])).unwrap();
    let all = r"select=team_id,user_id,role";
    assert_eq!(address(&write), format!(r#"/members?{all}&"team_id"=eq.{TEAM}&"team_id"=in.("{TEAM}")&"user_id"=in.("1","2")"#));
    let other = TEAM.replace('1', "2");
    let write = with_keys(&plan, json!([{ "team_id": TEAM, "user_id": 1 }, { "team_id": other, "user_id": 2 }])).unwrap();
    assert_eq!(
        address(&write),
        format!(
            r#"/members?{all}&and=(or(and("team_id".eq."{TEAM}","user_id".eq."1"),and("team_id".eq."{other}","user_id".eq."2")))&"team_id"=eq.{TEAM}"#
        )
    );
}

#[test]
fn a_tree_of_keys_needs_them_back_and_unchanged() {
    let rows = json!([{ "team_id": TEAM, "user_id": 1 }, { "team_id": TEAM.replace('1', "2"), "user_id": 2 }]);
    let mut table = members();
    let call = |table: &Table, set: Value| {
        let call = json!({ "where": { "team_id": { "eq": TEAM } }, "set": set, "returning": ["role"] });
        with_keys(&update(table, LIMITS, &arguments(call)).unwrap(), rows.clone())
    };
    // A trigger may write a key column anew, and an old server would apply the tree to that: it answers how many, not which.
    let write = call(&table, json!({ "role": "x" })).unwrap();
    assert!(address(&write).starts_with("/members?and=(or("), "{}", address(&write));
    assert_eq!(write.prefer, "return=minimal,count=exact,handling=strict");
    let gone =
        delete(&table, LIMITS, &arguments(json!({ "where": { "team_id": { "eq": TEAM } }, "returning": ["role"] }))).unwrap();
    let gone = with_keys(&gone, rows.clone()).unwrap();
    assert!(address(&gone).starts_with(r#"/members?select=role,"~0":"team_id","~1":"user_id"&and="#));
    table.columns[1] = Arc::new(Column { update: true, ..(*table.columns[1]).clone() });
    assert!(call(&table, json!({ "user_id": 7 })).unwrap_err().contains("one at a time"));
}

#[test]
fn alternatives_take_two_steps_everywhere() {
    let call = json!({
        "where": { "title": { "eq": "a" } }, "any_of": [{ "id": { "eq": 1 } }, { "id": { "eq": 2 } }], "returning": ["id"]
    });
    let plan = delete(&notes(), LIMITS, &arguments(call)).unwrap();
    assert_eq!(plan.request, None);
    assert!(address(&plan.keys_request().unwrap()).contains(r#"and=("title".eq."a",or("id".eq."1","id".eq."2"))"#));
    let write = with_keys(&plan, json!([{ "id": 2 }])).unwrap();
    assert_eq!(address(&write), r#"/notes?select=id&and=(or("id".eq."1","id".eq."2"))&"title"=eq.a&"id"=in.("2")"#);
    assert_eq!(write.method, Method::DELETE);
    // Also a single one.
    let one = json!({ "where": { "title": { "eq": "a" } }, "any_of": [{ "id": { "eq": 1 } }] });
    assert_eq!(delete(&notes(), LIMITS, &arguments(one)).unwrap().request, None);
}

/// Alternatives for an update or a delete of notes.
fn either(rest: Value) -> Map<String, Value> {
    let mut call = arguments(
        json!({ "where": { "id": { "gt": 0 } }, "any_of": [{ "title": { "eq": "a" } }, { "title": { "eq": "b" }, "tags": { "contains": ["x"] } }] }),
    );
    call.extend(arguments(rest));
    call
}

#[test]
fn a_delete_by_alternatives_selects_what_they_compare() {
    for (returning, select) in [
        (json!(["id"]), r#"id,"~0":"title","~1":"tags""#),
        (json!(["title", "tags"]), "title,tags"),
        (json!([]), r#""~0":"title","~1":"tags""#),
    ] {
        let plan = delete(&notes(), LIMITS, &either(json!({ "returning": returning }))).unwrap();
        let keys = plan.keys(json!([{ "id": 1 }, { "id": 2 }])).unwrap();
        let write = plan.write(&keys, true).unwrap();
        let tree = r#"and=(or("title".eq."a",and("tags".cs."{\"x\"}","title".eq."b")))"#;
        assert_eq!(address(&write), format!(r#"/notes?select={select}&{tree}&"id"=gt.0&"id"=in.("1","2")"#));
        assert_eq!(write.prefer, "return=representation,handling=strict,max-affected=20");
        assert!(!plan.is_counted(&keys));
    }
}

#[test]
fn an_update_by_alternatives_is_counted_and_read_back() {
    let set = json!({ "set": { "title": "c" }, "returning": ["title"] });
    let plan = update(&notes(), LIMITS, &either(set)).unwrap();
    let keys = plan.keys(json!([{ "id": 1 }, { "id": 2 }])).unwrap();
    assert!(plan.request.is_none() && plan.is_counted(&keys));
    let write = plan.write(&keys, false).unwrap();
    assert_eq!(write.prefer, "return=minimal,count=exact,handling=strict");
    assert!(address(&write).starts_with("/notes?and=(or("), "{}", address(&write));
    assert_eq!(plan.count(Some(2)), Ok(2));
    assert_eq!(plan.count(Some(0)), Err(NOTHING.to_owned()));
    assert!(plan.count(None).unwrap_err().contains("not known"));
    let read = plan.read_back(&keys, 2).unwrap();
    assert_eq!(address(&read), r#"/notes?select=title&and=("id".in.("1","2"))&limit=21"#);
    assert!(plan.read_back(&keys, 1).unwrap_err()["cut"].as_str().unwrap().contains("not known"));
    let more = plan.read_back(&keys, 3).unwrap_err();
    let cut = more["cut"].as_str().unwrap();
    assert!(more["count"] == 3 && cut.contains("more than") && !cut.contains("not all"), "{cut}");
    let c = json!({ "title": "c" });
    assert_eq!(plan.reread(json!([c, c]), 2), json!({ "rows": [c, c], "count": 2, "notice": super::super::rows::NOTICE }));
    let fewer = plan.reread(json!([c]), 2);
    assert_eq!((&fewer["count"], &fewer["rows"]), (&json!(2), &json!([c])));
    assert!(fewer["cut"].as_str().unwrap().contains("1 were found"));
    assert_eq!(plan.reread(json!({}), 2)["count"], 2);
}

#[test]
fn alternatives_cannot_choose_rows_whose_key_changes() {
    let mut table = members();
    table.columns[1] = Arc::new(Column { update: true, ..(*table.columns[1]).clone() });
    let call = json!({ "where": { "team_id": { "eq": TEAM } }, "any_of": [{ "role": { "eq": "x" } }], "set": { "user_id": 7 } });
    assert!(update(&table, LIMITS, &arguments(call)).unwrap_err().contains("any_of"));
}

#[test]
fn keys_are_unique_and_exact() {
    let plan = delete(&notes(), LIMITS, &either(json!({}))).unwrap();
    assert!(plan.keys(json!([{ "id": 1 }, { "id": 2 }, { "id": 1 }])).unwrap_err().contains("same key (id)"));
    let score = Arc::new(Column { nullable: false, ..column("score", of(Base::Float)) });
    let table = Table { key: vec![score], ..notes() };
    let plan = delete(&table, LIMITS, &either(json!({}))).unwrap();
    assert!(address(&plan.keys_request().unwrap()).starts_with(r#"/notes?select=score,"~0":"score"::text&"#));
    let write = with_keys(&plan, json!([{ "score": 0.3, "~0": "0.30000000000000004" }])).unwrap();
    assert!(address(&write).ends_with(r#"&"score"=in.("0.30000000000000004")"#), "{}", address(&write));
}
