//! `Mcp-Param-*` headers.

use super::*;

fn echo<'a>(_: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async move { said(Value::Object(arguments.clone()).to_string()) })
}

fn client() -> Client {
    let mut tool = Job::new("echo", echo);
    tool.0.input_schema = json!({
        "type": "object",
        "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "count": { "type": "integer", "x-mcp-header": "Count" },
            "dry": { "type": "boolean", "x-mcp-header": "Dry" },
            "place": { "type": "object", "properties": { "town": { "type": "string", "x-mcp-header": "Town" } } },
            "zone": { "type": ["string", "null"], "x-mcp-header": "Zone" },
            "tags": { "type": "array", "items": { "type": "string", "x-mcp-header": "Tag" }, "x-mcp-header": "Tags" },
        }
    });
    Client::of(Registry::new().with_tool(tool))
}

#[test]
fn a_header_says_what_its_argument_says() {
    let client = client();
    for (arguments, headers, agrees) in [
        (json!({}), vec![], true),
        (json!({ "region": null }), vec![], true),
        (json!({ "region": "us" }), vec![("mcp-param-region", "us")], true),
        (json!({ "region": "us" }), vec![("mcp-param-region", "  us ")], true),
        (json!({ "region": "us" }), vec![("mcp-param-region", "US")], false),
        (json!({ "region": "us" }), vec![], false),
        (json!({}), vec![("mcp-param-region", "us")], false),
        (json!({ "region": null }), vec![("mcp-param-region", "")], false),
        (json!({ "region": "us" }), vec![("mcp-param-region", "us"), ("mcp-param-region", "us")], false),
        (json!({ "region": "Zürich" }), vec![("mcp-param-region", "=?base64?WsO8cmljaA==?=")], true),
        (json!({ "region": "Zürich" }), vec![("mcp-param-region", "=?base64?WsO8cmljaA?=")], false),
        (json!({ "region": "=?BASE64?dXM=?=" }), vec![("mcp-param-region", "=?BASE64?dXM=?=")], true),
        (json!({ "region": "=?base64?dXM=" }), vec![("mcp-param-region", "=?base64?dXM=")], true),
        (json!({ "count": 42 }), vec![("mcp-param-count", "42")], true),
        (json!({ "count": 42 }), vec![("mcp-param-count", "42.0")], true),
        (json!({ "count": 42 }), vec![("mcp-param-count", "43")], false),
        (json!({ "count": 42 }), vec![("mcp-param-count", "inf")], false),
        (json!({ "count": 9_007_199_254_740_993_i64 }), vec![("mcp-param-count", "9007199254740993")], true),
        (json!({ "count": 9_007_199_254_740_993_i64 }), vec![("mcp-param-count", "9007199254740992")], false),
        (json!({ "dry": true }), vec![("mcp-param-dry", "true")], true),
        (json!({ "dry": true }), vec![("mcp-param-dry", "1")], false),
        (json!({ "place": { "town": "Bern" } }), vec![("mcp-param-town", "Bern")], true),
        (json!({ "place": { "town": "Bern" } }), vec![], false),
        (json!({ "zone": "a" }), vec![("mcp-param-zone", "a")], true),
        (json!({ "zone": "a" }), vec![], false),
        (json!({ "place": {} }), vec![("mcp-param-town", "Bern")], false),
        // No lawful marks: an array's, and one under `items`.
        (json!({ "tags": ["a"] }), vec![], true),
        (json!({ "tags": ["a"] }), vec![("mcp-param-tag", "b"), ("mcp-param-tags", "c")], true),
    ] {
        let params = json!({ "name": "echo", "arguments": arguments });
        let reply = client.modern_with(&headers, "tools/call", params, json!({}));
        if agrees {
            assert!(reply.result()["isError"].is_null(), "{arguments} {headers:?}");
        } else {
            assert_eq!(reply.error(), (400, code::HEADER_MISMATCH), "{arguments} {headers:?}");
        }
    }
}

#[test]
fn older_clients_send_none() {
    let reply = client().legacy("tools/call", json!({ "name": "echo", "arguments": { "region": "us" } }));
    assert_eq!(reply.text(), r#"{"region":"us"}"#);
}
