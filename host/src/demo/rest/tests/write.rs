//! Inserts, updates, deletes.

use serde_json::json;

use super::super::super::USERS;
use super::{STRICT, World, code, encode};

#[test]
fn writing_as_oneself() {
    let world = World::new();
    let target = "notes?select=id,user_id,title,body,state&columns=%22title%22,%22body%22";
    let prefer = "return=representation,missing=default,handling=strict";
    let (status, rows, headers) = world.ask(0, "POST", target, prefer, r#"[{"title":"a","body":"b"},{"title":"ä\"b"}]"#);
    assert_eq!(
        (status, headers["preference-applied"].to_str().unwrap()),
        (201, "return=representation, missing=default, handling=strict")
    );
    let user = USERS[0].id;
    assert_eq!(
        rows,
        json!([
            { "id": 8, "user_id": user, "title": "a", "body": "b", "state": "open" },
            { "id": 9, "user_id": user, "title": "ä\"b", "body": null, "state": "open" },
        ])
    );
    let changed = world.ask(
        0,
        "PATCH",
        &format!("notes?select=id,state&and={}", encode(r#"("id".in.("8","2"))"#)),
        STRICT,
        r#"{"state":"done"}"#,
    );
    assert_eq!((changed.0, changed.1), (200, json!([{ "id": 8, "state": "done" }])), "2 is Linus's");
    let gone = world.ask(0, "DELETE", &format!("notes?select=id&and={}", encode(r#"("id".gte."8")"#)), STRICT, "");
    assert_eq!((gone.0, gone.1), (200, json!([{ "id": 8 }, { "id": 9 }])));
    // Without representation nothing comes back.
    assert_eq!(world.ask(0, "POST", "notes", "", r#"{"title":"x"}"#).0, 201);
    assert_eq!(world.ask(0, "DELETE", &format!("notes?and={}", encode(r#"("title".eq."x")"#)), "", "").0, 204);
    assert_eq!(world.ask(0, "POST", "notes", STRICT, "[]").1, json!([]));
    assert_eq!(world.ask(0, "PATCH", "notes", STRICT, "{}").1, json!([]));
}

#[test]
fn other_peoples_rows_do_not_exist_and_cannot_be_made() {
    let world = World::new();
    let linus = encode(r#"("id".eq."2")"#);
    for (method, body) in [("PATCH", r#"{"state":"done"}"#), ("DELETE", "")] {
        let seen = world.ask(0, method, &format!("notes?select=id&and={linus}"), STRICT, body);
        assert_eq!((seen.0, &seen.1), (200, &json!([])), "{method}");
    }
    assert_eq!(world.titles(1, r#"("id".eq."2","state".eq."done")"#), ["Order"]);
    let forged = format!(r#"{{"title":"x","user_id":"{}"}}"#, USERS[1].id);
    let message = "new row violates row-level security policy for table \"notes\"";
    let seen = world.ask(0, "POST", "notes", STRICT, &forged);
    assert_eq!((code(&seen), seen.1["message"].as_str().unwrap()), ((403, "42501"), message));
    assert_eq!(
        code(&world.ask(0, "PATCH", &format!("notes?and={}", encode(r#"("id".eq."1")"#)), STRICT, &forged)),
        (403, "42501")
    );
    let upsert =
        |body: &str| world.ask(0, "POST", "notes?on_conflict=%22id%22", &format!("{STRICT},resolution=merge-duplicates"), body);
    assert_eq!(code(&upsert(r#"{"id":2,"title":"mine now"}"#)), (403, "42501"));
    assert_eq!(world.titles(1, r#"("id".eq."2")"#), ["Order"]);
    let seen = upsert(r#"[{"id":1,"title":"again"},{"id":1000,"title":"new"}]"#);
    assert_eq!((seen.0, &seen.1[0]["state"], &seen.1[1]["state"]), (201, &json!("done"), &json!("open")));
}

#[test]
fn constraints_and_bad_bodies() {
    let world = World::new();
    let long = format!(r#"{{"title":"{}"}}"#, "a".repeat(201));
    let body = format!(r#"{{"title":"a","body":"{}"}}"#, "a".repeat(4001));
    for (text, expected) in [
        ("", (400, "PGRST102")),
        ("[1]", (400, "PGRST102")),
        ("\"x\"", (400, "PGRST102")),
        (r#"{"title":"a","title":"b"}"#, (400, "PGRST102")),
        (r#"[{"title":"a"},{"body":"b"}]"#, (400, "PGRST102")),
        (r#"{"nosuch":1}"#, (400, "PGRST204")),
        (r#"{"body":"a"}"#, (400, "23502")),
        (r#"{"title":null}"#, (400, "23502")),
        (r#"{"title":""}"#, (400, "23514")),
        (&long, (400, "23514")),
        (&body, (400, "23514")),
        (r#"{"title":"a","state":"shut"}"#, (400, "22P02")),
        (r#"{"title":"a","id":1.5}"#, (400, "22P02")),
        (r#"{"title":"a","id":1}"#, (409, "23505")),
        (r#"{"title":"a","created_at":"soon"}"#, (400, "22007")),
        (r#"{"title":"a\u0000"}"#, (400, "22P05")),
    ] {
        assert_eq!(code(&world.ask(0, "POST", "notes", STRICT, text)), expected, "{text}");
    }
    assert_eq!(code(&world.ask(0, "POST", "notes?columns=%22nosuch%22", STRICT, r#"{"title":"a"}"#)), (400, "PGRST204"));
    assert_eq!(code(&world.ask(0, "POST", "notes?on_conflict=title", STRICT, r#"{"title":"a"}"#)), (400, "42P10"));
    assert_eq!(code(&world.ask(0, "PATCH", "notes", STRICT, r#"{"id":50}"#)), (409, "23505"));
    assert_eq!(code(&world.ask(0, "PATCH", "notes", STRICT, r#"{"nosuch":1}"#)), (400, "PGRST204"));
    assert_eq!(world.get(0, "").1.as_array().unwrap().len(), 4, "nothing was written");
}

#[test]
fn preferences_are_kept() {
    let world = World::new();
    let most = |n: usize| format!("{STRICT},max-affected={n}");
    let all = encode(r#"("id".gt."0")"#);
    let seen = world.ask(0, "DELETE", &format!("notes?and={all}"), &most(3), "");
    assert_eq!((code(&seen), seen.1["details"].as_str().unwrap()), ((400, "PGRST124"), "The query affects 4 rows"));
    assert_eq!(code(&world.ask(0, "PATCH", &format!("notes?and={all}"), &most(3), r#"{"state":"done"}"#)), (400, "PGRST124"));
    assert_eq!(world.titles(0, r#"("state".eq."done")"#), ["Translate"]);
    assert_eq!(code(&world.ask(0, "GET", "notes", "handling=strict, nonsense", "")), (400, "PGRST122"));
    assert_eq!(world.ask(0, "GET", "notes", "nonsense, max-affected=1", "").0, 200);
    assert_eq!(world.ask(0, "DELETE", &format!("notes?and={all}"), &most(4), "").1.as_array().unwrap().len(), 4);
    assert_eq!(world.get(1, "").1.as_array().unwrap().len(), 3);
}

#[test]
fn memory_is_bounded() {
    let world = World::new();
    let hundred = serde_json::to_string(&vec![json!({ "title": "x" }); 100]).unwrap();
    assert_eq!(world.ask(0, "POST", "notes", "", &hundred).0, 201);
    let seen = world.ask(0, "POST", "notes", "", &hundred);
    assert_eq!((code(&seen), seen.1["hint"].as_str().unwrap()), ((400, "P0001"), "delete some notes first"));
    assert_eq!(world.get(0, "").1.as_array().unwrap().len(), 104, "all or nothing");
    assert_eq!(world.ask(1, "POST", "notes", "", &hundred).0, 201, "another's notes do not count");
    assert_eq!(world.ask(0, "POST", "notes", "", r#"{"title":"last","id":9223372036854775807}"#).0, 201);
    assert_eq!(world.ask(0, "POST", "notes", "", r#"{"title":"next"}"#).0, 201);
}
