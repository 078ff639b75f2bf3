//! Declared tables as resources, and what is completed of them.

use serde_json::{Value, json};

use crate::{
    data::{NOTES, address, ask, bench, row},
    issuer::Answer,
};

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_resources_too() {
    let bench = bench().await;
    let body = ask(&bench, "server/discover", json!({})).await;
    assert_eq!(body["result"]["capabilities"], json!({ "tools": {}, "resources": {}, "completions": {} }));
    let body = ask(&bench, "resources/read", json!({ "uri": "supabase://table/notes" })).await;
    let content = &body["result"]["contents"][0];
    assert_eq!((&content["uri"], &content["mimeType"]), (&json!("supabase://table/notes"), &json!("application/schema+json")));
    let schema: Value = serde_json::from_str(content["text"].as_str().unwrap()).unwrap();
    assert_eq!(schema["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "state", "title"]);

    bench.issuer.answer_next(NOTES, Answer::rest(200, json!([row(7)]).to_string()));
    let body = ask(&bench, "resources/read", json!({ "uri": "supabase://table/notes/7" })).await;
    assert_eq!(serde_json::from_str::<Value>(body["result"]["contents"][0]["text"].as_str().unwrap()).unwrap(), row(7));
    assert_eq!((&body["result"]["ttlMs"], &body["result"]["cacheScope"]), (&json!(0), &json!("private")));
    bench.issuer.answer_next(NOTES, Answer::rest(200, json!([row(7)]).to_string()));
    let body = ask(&bench, "resources/read", json!({ "uri": "supabase://table/notes/where/state/open" })).await;
    assert_eq!(serde_json::from_str::<Value>(body["result"]["contents"][0]["text"].as_str().unwrap()).unwrap()["count"], 1);
    let sent: Vec<String> = bench.issuer.seen(NOTES).iter().map(address).collect();
    assert!(sent[0].contains(r#"and=("id".eq."7")"#) && sent[1].contains(r#"and=("state".eq."open")"#), "{sent:?}");

    bench.issuer.answer(NOTES, Answer::rest(200, "[]"));
    for uri in [
        "supabase://table/notes/8",
        "supabase://table/nots",
        "supabase://table/secrets",
        "supabase://table/notes/x",
        "file:///etc/passwd",
        "supabase://table/notes/1/2",
    ] {
        let body = ask(&bench, "resources/read", json!({ "uri": uri })).await;
        assert_eq!((&body["error"]["code"], &body["error"]["data"]["uri"]), (&json!(-32602), &json!(uri)));
    }
    let legacy = bench.legacy("resources/read", json!({ "uri": "supabase://table/nots" })).bearer(&bench.good());
    assert_eq!(legacy.send().await.unwrap().json::<Value>().unwrap()["error"]["code"], -32002);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_labels_are_completed() {
    let bench = bench().await;
    let complete = async |variable: &str, typed: &str, filled: Value| {
        let params = json!({
            "ref": { "type": "ref/resource", "uri": "supabase://table/{table}/where/{column}/{value}" },
            "argument": { "name": variable, "value": typed }, "context": { "arguments": filled },
        });
        ask(&bench, "completion/complete", params).await["result"]["completion"].clone()
    };
    assert_eq!(complete("table", "", json!({})).await["values"], json!(["notes"]), "not what is hidden or needs scopes");
    assert_eq!(complete("column", "", json!({ "table": "notes" })).await["values"], json!(["id", "state", "title"]));
    assert_eq!(complete("column", "t", json!({ "table": "notes" })).await["values"], json!(["title"]));
    let completion = complete("value", "d", json!({ "table": "notes", "column": "state" })).await;
    assert_eq!(completion, json!({ "values": ["done"], "total": 1, "hasMore": false }));
    let params = json!({ "ref": { "type": "ref/resource", "uri": "x://y" }, "argument": { "name": "a", "value": "" } });
    assert_eq!(ask(&bench, "completion/complete", params).await["error"]["code"], -32602);
}
