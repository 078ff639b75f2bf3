//! Who sees what, and what a server says of itself.

use super::*;

fn nothing<'a>(_: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async { said("nothing") })
}

fn registry() -> Registry {
    let needs = Access::NeedsScopes(vec!["notes:write".to_owned()]);
    let tools = [("open", Access::Granted), ("scoped", needs), ("hidden", Access::Hidden)];
    tools.into_iter().fold(Registry::new(), |registry, (name, access)| {
        let mut tool = Job::new(name, nothing);
        tool.1 = access;
        registry.with_tool(tool)
    })
}

fn names(reply: &Reply) -> Vec<&str> {
    let tools = reply.result()["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn a_listing_shows_and_calls_decide() {
    for (listing, expected) in [
        (Listing::Reachable, &["open", "scoped"][..]),
        (Listing::Granted, &["open"]),
        (Listing::Everything, &["hidden", "open", "scoped"]),
    ] {
        let client = Client::of(registry().with_listing(listing));
        for reply in [client.modern("tools/list", json!({})), client.legacy("tools/list", json!({}))] {
            assert_eq!(names(&reply), expected);
        }
        assert_eq!(client.modern("tools/list", json!({})).result()["cacheScope"], "private");
        assert_eq!(client.modern("tools/call", json!({ "name": "open" })).text(), "nothing");
        assert_eq!(client.modern("tools/call", json!({ "name": "hidden" })).error(), (200, code::INVALID_PARAMS));
        let scoped = client.modern("tools/call", json!({ "name": "scoped" }));
        assert_eq!((scoped.status, scoped.body), (401, json!("insufficient_scope")));
    }
}

#[test]
fn long_lists_come_in_pages() {
    let tools = (0..450).map(|number| Job::new(&format!("tool{number:03}"), nothing));
    let client = Client::of(tools.fold(Registry::new(), Registry::with_tool));
    let (mut seen, mut params) = (0, json!({}));
    loop {
        let reply = client.modern("tools/list", params.clone());
        seen += names(&reply).len();
        match reply.result().get("nextCursor") {
            Some(cursor) => params["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(seen, 450);
    assert_eq!(client.modern("tools/list", json!({ "cursor": "unknown" })).error(), (200, code::INVALID_PARAMS));
}

#[test]
fn a_server_says_who_it_is_and_what_it_has() {
    let info = ServerInfo { title: Some("Notes".to_owned()), ..ServerInfo::new("notes", "2.1.0") };
    let registry = registry().with_info(info).with_instructions("Read before you write.");
    let client = Client::of(registry.with_extension("com.example/reports", Map::new()));
    let discovered = client.modern("server/discover", json!({}));
    assert_eq!(discovered.result()["instructions"], "Read before you write.");
    assert_eq!(discovered.result()["capabilities"], json!({ "tools": {}, "extensions": { "com.example/reports": {} } }));
    let expected = json!({ "name": "notes", "version": "2.1.0", "title": "Notes" });
    assert_eq!(discovered.result()["_meta"]["io.modelcontextprotocol/serverInfo"], expected);
    let shaken = client.legacy("initialize", json!({ "protocolVersion": "2025-06-18", "capabilities": {} }));
    assert_eq!(shaken.result()["serverInfo"], expected);
    assert_eq!(shaken.result()["instructions"], "Read before you write.");
}

#[test]
fn structured_results_that_are_no_objects_are_of_2026_07_28() {
    fn number<'a>(_: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async { Ok(CallResult::structured(json!(7))) })
    }
    let mut tool = Job::new("number", number);
    tool.0.output_schema = Some(json!({ "type": "integer" }));
    let client = Client::of(Registry::new().with_tool(tool));
    let (modern, legacy) = (client.modern("tools/list", json!({})), client.legacy("tools/list", json!({})));
    assert_eq!(modern.result()["tools"][0]["outputSchema"], json!({ "type": "integer" }));
    assert!(legacy.result()["tools"][0].get("outputSchema").is_none());
    let (modern, legacy) =
        (client.modern("tools/call", json!({ "name": "number" })), client.legacy("tools/call", json!({ "name": "number" })));
    assert_eq!(modern.result()["structuredContent"], 7);
    assert!(legacy.result().get("structuredContent").is_none());
    assert_eq!(legacy.text(), "7");
}
