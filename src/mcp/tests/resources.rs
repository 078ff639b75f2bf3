//! Resources and subscriptions.

use super::*;

/// One that never changes, one that does, one that asks.
struct Shelf;

impl Resources for Shelf {
    fn list(&self, _: &Identity) -> Vec<ResourceSpec> {
        let spec = |uri: &str| ResourceSpec { uri: uri.to_owned(), name: uri.to_owned(), ..ResourceSpec::default() };
        vec![ResourceSpec { size: Some(3), ..spec("shelf://fixed") }, spec("shelf://news"), spec("shelf://asks")]
    }

    fn templates(&self, _: &Identity) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            let body = match uri {
                "shelf://fixed" => Payload::Bytes(b"png".to_vec()),
                "shelf://news" => Payload::Text("news".to_owned()),
                "shelf://asks" => Payload::Text(context.ask(&Ask::roots("roots"))?.to_string()),
                _ => return Err(ReadError::NotFound),
            };
            Ok(Reading { mime_type: "text/plain".into(), body, ttl_ms: 5 })
        })
    }

    fn complete(&self, _: &Identity, _: &str, _: &str, _: &str, _: &Map<String, Value>) -> Option<Vec<String>> {
        None
    }

    fn is_fixed(&self, _: &Identity, uri: &str) -> bool {
        uri == "shelf://fixed"
    }

    fn has_fixed(&self) -> bool {
        true
    }
}

fn client() -> Client {
    Client::of(Registry::new().with_resources(Shelf))
}

#[test]
fn text_and_bytes_are_read() {
    let client = client();
    let bytes = client.modern("resources/read", json!({ "uri": "shelf://fixed" }));
    let expected = json!([{ "uri": "shelf://fixed", "mimeType": "text/plain", "blob": "cG5n" }]);
    assert_eq!(bytes.result()["contents"], expected);
    assert_eq!((&bytes.result()["ttlMs"], &bytes.result()["cacheScope"]), (&json!(5), &json!("private")));
    let text = client.legacy("resources/read", json!({ "uri": "shelf://news" }));
    assert_eq!(text.result()["contents"][0]["text"], "news");
    assert_eq!(client.modern("resources/list", json!({})).result()["resources"][0]["size"], 3);
}

#[test]
fn what_is_not_there_is_said_as_each_era_says_it() {
    let client = client();
    let params = json!({ "uri": "shelf://gone" });
    let modern = client.modern("resources/read", params.clone());
    assert_eq!((modern.error(), &modern.body["error"]["data"]), ((200, code::INVALID_PARAMS), &params));
    assert_eq!(client.legacy("resources/read", params).error(), (200, code::RESOURCE_NOT_FOUND));
}

#[test]
fn a_resource_may_ask() {
    let reply = client().modern("resources/read", json!({ "uri": "shelf://asks" }));
    assert_eq!(reply.result()["inputRequests"]["roots"], json!({ "method": "roots/list", "params": {} }));
    assert_eq!(client().legacy("resources/read", json!({ "uri": "shelf://asks" })).error(), (200, code::INTERNAL_ERROR));
}

#[test]
fn only_what_never_changes_can_be_subscribed_to() {
    let client = client();
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        assert_eq!(client.legacy(method, json!({ "uri": "shelf://fixed" })).result(), &json!({}));
        assert_eq!(client.legacy(method, json!({ "uri": "shelf://news" })).error(), (200, code::RESOURCE_NOT_FOUND));
        assert_eq!(client.modern(method, json!({ "uri": "shelf://fixed" })).error(), (404, code::METHOD_NOT_FOUND));
    }
    let shaken = client.legacy("initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} }));
    assert_eq!(shaken.result()["capabilities"]["resources"], json!({ "subscribe": true }));
    assert_eq!(client.modern("server/discover", json!({})).result()["capabilities"]["resources"], json!({}));
    assert_eq!(client.modern("subscriptions/listen", json!({})).error(), (404, code::METHOD_NOT_FOUND));
}
