//! The program `latch`, started as a user starts it.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::process::Stdio;
use std::time::Duration;

use mcp_latch_host::client;
use mcp_latch_host::demo::{USERS, sign_in};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

fn latch(args: &[&str], vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latch"));
    for (name, _) in std::env::vars().filter(|(name, _)| ["MCP_", "SUPABASE_", "LATCH_"].iter().any(|p| name.starts_with(p))) {
        command.env_remove(name);
    }
    command.args(args).envs(vars.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Reads the banner to its last line and returns it.
async fn banner(child: &mut Child) -> (String, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        // The component may have to be built first.
        let line = timeout(Duration::from_secs(600), lines.next_line()).await.unwrap().unwrap();
        let Some(line) = line else {
            let mut error = String::new();
            child.stderr.take().unwrap().read_to_string(&mut error).await.unwrap();
            panic!("latch ended: {text}{error}");
        };
        text.push_str(&line);
        text.push('\n');
    }
    (text, lines)
}

fn row<'a>(banner: &'a str, name: &str) -> &'a str {
    let line = banner.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap();
    line.trim().split(' ').next().unwrap()
}

/// Exit code and stderr of a start that must fail.
async fn failure(args: &[&str], vars: &[(&str, &str)]) -> (i32, String) {
    let output = timeout(Duration::from_secs(60), latch(args, vars).output()).await.unwrap().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_newcomer_signs_in_and_is_known() {
    let mut child = latch(&["--listen", "127.0.0.1:0"], &[]).spawn().unwrap();
    let (text, mut rest) = banner(&mut child).await;
    assert!(
        text.contains("wasi:http") && text.contains("Ada Lovelace") && text.contains("list my notes") && !text.contains('\x1b'),
        "{text}"
    );
    let (endpoint, issuer) = (row(&text, "endpoint"), row(&text, "issuer"));
    assert!(text.contains(&format!("claude mcp add --transport http latch {endpoint}")));

    let tokens = sign_in(issuer, &USERS[0], "email", endpoint).await.unwrap();
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "whoami", "arguments": {} } });
    let request = || {
        client::post(endpoint)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
    };
    assert_eq!(request().json(&call).send().await.unwrap().status, 401);
    let reply = request().json(&call).bearer(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.json::<Value>().unwrap().to_string().contains("ada@example.com"), "{}", reply.text());

    // The demo's data are tools, and everybody has their own.
    let linus = sign_in(issuer, &USERS[1], "email", endpoint).await.unwrap();
    for (tokens, title, foreign) in [(&tokens, "Babbage", "vitamin"), (&linus, "vitamin", "Babbage")] {
        let call =
            json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "notes_select", "arguments": {} } });
        let reply = request().json(&call).bearer(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
        assert!(reply.status == 200 && reply.text().contains(title) && !reply.text().contains(foreign), "{}", reply.text());
    }

    // Whatever the tools ask, the demo's table understands.
    for (tool, arguments, says) in [
        ("notes_insert", json!({ "rows": [{ "title": "say \"hi\", (ok) \\", "body": null }, { "title": "b" }] }), "\"count\":2"),
        ("notes_select", json!({ "where": { "title": { "eq": "say \"hi\", (ok) \\" } }, "count": "exact" }), "\"total\":1"),
        (
            "notes_select",
            json!({ "any_of": [{ "title": { "eq": "b" } }, { "body": { "is_null": false }, "state": { "in": ["done"] } }] }),
            "\"count\":2",
        ),
        ("notes_select", json!({ "limit": 2, "order": ["title"], "where": { "title": { "ilike": "*a*" } } }), "next_cursor"),
        (
            "notes_update",
            json!({ "where": { "title": { "eq": "b" }, "state": { "eq": "open" } }, "set": { "state": "done" } }),
            "\"count\":1",
        ),
        (
            "notes_update",
            json!({ "where": { "id": { "gt": 0 } }, "any_of": [{ "title": { "eq": "b" } }], "set": { "body": "x" } }),
            "\"count\":1",
        ),
        ("notes_delete", json!({ "where": { "title": { "in": ["b", "say \"hi\", (ok) \\"] } } }), "\"count\":2"),
        ("notes_delete", json!({ "where": { "title": { "neq": "x" } }, "max_affected": 1 }), "\"isError\":true"),
    ] {
        let call =
            json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": { "name": tool, "arguments": arguments } });
        let reply = request().json(&call).bearer(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
        assert!(reply.status == 200 && reply.text().contains(says), "{tool} {arguments}: {}", reply.text());
    }

    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap().success());
    let mut last = String::new();
    while let Some(line) = rest.next_line().await.unwrap() {
        last = line;
    }
    assert!(last.contains("stopping"), "{last}");
}

#[tokio::test]
async fn a_wrong_start_says_what_to_do() {
    let (code, text) = failure(&["--listen", "127.0.0.1:0"], &[("SUPABASE_URL", "nonsense"), ("LATCH_NOSUCH", "1")]).await;
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("SUPABASE_URL") && text.contains("LATCH_NOSUCH") && text.matches("fix:").count() == 2, "{text}");
    for (args, vars, says) in [
        (&["--listen", "0.0.0.0:0"][..], &[][..], "MCP_URL"),
        (&["--listen", "0.0.0.0:0"], &[("MCP_URL", "https://h.example/mcp")], "SUPABASE_URL"),
        (&["up", "--demo", "--listen", "127.0.0.1:0"], &[("SUPABASE_URL", "https://abc.supabase.co")], "--demo"),
        (&["--listen", "nonsense"], &[], "HOST:PORT"),
    ] {
        let (code, text) = failure(args, vars).await;
        assert!(code == 2 && text.contains(says) && text.contains("fix:"), "{code} {text}");
    }
    let (code, text) = failure(&["--listen", "127.0.0.1:0", "--component", "/no/such.wasm"], &[]).await;
    assert!(code == 1 && text.contains("/no/such.wasm"), "{code} {text}");
}

/// What was pasted into `LATCH_DATA` by mistake is never on the screen; neither is the declaration itself.
#[tokio::test]
async fn what_is_no_path_is_not_repeated() {
    const CANARY: &str = "canary4711";
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(format!("sb_secret_{CANARY}.toml"));
    std::fs::create_dir(&folder).unwrap();
    for value in [
        format!("sb_secret_{CANARY}"),
        format!("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.{CANARY}"),
        format!("Bearer eyJhbGciOiJIUzI1NiJ9.e30.{CANARY}.toml"),
        format!("key = \"{CANARY}\""),
        format!("password={CANARY}.toml"),
        format!("{CANARY}/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        format!("postgres://postgres:{CANARY}@db.example.com/postgres.json"),
        format!("[tables.{CANARY}]"),
        format!("tables = {{ {CANARY} = {{ columns = {{ id = \"bigint\" }} }} }}"),
        format!("version = 1 # {CANARY}"),
        format!("a{CANARY} \u{7}.toml"),
        CANARY.to_owned(),
        folder.to_str().unwrap().to_owned(),
    ] {
        for args in [&["up", "--listen", "127.0.0.1:0"][..], &["doctor"]] {
            let vars = [("LATCH_DATA", value.as_str()), ("SUPABASE_URL", "http://127.0.0.1:9")];
            let output = timeout(Duration::from_secs(60), latch(args, &vars).output()).await.unwrap().unwrap();
            let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            assert_eq!(output.status.code(), Some(2), "{args:?} {value}: {text}");
            assert!(text.contains("LATCH_DATA") && text.contains("fix:") && !text.contains(CANARY), "{args:?} {value}: {text}");
        }
    }
    let (code, text) = failure(&["--listen", "127.0.0.1:0"], &[("LATCH_DATA", "version = 1")]).await;
    assert!(code == 2 && text.contains("one line") && text.contains("JSON"), "{text}");
    let (code, text) = failure(&["--listen", "127.0.0.1:0"], &[("LATCH_DATA", "no/such data/notes.toml")]).await;
    assert!(code == 2 && text.contains("\"no/such data/notes.toml\""), "a path helps to find the slip: {text}");
}

/// What `latch keys` prints, and nothing else.
async fn keys(what: &str, vars: &[(&str, &str)]) -> String {
    let output = timeout(Duration::from_secs(60), latch(&["keys", what], vars).output()).await.unwrap().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn keys_are_made_and_rotated() {
    let first = keys("new", &[]).await;
    assert_ne!(first, keys("new", &[]).await);
    let second = keys("rotate", &[("LATCH_KEYS", &first)]).await;
    for (old, new) in first.split(';').zip(second.split(';')) {
        let (name, key) = old.split_once('=').unwrap();
        assert!(new.starts_with(name) && new.ends_with(&format!(",{key}")), "{name} lost its key");
    }
    for vars in [&[][..], &[("LATCH_KEYS", "seal=secretsecret")]] {
        let (code, text) = failure(&["keys", "rotate"], vars).await;
        assert!(code == 2 && text.contains("LATCH_KEYS") && !text.contains("secretsecret"), "{text}");
    }
}
