//! Guests: what a caller without a token may do where the operator opens the endpoint, and that nobody else becomes one.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Setup, sign},
    client::{Call, Reply},
    keys::EC,
};

const PUBLIC: &str = "version = 1\n[tools.whoami]\nanonymous = true\n";
const PROTECTED: &str = "version = 1\n[tools.whoami]\nscopes = [\"notes\"]\n[tools.other]\nanonymous = true\n";
const DATA: &str = "version = 1\n[tables.notes]\nactions = [\"select\"]\n[tables.notes.columns.id]\ntype = \"int8\"\n";

async fn bench(mode: &str, policy: &str) -> Bench {
    Setup::supabase().await.env("LATCH_ANONYMOUS", mode).env("LATCH_POLICY", policy).env("LATCH_DATA", DATA).start().await
}

fn initialize(bench: &Bench) -> Call {
    bench.legacy("initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} }))
}

async fn is_challenged(bench: &Bench, what: &str, call: Call) -> Reply {
    let reply = call.send().await.unwrap();
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}: {}", reply.text());
    let challenge = reply.header("www-authenticate").unwrap_or_default().to_owned();
    assert!(challenge.contains("resource_metadata=") && !challenge.contains("error="), "{what}: {challenge}");
    assert_eq!(bench.reason().await, "no_token", "{what}");
    reply
}

fn names(reply: &Reply) -> Vec<String> {
    let body: Value = reply.json().unwrap();
    body["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_a_guest_by_default() {
    let bench = Setup::supabase().await.env("LATCH_POLICY", PUBLIC).env("LATCH_ANONYMOUS", "off").start().await;
    is_challenged(&bench, "initialize", initialize(&bench)).await;
    is_challenged(&bench, "tools/list", bench.modern("tools/list", json!({}))).await;
    is_challenged(&bench, "a public tool", bench.whoami()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_may_look_around() {
    let bench = bench("discovery", PROTECTED).await;
    assert_eq!(initialize(&bench).send().await.unwrap().status, StatusCode::OK);
    let lists = [
        bench.modern("server/discover", json!({})),
        bench.modern("resources/list", json!({})),
        bench.modern("resources/templates/list", json!({})),
        bench.legacy("ping", json!({})),
    ];
    for call in lists {
        let reply = call.send().await.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    let reply = bench.modern("tools/list", json!({})).send().await.unwrap();
    assert_eq!(names(&reply), ["notes_select", "whoami"], "{}", reply.text());
    is_challenged(&bench, "a tool", bench.whoami()).await;
    is_challenged(&bench, "a tool there is not", bench.legacy("tools/call", json!({ "name": "other" }))).await;
    is_challenged(&bench, "a resource", bench.legacy("resources/read", json!({ "uri": "latch://x" }))).await;
    is_challenged(&bench, "a completion", bench.legacy("completion/complete", json!({}))).await;
    is_challenged(&bench, "a subscription", bench.legacy("resources/subscribe", json!({ "uri": "a:b" }))).await;
    is_challenged(&bench, "a method there is not", bench.legacy("no/such", json!({}))).await;
    is_challenged(&bench, "GET", crate::client::get(bench.endpoint())).await;
    assert_eq!(bench.issuer.all_hits(), 0, "nobody was asked about guests");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_use_what_is_public_and_nothing_else() {
    let bench = bench("tools", PUBLIC).await;
    let reply = bench.whoami().send().await.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let identity = &reply.json::<Value>().unwrap()["result"]["structuredContent"];
    assert_eq!((&identity["user"]["id"], &identity["scopes"]), (&json!("anonymous"), &json!([])));
    let line = bench.logged("allowed").await;
    assert_eq!((&line["tool"], line.get("subject"), line.get("issuer")), (&json!("whoami"), None, None), "{line:?}");
    is_challenged(&bench, "a data tool", bench.legacy("tools/call", json!({ "name": "notes_select", "arguments": {} }))).await;
    is_challenged(&bench, "a data resource", bench.legacy("resources/read", json!({ "uri": "supabase://table/notes" }))).await;
    assert_eq!(bench.issuer.all_hits(), 0, "the data API was asked");
    // With a token it is as ever.
    assert_eq!(bench.enter(&bench.good()).await.json::<Value>().unwrap()["result"]["structuredContent"]["provider"], "supabase");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_tools_are_not_made_public_by_a_policy() {
    let bench = bench("tools", "version = 1\n[tools.\"*\"]\nanonymous = true\n[resources.\"*\"]\nanonymous = true\n").await;
    let call = bench.legacy("tools/call", json!({ "name": "notes_select", "arguments": {} }));
    is_challenged(&bench, "a data tool", call).await;
    is_challenged(&bench, "a data resource", bench.legacy("resources/read", json!({ "uri": "supabase://table/notes" }))).await;
    assert_eq!(bench.issuer.all_hits(), 0, "the data API was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_no_good_is_never_overlooked() {
    let bench = bench("tools", PUBLIC).await;
    let expired = sign(&EC, &bench.with(json!({ "exp": bench.now() - 100 })));
    for (call, reason) in [
        (bench.whoami().bearer(&expired), "expired"),
        (bench.whoami().bearer("garbage"), "opaque_token"),
        (bench.whoami().header("authorization", "Bearer"), "malformed_authorization"),
        (bench.whoami().header("authorization", "Basic dTpw"), "scheme_not_bearer"),
        (bench.whoami().header("authorization", ""), "scheme_not_bearer"),
        (crate::client::post(bench.url("/mcp?access_token=x")), "token_in_query"),
    ] {
        assert_eq!(call.send().await.unwrap().status, StatusCode::UNAUTHORIZED, "{reason}");
        assert_eq!(bench.reason().await, reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_can_be_a_result() {
    let setup = Setup::supabase().await.env("LATCH_ANONYMOUS", "discovery").env("LATCH_CHALLENGE", "result");
    let bench = setup.env("LATCH_POLICY", PROTECTED).start().await;
    // Without a token, in both eras; then with one that lacks a scope.
    for (call, words) in [
        (bench.legacy("tools/call", json!({ "name": "whoami" })), "resource_metadata="),
        (bench.whoami(), "resource_metadata="),
        (bench.whoami().bearer(&bench.good()), "error=\"insufficient_scope\""),
    ] {
        let reply = call.send().await.unwrap();
        assert_eq!((reply.status, reply.header("www-authenticate")), (StatusCode::OK, None));
        let body: Value = reply.json().unwrap();
        assert_eq!((&body["id"], &body["result"]["isError"]), (&json!(1), &json!(true)), "{body}");
        let challenge = body["result"]["_meta"]["mcp/www_authenticate"][0].as_str().unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains(words), "{challenge}");
        assert!(!body["result"]["content"][0]["text"].as_str().unwrap().is_empty());
    }
    // A token that is no good, and what is no tool call, are a matter of HTTP.
    assert_eq!(bench.enter("garbage").await.status, StatusCode::UNAUTHORIZED);
    let reply = bench.legacy("resources/read", json!({ "uri": "a:b" })).send().await.unwrap();
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_say_which_tools_take_guests() {
    let bench = bench("tools", "version = 1\n[tools.whoami]\nanonymous = true\n").await;
    let reply = bench.modern("tools/list", json!({})).send().await.unwrap();
    let tools = reply.json::<Value>().unwrap()["result"]["tools"].clone();
    let schemes = |at: usize| tools[at]["_meta"]["securitySchemes"].clone();
    assert_eq!(schemes(0), json!([{ "type": "oauth2" }]), "{tools}");
    assert_eq!(schemes(1), json!([{ "type": "noauth" }, { "type": "oauth2" }]), "{tools}");
    // Without guests there is nothing to tell apart.
    let bench = Setup::supabase().await.start().await;
    let reply = bench.modern("tools/list", json!({})).bearer(&bench.good()).send().await.unwrap();
    assert!(reply.json::<Value>().unwrap()["result"]["tools"][0].get("_meta").is_none());
}
