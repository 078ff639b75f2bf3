//! The data tools where a mistake would cost rows: writes in steps, answers that cannot be read, rows that are too large.

use http::Method;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    data::{NOTES, address, bench, error, result, row, strict, teach},
    issuer::{Answer, Seen},
};

const UNKNOWN: &str = r#"{"code":"PGRST122","message":"Invalid preferences given with handling=strict"}"#;
const EXCEEDED: &str = r#"{"code":"PGRST124","message":"Query result exceeds max-affected preference constraint"}"#;

fn rows(rows: Value) -> Answer {
    Answer::rest(200, rows.to_string())
}

/// An answer to `return=minimal,count=exact`.
fn counted(count: u64) -> Answer {
    Answer::status(204).with_header("content-range", &format!("0-{}/{count}", count.saturating_sub(1)))
}

fn script(bench: &Bench, answers: impl IntoIterator<Item = Answer>) {
    answers.into_iter().for_each(|answer| bench.issuer.answer_next(NOTES, answer));
}

fn methods(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.method.as_str()).collect()
}

fn prefer(seen: &Seen) -> &str {
    seen.headers["prefer"].to_str().unwrap()
}

fn either(rest: Value) -> Value {
    let mut call = json!({
        "where": { "id": { "gt": 0 } }, "any_of": [{ "state": { "eq": "open" } }, { "title": { "eq": "x" } }], "max_affected": 2
    });
    call.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    call
}

const TREE: &str = r#"and=(or("state".eq."open","title".eq."x"))"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_by_alternatives_deletes_only_what_still_matches() {
    let bench = bench().await;
    script(&bench, [strict(rows(json!([{ "id": 4 }, { "id": 5 }]))), rows(json!([{ "id": 4, "~0": "open", "~1": "x" }]))]);
    let gone = result(&bench, "notes_delete", either(json!({ "returning": ["id"] }))).await;
    assert_eq!((&gone["count"], &gone["rows"]), (&json!(1), &json!([{ "id": 4 }])), "hidden columns stay hidden");
    let seen = bench.issuer.seen(NOTES);
    assert_eq!(methods(&seen), ["GET", "DELETE"]);
    // The tree is applied to the rows that come back too (before PostgREST#4619), so its columns must be among them.
    let write = address(&seen[1]);
    assert_eq!(write, format!(r#"/rest/v1/notes?select=id,"~0":"state","~1":"title"&{TREE}&"id"=gt.0&"id"=in.("4","5")"#));
    assert_eq!(prefer(&seen[1]), "return=representation,handling=strict,max-affected=2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_by_alternatives_counts_and_then_reads() {
    let bench = bench().await;
    let set = json!({ "set": { "state": "done" }, "returning": ["id", "state"] });
    let done = |id: u64| json!({ "id": id, "state": "done" });
    script(&bench, [strict(rows(json!([{ "id": 4 }, { "id": 5 }]))), counted(2), rows(json!([done(4), done(5)]))]);
    let changed = result(&bench, "notes_update", either(set.clone())).await;
    assert_eq!((&changed["count"], &changed["rows"]), (&json!(2), &json!([done(4), done(5)])));
    let seen = bench.issuer.seen(NOTES);
    assert_eq!(methods(&seen), ["GET", "PATCH", "GET"]);
    // `set` may change what the tree compares, so no rows are asked for: PostgREST would look for "open" among the done.
    assert_eq!(prefer(&seen[1]), "return=minimal,count=exact,handling=strict,max-affected=2");
    assert_eq!(address(&seen[1]), format!(r#"/rest/v1/notes?{TREE}&"id"=gt.0&"id"=in.("4","5")"#));
    assert_eq!(address(&seen[2]), r#"/rest/v1/notes?select=id,state&and=("id".in.("4","5"))&limit=3"#);

    // One of the two had been changed by somebody else: which one was written is not known.
    script(&bench, [rows(json!([{ "id": 4 }, { "id": 5 }])), counted(1)]);
    let changed = result(&bench, "notes_update", either(set.clone())).await;
    assert_eq!((&changed["count"], &changed["rows"]), (&json!(1), &json!([])));
    assert!(changed["cut"].as_str().unwrap().contains("2 rows matched"), "{changed}");

    // Both had: then it is as if nothing had matched.
    script(&bench, [rows(json!([{ "id": 4 }])), Answer::status(204).with_header("content-range", "*/0")]);
    let text = error(&bench, "notes_update", either(set.clone())).await;
    assert!(text.contains("0 rows matched") && text.contains("nothing was changed"), "{text}");

    // Nothing is to come back, so nothing is read.
    let before = bench.issuer.hits(NOTES);
    script(&bench, [rows(json!([{ "id": 4 }])), counted(1)]);
    let changed = result(&bench, "notes_update", either(json!({ "set": { "state": "done" }, "returning": [] }))).await;
    assert_eq!((&changed["count"], changed.get("cut"), bench.issuer.hits(NOTES) - before), (&json!(1), None, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_cannot_be_read_back_was_still_made() {
    let bench = bench().await;
    let call = || either(json!({ "set": { "state": "done" } }));
    for lost in [
        Answer::rest(403, r#"{"code":"42501","message":"permission denied for table notes"}"#),
        Answer::rest(401, r#"{"code":"PGRST301","message":"JWT expired"}"#).with_header("www-authenticate", "Bearer"),
        Answer::rest(200, "<html>"),
    ] {
        script(&bench, [rows(json!([{ "id": 4 }])), counted(1), lost]);
        let changed = result(&bench, "notes_update", call()).await;
        assert_eq!((&changed["count"], &changed["rows"]), (&json!(1), &json!([])));
        assert!(changed["cut"].as_str().unwrap().contains("rows were written, but"), "{changed}");
    }
    // A server that does not say how many rows it changed.
    script(&bench, [rows(json!([{ "id": 4 }])), Answer::status(204)]);
    let text = error(&bench, "notes_update", call()).await;
    assert!(text.contains("not known"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_step_is_bounded_where_the_server_can() {
    let bench = bench().await;
    script(&bench, [strict(rows(json!([{ "id": 4 }]))), Answer::rest(400, EXCEEDED)]);
    let text = error(&bench, "notes_delete", either(json!({}))).await;
    assert!(text.contains("more than 2 rows") && text.contains("nothing was changed"), "{text}");

    script(&bench, [strict(rows(json!([{ "id": 4 }]))), Answer::rest(400, UNKNOWN), rows(json!([row(4)]))]);
    assert_eq!(result(&bench, "notes_delete", either(json!({}))).await["count"], 1);
    let seen = &bench.issuer.seen(NOTES)[2..];
    assert_eq!(methods(seen), ["GET", "DELETE", "DELETE"]);
    assert!(prefer(&seen[1]).ends_with("max-affected=2"), "{}", prefer(&seen[1]));
    assert_eq!(prefer(&seen[2]), "return=representation,handling=strict");

    script(&bench, [strict(rows(json!([{ "id": 4 }]))), rows(json!([row(4)]))]);
    assert_eq!(result(&bench, "notes_delete", either(json!({}))).await["count"], 1);
    let seen = &bench.issuer.seen(NOTES)[5..];
    assert_eq!(methods(seen), ["GET", "DELETE"], "it is not asked again for what it does not know");
    assert_eq!(prefer(&seen[1]), "return=representation,handling=strict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_unique_changes_nothing() {
    let bench = bench().await;
    script(&bench, [rows(json!([{ "id": 4 }, { "id": 4 }]))]);
    let text = error(&bench, "notes_delete", either(json!({}))).await;
    assert!(text.contains("same key") && text.contains("nothing was changed") && text.contains("LATCH_DATA"), "{text}");
    assert_eq!(bench.issuer.seen(NOTES).iter().filter(|seen| seen.method != Method::GET).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_answer_to_a_write_leaves_a_doubt() {
    let bench = bench().await;
    teach(&bench).await;
    for body in ["<html>", "[{\"id\":1"] {
        bench.issuer.answer(NOTES, Answer::rest(200, body));
        bench.issuer.answer("/rest/v1/rpc/purge", Answer::rest(200, body));
        for (tool, call) in [
            ("notes_insert", json!({ "rows": [{ "title": "a" }] })),
            ("notes_update", json!({ "where": { "id": { "eq": 1 } }, "set": { "title": "a" } })),
            ("notes_delete", json!({ "where": { "id": { "eq": 1 } } })),
            ("rpc_purge", json!({})),
        ] {
            let text = error(&bench, tool, call).await;
            assert!(text.contains("not JSON") && text.contains("not known"), "{tool}: {text}");
        }
        let text = error(&bench, "notes_select", json!({})).await;
        assert!(text.contains("not JSON") && !text.contains("not known"), "{text}");
    }
    bench.issuer.answer(NOTES, Answer::rest(200, "{}"));
    let text = error(&bench, "notes_delete", json!({ "where": { "id": { "eq": 1 } } })).await;
    assert!(text.contains("not known"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_makes_progress_to_the_row_that_is_too_large() {
    let bench = bench().await;
    let huge = |id: u64| json!({ "id": id, "title": "x".repeat(50_000), "state": "open" });
    script(&bench, (0..3).map(|_| rows(json!([row(1), huge(2)]))).chain([rows(json!([row(1)]))]));
    let page = result(&bench, "notes_select", json!({})).await;
    assert_eq!((&page["count"], &page["rows"]), (&json!(1), &json!([row(1)])));
    let cursor = page["next_cursor"].as_str().expect("there may be more");
    let seen = bench.issuer.seen(NOTES);
    let limits: Vec<&str> = seen.iter().map(|seen| seen.uri.query().unwrap().rsplit_once("limit=").unwrap().1).collect();
    assert_eq!(limits, ["51", "13", "4", "1"]);

    script(&bench, (0..4).map(|_| rows(json!([huge(2)]))));
    let text = error(&bench, "notes_select", json!({ "cursor": cursor })).await;
    assert!(text.contains("One row") && text.contains("fewer columns") && !text.contains("changes data"), "{text}");
    assert_eq!(bench.issuer.hits(NOTES), 8);

    // Already a small page: the row looked ahead for may be what is too large.
    script(&bench, [rows(json!([row(1), huge(2)])), rows(json!([row(1)]))]);
    assert_eq!(result(&bench, "notes_select", json!({ "limit": 1 })).await["rows"], json!([row(1)]));
}

/// PostgREST before 12, or a proxy that drops `Prefer`: `max-affected` bounds nothing there, and nobody says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_bound_is_relied_on_only_where_strict_handling_was_seen() {
    let bench = bench().await;
    let update = || json!({ "where": { "state": { "eq": "open" } }, "set": { "title": "b" }, "max_affected": 2 });
    let found = || rows(json!([{ "id": 4 }]));
    for _ in 0..2 {
        let before = bench.issuer.hits(NOTES);
        script(&bench, [found(), rows(json!([row(4)]))]);
        assert_eq!(result(&bench, "notes_update", update()).await["count"], 1);
        let seen = &bench.issuer.seen(NOTES)[before..];
        assert_eq!(methods(seen), ["GET", "PATCH"]);
        assert_eq!((prefer(&seen[0]), prefer(&seen[1])), ("handling=strict", "return=representation,handling=strict"));
        assert!(address(&seen[1]).ends_with(r#"&"id"=in.("4")"#), "{}", address(&seen[1]));
    }
    script(&bench, [rows(json!([{ "id": 4 }, { "id": 5 }, { "id": 6 }]))]);
    let before = bench.issuer.hits(NOTES);
    assert!(error(&bench, "notes_update", update()).await.contains("nothing was changed"));
    assert_eq!(methods(&bench.issuer.seen(NOTES)[before..]), ["GET"]);

    // Once the server has shown it, one request is enough; and it must show it every time.
    let before = bench.issuer.hits(NOTES);
    script(&bench, [strict(found()), strict(rows(json!([row(4)]))), strict(rows(json!([row(4)]))), rows(json!([row(4)]))]);
    for _ in 0..3 {
        result(&bench, "notes_update", update()).await;
    }
    script(&bench, [found(), rows(json!([row(4)]))]);
    result(&bench, "notes_update", update()).await;
    let seen = &bench.issuer.seen(NOTES)[before..];
    assert_eq!(methods(seen), ["GET", "PATCH", "PATCH", "PATCH", "GET", "PATCH"]);
    assert!(prefer(&seen[1]).ends_with(",max-affected=2") && prefer(&seen[2]).ends_with(",max-affected=2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_allowed_are_told() {
    let bench = bench().await;
    teach(&bench).await;
    script(&bench, [strict(rows(json!([row(1), row(2), row(3)])))]);
    let call = json!({ "where": { "state": { "eq": "open" } }, "max_affected": 2 });
    let gone = result(&bench, "notes_delete", call).await;
    assert_eq!(gone["count"], 3);
    assert!(gone["cut"].as_str().unwrap().contains("max_affected"), "{gone}");
    assert_eq!(bench.logged("data_not_bounded").await["what"], "table notes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_on_the_way_is_not_advised_again() {
    let bench = bench().await;
    let page = |status| Answer::rest(status, "<html>504 Gateway Time-out</html>");
    let lost = || {
        let json = |status, body: &str| Answer::rest(status, body.to_owned());
        [408, 500, 502, 503, 504, 524].map(page).into_iter().chain([
            json(503, r#"{"code":"PGRST001","message":"no connection"}"#),
            json(504, r#"{"message":"The upstream server is timing out"}"#),
            json(504, r#"{"code":504,"message":"upstream request timeout"}"#),
        ])
    };
    let title = json!({ "title": "a" });
    for (index, _) in lost().enumerate() {
        let answer = || lost().nth(index).unwrap();
        bench.issuer.answer("/rest/v1/rpc/purge", answer());
        bench.issuer.answer("/rest/v1/rpc/count_notes", answer());
        for (tool, call, found) in [
            ("notes_insert", json!({ "rows": [title] }), false),
            ("notes_upsert", json!({ "rows": [{ "id": 1, "title": "a" }] }), false),
            ("notes_update", json!({ "where": { "id": { "eq": 4 } }, "set": title }), true),
            ("notes_delete", json!({ "where": { "id": { "eq": 4 } } }), true),
            ("rpc_purge", json!({}), false),
        ] {
            if found {
                script(&bench, [rows(json!([{ "id": 4 }]))]);
            }
            bench.issuer.answer(NOTES, answer());
            let text = error(&bench, tool, call).await;
            let again = text.contains("Call again") || text.contains("then call again");
            assert!(text.contains("not known") && !again, "{index} {tool}: {text}");
        }
        for (tool, call) in [("notes_select", json!({})), ("rpc_count_notes", json!({}))] {
            let text = error(&bench, tool, call).await;
            assert!(!text.contains("not known") && text.contains("again"), "{index} {tool}: {text}");
        }
    }
    // What the database itself refused was not done.
    for (status, code) in [(500, "57014"), (503, "PGRST002"), (504, "PGRST003"), (409, "40001"), (429, "")] {
        bench.issuer.answer(NOTES, Answer::rest(status, json!({ "code": code, "message": "no" }).to_string()));
        let text = error(&bench, "notes_insert", json!({ "rows": [title] })).await;
        assert!(!text.contains("not known"), "{code}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_come_back_are_counted_by_the_database() {
    let bench = bench().await;
    let call = || json!({ "rows": [{ "title": "a" }, { "title": "b" }], "returning": [] });
    let written = |total: &str| Answer::rest(201, "").with_header("content-range", total);
    // A trigger dropped one, or all.
    for (total, count) in [("*/2", 2), ("*/1", 1), ("*/0", 0)] {
        script(&bench, [written(total)]);
        let added = result(&bench, "notes_insert", call()).await;
        assert_eq!(
            (&added["count"], &added["rows"], added["cut"].is_string()),
            (&json!(count), &json!([]), count < 2),
            "{added}"
        );
    }
    assert!(prefer(&bench.issuer.seen(NOTES)[0]).starts_with("return=minimal,count=exact,"));
    script(&bench, [Answer::rest(201, "")]);
    let text = error(&bench, "notes_insert", call()).await;
    assert!(text.contains("did not say how many"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_function_says_about_values_is_not_logged() {
    let bench = bench().await;
    let purge = "/rest/v1/rpc/purge";
    for (status, code) in [(500, "AB001"), (400, "123"), (401, "PT401"), (500, "ZZ999")] {
        bench.issuer.answer(purge, Answer::rest(status, json!({ "code": code, "message": "no patient canary" }).to_string()));
        crate::data::call(&bench, "rpc_purge", json!({})).await;
    }
    bench.issuer.answer(purge, Answer::rest(404, json!({ "code": "PGRST202", "message": "written by PostgREST" }).to_string()));
    crate::data::call(&bench, "rpc_purge", json!({})).await;
    let mut lines = vec![];
    loop {
        let line = bench.logged("data_failed").await;
        lines.push(format!("{line:?}"));
        if line["code"] == "PGRST202" {
            assert_eq!(line["message"], "written by PostgREST");
            break;
        }
    }
    assert!(lines.len() == 4 && lines.iter().all(|line| !line.contains("canary")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_to_read_back_is_logged() {
    let bench = bench().await;
    let lost = Answer::rest(403, r#"{"code":"42501","message":"permission denied for table notes"}"#);
    script(&bench, [rows(json!([{ "id": 4 }])), counted(1), lost]);
    result(&bench, "notes_update", either(json!({ "set": { "state": "done" } }))).await;
    assert_eq!(bench.logged("data_failed").await["code"], "42501");
    let lost = Answer::rest(401, r#"{"code":"PGRST301","message":"JWT expired"}"#).with_header("www-authenticate", "Bearer");
    script(&bench, [rows(json!([{ "id": 4 }])), counted(1), lost]);
    result(&bench, "notes_update", either(json!({ "set": { "state": "done" } }))).await;
    assert!(bench.logged("data_failed").await["message"].as_str().unwrap().contains("JWT expired"));
}
