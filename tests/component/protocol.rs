//! Both eras of the protocol on one endpoint, on the wire.

use crate::client::{self, Call, Reply};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{Bench, Setup, meta};

async fn send(bench: &Bench, call: Call) -> (Reply, Value) {
    let reply = call.bearer(&bench.good()).send().await.unwrap();
    let body = if reply.body.is_empty() { Value::Null } else { reply.json().unwrap() };
    if !reply.body.is_empty() {
        assert_eq!(reply.header("content-type"), Some("application/json"), "errors and results are JSON");
    }
    (reply, body)
}

/// A modern request with other headers: `None` leaves one out.
fn with_headers(bench: &Bench, version: Option<&str>, method: Option<&str>, name: Option<&str>, body: &Value) -> Call {
    let mut call = client::post(bench.endpoint()).json(body);
    for (header, value) in [("mcp-protocol-version", version), ("mcp-method", method), ("mcp-name", name)] {
        if let Some(value) = value {
            call = call.header(header, value);
        }
    }
    call
}

fn request(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": "a", "method": method, "params": params })
}

fn assert_error(name: &str, (reply, body): &(Reply, Value), status: u16, code: i64) {
    assert_eq!((reply.status.as_u16(), &body["error"]["code"]), (status, &json!(code)), "{name}: {body}");
    assert!(body.get("result").is_none(), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_lists_and_calls_of_2026_07_28() {
    let bench = Setup::supabase().await.start().await;
    let (reply, body) = send(&bench, bench.modern("server/discover", json!({}))).await;
    assert_eq!(reply.status, StatusCode::OK);
    let result = &body["result"];
    assert_eq!(body["id"], 1);
    assert_eq!(result["supportedVersions"], json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]));
    assert_eq!(result["capabilities"], json!({ "tools": {} }));
    for (method, params) in [("server/discover", json!({})), ("tools/list", json!({}))] {
        let (_, body) = send(&bench, bench.modern(method, params)).await;
        let result = &body["result"];
        assert_eq!((&result["resultType"], &result["cacheScope"]), (&json!("complete"), &json!("private")), "{method}");
        assert!(result["ttlMs"].is_u64());
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "mcp-latch");
    }
    let (_, body) = send(&bench, bench.modern("tools/list", json!({}))).await;
    let tool = &body["result"]["tools"][0];
    assert_eq!((&tool["name"], &tool["annotations"]["readOnlyHint"]), (&json!("whoami"), &json!(true)));
    assert_eq!(tool["inputSchema"]["type"], "object");
    let (_, body) = send(&bench, bench.whoami()).await;
    let result = &body["result"];
    assert_eq!(
        (&result["resultType"], &result["structuredContent"]["user"]["email"]),
        (&json!("complete"), &json!("ada@example.com"))
    );
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "clients that show text see the same");
}

/// E1, E2, E3 and E5 in the order that the reference implementation checks them.
#[tokio::test(flavor = "multi_thread")]
async fn envelopes_of_2026_07_28() {
    let bench = Setup::supabase().await.start().await;
    let modern = Some("2026-07-28");
    let list = Some("tools/list");
    let with_meta = |meta: Value| request("tools/list", json!({ "_meta": meta }));
    let good = with_meta(meta());
    let v999 = json!({ "io.modelcontextprotocol/protocolVersion": "v999", "io.modelcontextprotocol/clientCapabilities": {} });
    let no_capabilities = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    let rows = [
        ("no _meta", with_headers(&bench, modern, list, None, &request("tools/list", json!({}))), 400, -32602),
        ("empty _meta", with_headers(&bench, modern, list, None, &with_meta(json!({}))), 400, -32602),
        (
            "version of another type",
            with_headers(&bench, modern, list, None, &with_meta(json!({ "io.modelcontextprotocol/protocolVersion": 1 }))),
            400,
            -32602,
        ),
        ("no version header", with_headers(&bench, None, list, None, &good), 400, -32020),
        ("another version header", with_headers(&bench, Some("2025-11-25"), list, None, &good), 400, -32020),
        ("body v999", with_headers(&bench, modern, list, None, &with_meta(v999.clone())), 400, -32020),
        ("both v999", with_headers(&bench, Some("v999"), list, None, &with_meta(v999)), 400, -32022),
        ("no capabilities", with_headers(&bench, modern, list, None, &with_meta(no_capabilities)), 400, -32602),
        ("no Mcp-Method", with_headers(&bench, modern, None, None, &good), 400, -32020),
        ("another Mcp-Method", with_headers(&bench, modern, Some("tools/call"), None, &good), 400, -32020),
        ("Mcp-Method in capitals", with_headers(&bench, modern, Some("TOOLS/LIST"), None, &good), 400, -32020),
        ("two Mcp-Methods", with_headers(&bench, modern, list, None, &good).header("mcp-method", "tools/call"), 400, -32020),
    ];
    for (name, call, status, code) in rows {
        let answer = send(&bench, call).await;
        assert_error(name, &answer, status, code);
        assert_eq!(answer.1["id"], "a", "{name}");
        if code == -32022 {
            let data = &answer.1["error"]["data"];
            assert_eq!((&data["requested"], &data["supported"][0]), (&json!("v999"), &json!("2026-07-28")));
        }
    }
    for removed in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "no/such"] {
        assert_error(removed, &send(&bench, bench.modern(removed, json!({}))).await, 404, -32601);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_2026_07_28() {
    let bench = Setup::supabase().await.start().await;
    let call = |name: Option<&str>, tool: &str| {
        let body = request("tools/call", json!({ "name": tool, "_meta": meta() }));
        with_headers(&bench, Some("2026-07-28"), Some("tools/call"), name, &body)
    };
    for (name, tool) in
        [(None, "whoami"), (Some("other"), "whoami"), (Some("WHOAMI"), "whoami"), (Some("=?base64?d2hvYW1p=?="), "whoami")]
    {
        assert_error("Mcp-Name", &send(&bench, call(name, tool)).await, 400, -32020);
    }
    for name in ["whoami", "=?base64?d2hvYW1p?="] {
        let (reply, body) = send(&bench, call(Some(name), "whoami")).await;
        assert_eq!(reply.status, StatusCode::OK, "{name}: {body}");
    }
    assert_error("unknown tool", &send(&bench, call(Some("nope"), "nope")).await, 200, -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_of_older_revisions() {
    let bench = Setup::supabase().await.start().await;
    for (asked, agreed) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1.0", "2025-11-25"),
    ] {
        let params = json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let (reply, body) = send(&bench, bench.legacy("initialize", params)).await;
        assert_eq!(body["result"]["protocolVersion"], agreed);
        assert_eq!(body["result"]["serverInfo"]["name"], "mcp-latch");
        assert_eq!(body["result"]["capabilities"], json!({ "tools": {} }));
        assert!(reply.header("mcp-session-id").is_none(), "there are no sessions");
    }
    for version in [None, Some("2025-11-25"), Some("2025-06-18"), Some("2025-03-26")] {
        let versioned = |call: Call| match version {
            Some(version) => call.header("mcp-protocol-version", version),
            None => call,
        };
        let initialized =
            client::post(bench.endpoint()).json(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        let (reply, _) = send(&bench, versioned(initialized)).await;
        assert_eq!((reply.status, reply.body.len()), (StatusCode::ACCEPTED, 0));
        let (_, body) = send(&bench, versioned(bench.legacy("ping", json!({})))).await;
        assert_eq!(body["result"], json!({}));
        let (_, body) = send(&bench, versioned(bench.legacy("tools/list", json!({})))).await;
        assert_eq!(body["result"]["tools"][0]["name"], "whoami");
        assert!(body["result"].get("resultType").is_none());
        let (_, body) = send(&bench, versioned(bench.legacy("tools/call", json!({ "name": "whoami", "arguments": {} })))).await;
        assert_eq!(body["result"]["structuredContent"]["user"]["email"], "ada@example.com");
        assert_error("no such method", &send(&bench, versioned(bench.legacy("no/such", json!({})))).await, 200, -32601);
        assert_error(
            "no such tool",
            &send(&bench, versioned(bench.legacy("tools/call", json!({ "name": "x" })))).await,
            200,
            -32602,
        );
    }
    let call = bench.legacy("tools/list", json!({})).header("mcp-protocol-version", "2024-11-05");
    assert_error("an unknown version", &send(&bench, call).await, 400, -32600);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_none() {
    let bench = Setup::supabase().await.start().await;
    let raw = |body: &str| client::post(bench.endpoint()).header("content-type", "application/json").body(body.to_owned());
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("nonsense", -32700),
        ("[]", -32600),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        ("1", -32600),
        ("{}", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32602),
    ] {
        let answer = send(&bench, raw(body)).await;
        assert_error(body, &answer, 400, code);
        assert!(answer.1.get("id").is_none_or(|id| !id.is_null()), "{body}: an id of null");
    }
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{{\"a\":{}{}}}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert_error("deep", &send(&bench, raw(&deep)).await, 400, -32700);
    let (reply, _) = send(&bench, raw(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "answers to requests we never sent are ignored");
}

#[tokio::test(flavor = "multi_thread")]
async fn size_and_media_type() {
    let bench = Setup::supabase().await.start().await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    let padded = |length: usize| format!("{ping}{}", " ".repeat(length - ping.len()));
    let limit = 1024 * 1024;
    let typed = |media: &str, body: String| client::post(bench.endpoint()).header("content-type", media).body(body);
    for (name, call, status) in [
        ("at the limit", typed("application/json", padded(limit)), 200),
        ("above the limit", typed("application/json", padded(limit + 1)), 413),
        ("with parameters", typed("Application/JSON; charset=utf-8", ping.clone()), 200),
        ("text", typed("text/plain", ping.clone()), 415),
        ("a form", typed("application/x-www-form-urlencoded", ping.clone()), 415),
    ] {
        let (reply, body) = send(&bench, call).await;
        assert_eq!(reply.status.as_u16(), status, "{name}: {body}");
    }
}

/// Small on the wire, large in memory: refused before it is, and the instance lives on.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_would_fill_the_memory() {
    let bench = Setup::supabase().await.start().await;
    let open = "{\"\":";
    let wide = format!("[{}0]", "{\"\":0},".repeat(145_000));
    let tall = format!("[{}0]", format!("{}0{},", open.repeat(110), "}".repeat(110)).repeat(1500));
    for hostile in [wide, tall] {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{{\"x\":{hostile}}}}}");
        assert!(body.len() < 1024 * 1024);
        let call = client::post(bench.endpoint()).header("content-type", "application/json").body(body);
        assert_error("hostile", &send(&bench, call).await, 413, -32600);
    }
    assert_eq!(send(&bench, bench.whoami()).await.0.status, StatusCode::OK);
    assert_eq!(bench.issuer.all_hits(), 1, "the instance and its keys are still there");
}

/// A gateway may have decided by what it read first.
#[tokio::test(flavor = "multi_thread")]
async fn two_readers_see_one_message() {
    let bench = Setup::supabase().await.start().await;
    let raw = |body: &str| client::post(bench.endpoint()).header("content-type", "application/json").body(body.to_owned());
    let twice = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"ping"}"#;
    assert_error("method twice", &send(&bench, raw(twice)).await, 400, -32600);
    let call = |name: &str, value: &str| {
        let call = bench.legacy("tools/call", json!({ "name": "whoami" }));
        call.header(name.to_owned(), value.to_owned())
    };
    assert_error("another method", &send(&bench, call("mcp-method", "tools/list")).await, 400, -32020);
    assert_error("another name", &send(&bench, call("mcp-name", "other")).await, 400, -32020);
    assert_eq!(send(&bench, call("mcp-name", "whoami")).await.0.status, StatusCode::OK);
}

/// A declared length is judged before anything is read, also one that does not fit into 32 bits.
#[tokio::test(flavor = "multi_thread")]
async fn a_declared_length_is_enough() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let bench = Setup::supabase().await.start().await;
    let authority = bench.origin().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 5000000000\r\n\r\n{}",
        bench.good(),
        " ".repeat(70_000)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_not_stored() {
    let bench = Setup::supabase().await.start().await;
    let (reply, _) = send(&bench, bench.whoami()).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let refused = client::call(Method::GET, bench.endpoint()).send().await.unwrap();
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_takes_no_arguments() {
    let bench = Setup::supabase().await.start().await;
    let call = bench.modern("tools/call", json!({ "name": "whoami", "arguments": { "x": 1 } })).header("mcp-name", "whoami");
    let (_, body) = send(&bench, call).await;
    assert_eq!(body["result"]["isError"], true, "{body}");
}
