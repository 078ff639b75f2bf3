//! The data tools where a mistake would cost rows: writes in steps, answers that cannot be read, rows that are too large.

use http::Method;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    data::{NOTES, address, bench, error, result, row},
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
    script(&bench, [rows(json!([{ "id": 4 }, { "id": 5 }])), rows(json!([{ "id": 4, "~0": "open", "~1": "x" }]))]);
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
    script(&bench, [rows(json!([{ "id": 4 }, { "id": 5 }])), counted(2), rows(json!([done(4), done(5)]))]);
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
    script(&bench, [rows(json!([{ "id": 4 }])), Answer::rest(400, EXCEEDED)]);
    let text = error(&bench, "notes_delete", either(json!({}))).await;
    assert!(text.contains("more than 2 rows") && text.contains("nothing was changed"), "{text}");

    script(&bench, [rows(json!([{ "id": 4 }])), Answer::rest(400, UNKNOWN), rows(json!([row(4)]))]);
    assert_eq!(result(&bench, "notes_delete", either(json!({}))).await["count"], 1);
    let seen = &bench.issuer.seen(NOTES)[2..];
    assert_eq!(methods(seen), ["GET", "DELETE", "DELETE"]);
    assert!(prefer(&seen[1]).ends_with("max-affected=2"), "{}", prefer(&seen[1]));
    assert_eq!(prefer(&seen[2]), "return=representation,handling=strict");

    script(&bench, [rows(json!([{ "id": 4 }])), rows(json!([row(4)]))]);
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
