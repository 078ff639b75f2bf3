//! What a call says before it is done.

use super::*;

fn talk<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async move {
        context.progress(0.0, 2.0, None).await;
        context.log(LogLevel::Debug, "talk", "not wanted").await;
        context.log(LogLevel::Warning, "talk", json!({ "half": true })).await;
        for backwards in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
            context.progress(backwards, 2.0, "not told").await;
        }
        context.progress(1.5, 2.0, "nearly").await;
        said("done")
    })
}

fn client() -> Client {
    Client::of(Registry::new().with_tool(Job::new("talk", talk)).with_logging())
}

fn methods(reply: &Reply) -> Vec<&str> {
    reply.notifications.iter().map(|notification| notification["method"].as_str().unwrap()).collect()
}

#[test]
fn progress_and_messages_come_in_order() {
    let reply = client().modern("tools/call", json!({ "name": "talk" }));
    assert_eq!(methods(&reply), ["notifications/progress", "notifications/message", "notifications/progress"]);
    assert_eq!(reply.notifications[0]["params"], json!({ "progressToken": "p1", "progress": 0, "total": 2 }));
    assert_eq!(reply.notifications[1]["params"], json!({ "level": "warning", "logger": "talk", "data": { "half": true } }));
    assert_eq!(reply.notifications[2]["params"]["message"], "nearly");
    assert_eq!(reply.notifications[2]["params"]["progress"], 1.5);
    assert_eq!(reply.text(), "done");
}

#[test]
fn nothing_is_said_that_was_not_asked_for() {
    let client = client();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "talk")];
    let params = json!({ "name": "talk", "_meta": meta });
    let reply = client.send(&headers, &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }));
    assert_eq!(methods(&reply), [""; 0]);
    assert_eq!(reply.text(), "done");
}

#[test]
fn a_server_that_does_not_advertise_logging_sends_no_messages() {
    let client = Client::of(Registry::new().with_tool(Job::new("talk", talk)));
    for reply in [
        client.modern("tools/call", json!({ "name": "talk" })),
        client.legacy("tools/call", json!({ "name": "talk", "_meta": { "progressToken": 7 } })),
    ] {
        assert_eq!(methods(&reply), ["notifications/progress", "notifications/progress"]);
    }
}

#[test]
fn a_client_that_reads_no_events_gets_the_answer_alone() {
    let client = Client { reads_events: false, ..client() };
    let reply = client.modern("tools/call", json!({ "name": "talk" }));
    assert_eq!((methods(&reply), reply.text()), (Vec::new(), "done"));
}

#[test]
fn older_clients_hear_from_info_on_and_may_name_a_level() {
    let client = client();
    let reply = client.legacy("tools/call", json!({ "name": "talk", "_meta": { "progressToken": 7 } }));
    assert_eq!(methods(&reply), ["notifications/progress", "notifications/message", "notifications/progress"]);
    assert_eq!(client.legacy("logging/setLevel", json!({ "level": "error" })).result(), &json!({}));
    assert_eq!(client.legacy("logging/setLevel", json!({ "level": "loud" })).error(), (200, code::INVALID_PARAMS));
    assert_eq!(client.modern("logging/setLevel", json!({ "level": "error" })).error(), (404, code::METHOD_NOT_FOUND));
    let silent = Client::of(Registry::new());
    assert_eq!(silent.legacy("logging/setLevel", json!({ "level": "error" })).error(), (200, code::METHOD_NOT_FOUND));
}
