//! Prompts and the completion of their arguments.

use super::*;

struct Review(PromptSpec);

impl Prompt for Review {
    fn spec(&self) -> &PromptSpec {
        &self.0
    }

    fn get<'a>(&'a self, _: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Result<Filled, PromptError>> {
        Box::pin(async move {
            if arguments["language"] == "COBOL" {
                return Err(PromptError::Invalid("nobody reviews COBOL".to_owned()));
            }
            let text = Content::text(format!("Review this {}.", arguments["language"]));
            let picture = Content::image(b"png", "image/png").for_audience([Role::User]).with_priority(2.0);
            let file = Content::embedded("file:///a", "text/plain", Payload::Text("a".to_owned()));
            let messages = vec![(Role::User, text), (Role::User, picture), (Role::Assistant, file)];
            Ok(Filled { description: Some("A review".to_owned()), messages })
        })
    }

    fn complete(&self, _: &Identity, _: &str, typed: &str, _: &Map<String, Value>) -> Vec<String> {
        ["Ruby", "Rust"].into_iter().filter(|name| name.starts_with(typed)).map(str::to_owned).collect()
    }
}

fn client() -> Client {
    let argument = |name: &str, required| PromptArgument { name: name.to_owned(), description: None, required };
    let arguments = vec![argument("language", true), argument("tone", false)];
    Client::of(Registry::new().with_prompt(Review(PromptSpec { name: "review".to_owned(), arguments, ..PromptSpec::default() })))
}

#[test]
fn a_prompt_is_listed_and_filled_in() {
    let client = client();
    let listed = client.modern("prompts/list", json!({}));
    let expected = json!({ "name": "review", "arguments": [
        { "name": "language", "required": true }, { "name": "tone", "required": false }
    ] });
    assert_eq!(listed.result()["prompts"][0], expected);
    let filled = client.modern("prompts/get", json!({ "name": "review", "arguments": { "language": "Rust" } }));
    let messages = &filled.result()["messages"];
    assert_eq!(messages[0], json!({ "role": "user", "content": { "type": "text", "text": "Review this \"Rust\"." } }));
    let picture = json!({ "type": "image", "data": "cG5n", "mimeType": "image/png",
        "annotations": { "audience": ["user"], "priority": 1.0 } });
    assert_eq!(messages[1]["content"], picture);
    let file = json!({ "type": "resource", "resource": { "uri": "file:///a", "mimeType": "text/plain", "text": "a" } });
    assert_eq!(messages[2], json!({ "role": "assistant", "content": file }));
}

#[test]
fn what_is_wrong_with_the_arguments_is_said() {
    let client = client();
    for (params, says) in [
        (json!({ "name": "other" }), "there is no prompt other"),
        (json!({ "name": "review" }), "language is missing"),
        (json!({ "name": "review", "arguments": { "language": 7 } }), "language is not text"),
        (json!({ "name": "review", "arguments": [] }), "not an object"),
        (json!({ "name": "review", "arguments": { "language": "COBOL" } }), "nobody reviews COBOL"),
    ] {
        for reply in [client.modern("prompts/get", params.clone()), client.legacy("prompts/get", params.clone())] {
            assert_eq!(reply.error(), (200, code::INVALID_PARAMS), "{params}");
            assert!(reply.body["error"]["message"].as_str().unwrap().contains(says), "{}", reply.body);
        }
    }
}

#[test]
fn arguments_are_completed() {
    let client = client();
    let complete = |name: &str, argument: &str, typed: &str| {
        let reference = json!({ "type": "ref/prompt", "name": name });
        let params = json!({ "ref": reference, "argument": { "name": argument, "value": typed } });
        client.modern("completion/complete", params)
    };
    let found = complete("review", "language", "Ru");
    assert_eq!(found.result()["completion"], json!({ "values": ["Ruby", "Rust"], "total": 2, "hasMore": false }));
    assert_eq!(complete("review", "language", "Rus").result()["completion"]["values"], json!(["Rust"]));
    assert_eq!(complete("review", "other", "").error(), (200, code::INVALID_PARAMS));
    assert_eq!(complete("other", "language", "").error(), (200, code::INVALID_PARAMS));
}

#[test]
fn a_server_without_prompts_has_no_such_method() {
    let client = Client::of(Registry::new());
    assert_eq!(client.modern("prompts/list", json!({})).error(), (404, code::METHOD_NOT_FOUND));
    assert_eq!(client.legacy("prompts/list", json!({})).error(), (200, code::METHOD_NOT_FOUND));
}
