//! The operator's log: one line a decision, enough to answer who did what and why somebody could not, and no secret.

use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    bench::{ADA, Bench, Setup, sign},
    issuer::{Answer, JWKS},
    keys::EC,
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn pseudonym(bench: &Bench) -> String {
    let digest = Sha256::digest(format!("{}\n{ADA}", bench.issuer.url()));
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_let_in_to_do_what() {
    let bench = Setup::supabase().await.start().await;
    let token = bench.good();
    let reply = bench.whoami().bearer(&token).header("traceparent", TRACE).send().await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    let mut line = bench.logged("allowed").await;
    assert!(line.remove("ms").unwrap().is_u64());
    let expected = json!({
        "level": "info", "event": "allowed", "reason": "ok", "status": 200, "http": "POST", "method": "tools/call", "tool": "whoami",
        "issuer": bench.issuer.url(), "subject": pseudonym(&bench), "client": "9a8b7c6d-0000-4000-8000-000000000002", "trace": TRACE
    });
    assert_eq!(Value::Object(line.clone()), expected);
    // What the user is called, and with what they came, is nobody's business here.
    let text = format!("{line:?}");
    for secret in [ADA, "ada@example.com", "Lovelace", &token, token.rsplit('.').next().unwrap()] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_refused_and_why() {
    let bench = Setup::supabase().await.env("LATCH_REQUIRED_SCOPES", "notes").start().await;
    // Nobody is known of a token that is not authentic.
    bench.whoami().bearer("garbage").header("traceparent", TRACE).send().await.unwrap();
    let line = bench.logged("refused").await;
    assert_eq!((&line["reason"], &line["status"], &line["trace"]), (&json!("opaque_token"), &json!(401), &json!(TRACE)));
    assert!(line.get("subject").is_none() && line.get("method").is_none() && line["ms"].is_u64(), "{line:?}");
    // Of one that is, it is known whose it was.
    let expired = sign(&EC, &bench.with(json!({ "exp": bench.now() - 100 })));
    for (token, reason, status) in [(bench.good(), "insufficient_scope", 403), (expired, "expired", 401)] {
        bench.enter(&token).await;
        let line = bench.logged("refused").await;
        assert_eq!((&line["reason"], &line["status"]), (&json!(reason), &json!(status)));
        assert_eq!((&line["issuer"], &line["subject"]), (&json!(bench.issuer.url()), &json!(pseudonym(&bench))));
        assert_eq!(line["client"], "9a8b7c6d-0000-4000-8000-000000000002");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_protects_nothing_is_told_once() {
    let policy = "version = 1\n[tools.whoamI]\ngroups = [\"admins\"]\n[tools.\"who*\"]\nscopes = [\"email\"]\n[prompts.x]\nroles = [\"a\"]\n";
    let bench = Setup::supabase().await.env("LATCH_POLICY", policy).start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    let line = bench.logged("policy_unmatched").await;
    assert_eq!(line["entries"], json!(["tools.\"whoamI\"", "prompts.\"x\""]), "{line:?}");
    bench.enter("garbage").await;
    let lines = bench.log_until("refused").await;
    assert!(bench.ours().is_none() || lines.iter().all(|line| !line.contains("policy_unmatched")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_line_a_decision_whatever_becomes_of_the_request() {
    let bench = Setup::supabase().await.start().await;
    let good = bench.good();
    let long = "x".repeat(1000);
    for (call, method, tool, status) in [
        (bench.modern("tools/list", json!({})), json!("tools/list"), Value::Null, 200),
        (bench.legacy("initialize", json!({ "protocolVersion": "2025-11-25" })), json!("initialize"), Value::Null, 200),
        (bench.legacy("tools/call", json!({ "name": "no_such" })), json!("tools/call"), json!("no_such"), 200),
        (bench.legacy("tools/call", json!({ "name": long })), json!("tools/call"), json!(long[..64]), 200),
        (bench.legacy(&long, json!({})), json!(long[..64]), Value::Null, 200),
        (crate::client::get(bench.endpoint()), Value::Null, Value::Null, 405),
    ] {
        call.bearer(&good).send().await.unwrap();
        let line = bench.logged("allowed").await;
        let found = |name: &str| line.get(name).cloned().unwrap_or_default();
        assert_eq!((found("method"), found("tool"), found("status")), (method, tool, json!(status)), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_alone_when_that_is_wanted() {
    let bench = Setup::supabase().await.env("LATCH_AUDIT", "refused").start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    bench.enter("garbage").await;
    let lines = bench.log_until("refused").await;
    assert!(lines.iter().all(|line| !line.contains("\"event\":\"allowed\"")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_on_to_whoever_is_asked() {
    let data = "version = 1\n[tables.notes]\nactions = [\"select\"]\n[tables.notes.columns.id]\ntype = \"int8\"\n";
    let bench = Setup::supabase().await.env("LATCH_DATA", data).start().await;
    bench.issuer.answer("/rest/v1/notes", Answer::rest(200, "[]"));
    let call = || {
        let params = json!({ "name": "notes_select", "arguments": {} });
        bench.modern("tools/call", params).header("mcp-name", "notes_select").bearer(&bench.good())
    };
    let reply = call().header("traceparent", TRACE).header("tracestate", "a=b").send().await.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    for path in [JWKS, "/rest/v1/notes"] {
        let headers = bench.issuer.last_headers(path);
        assert!(headers["traceparent"] == TRACE && headers["tracestate"] == "a=b", "{path}: {headers:?}");
    }
    // What is no trace is not passed on, and starts none.
    let reply = call().header("traceparent", "00-nonsense").header("tracestate", "a=b").send().await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    let headers = bench.issuer.last_headers("/rest/v1/notes");
    assert!(!headers.contains_key("traceparent") && !headers.contains_key("tracestate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issuers_same_subject_are_two_people() {
    let one = Setup::supabase().await.start().await;
    let two = Setup::supabase().await.start().await;
    let mut subjects = Vec::new();
    for bench in [&one, &two] {
        bench.enter(&sign(&EC, &bench.claims())).await;
        subjects.push(bench.logged("allowed").await["subject"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
}
