//! Calls of several requests.

use super::*;

fn name() -> Ask {
    Ask::form("name", "What is your name?", json!({ "type": "object", "properties": { "name": { "type": "string" } } }))
}

fn town() -> Ask {
    Ask::form("town", "Where do you live?", json!({ "type": "object", "properties": { "town": { "type": "string" } } }))
}

/// One question after the other.
fn greet<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async move {
        let name = context.ask(&name())?;
        let town = context.ask(&town())?;
        said(format!("{} of {}", name["content"]["name"], town["content"]["town"]))
    })
}

/// Both at once.
fn greet_at_once<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async move {
        let [name, town] = context.ask_all([&name(), &town()])?;
        said(format!("{} of {}", name["content"]["name"], town["content"]["town"]))
    })
}

/// Counts its own runs.
fn count<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
    Box::pin(async move {
        let runs = context.memory().and_then(|runs| runs.as_u64()).unwrap_or(0) + 1;
        context.remember(runs);
        context.ask(&name())?;
        said(format!("{runs} runs"))
    })
}

fn client() -> Client {
    let tools = [Job::new("greet", greet), Job::new("greet_at_once", greet_at_once), Job::new("count", count)];
    Client::of(tools.into_iter().fold(Registry::new(), Registry::with_tool))
}

fn answer(member: &str, value: &str) -> Value {
    json!({ "action": "accept", "content": { member: value } })
}

#[test]
fn a_question_is_asked_and_the_call_runs_again() {
    let client = client();
    let first = client.modern("tools/call", json!({ "name": "greet" }));
    let result = first.result();
    assert_eq!(result["resultType"], "input_required");
    assert_eq!(result["inputRequests"]["name"]["method"], "elicitation/create");
    assert_eq!(result["inputRequests"]["name"]["params"]["message"], "What is your name?");

    let again = json!({
        "name": "greet", "requestState": result["requestState"], "inputResponses": { "name": answer("name", "Ada") }
    });
    let second = client.modern("tools/call", again);
    let state = second.result()["requestState"].as_str().unwrap();
    assert_eq!(second.result()["inputRequests"].as_object().unwrap().keys().collect::<Vec<_>>(), ["town"]);
    assert!(!state.contains("Ada"));

    let third = client.modern(
        "tools/call",
        json!({ "name": "greet", "requestState": state, "inputResponses": { "town": answer("town", "London") } }),
    );
    assert_eq!(third.text(), "\"Ada\" of \"London\"");
    assert_eq!(third.result()["resultType"], "complete");
}

#[test]
fn several_questions_are_asked_at_once_and_only_what_is_open_again() {
    let client = client();
    let first = client.modern("tools/call", json!({ "name": "greet_at_once" }));
    assert_eq!(first.result()["inputRequests"].as_object().unwrap().len(), 2);
    let half = json!({
        "name": "greet_at_once",
        "requestState": first.result()["requestState"],
        "inputResponses": { "town": answer("town", "London"), "other": {} }
    });
    let second = client.modern("tools/call", half);
    assert_eq!(second.result()["inputRequests"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
}

#[test]
fn an_answer_to_another_question_is_none() {
    /// Asks about what it finds, which is another number each time.
    fn tidy<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            let found = context.host.now() / 100;
            let sure = Ask::form("sure", format!("Delete {found} notes?"), json!({ "type": "object", "properties": {} }));
            context.ask(&sure)?;
            said(format!("deleted {found}"))
        })
    }
    let client = Client::of(Registry::new().with_tool(Job::new("tidy", tidy)));
    let mut params = json!({ "name": "tidy", "inputResponses": {} });
    params["requestState"] = client.modern("tools/call", params.clone()).result()["requestState"].clone();
    params["inputResponses"] = json!({ "sure": { "action": "accept", "content": {} } });
    assert_eq!(client.modern("tools/call", params.clone()).text(), "deleted 0");
    client.host.now.set(300);
    let asked = client.modern("tools/call", params.clone());
    assert_eq!(asked.result()["inputRequests"]["sure"]["params"]["message"], "Delete 3 notes?");
    // Nor does the old yes count in the round after, however little the client says then.
    params["requestState"] = asked.result()["requestState"].clone();
    for silence in [json!({}), json!({ "sure": null }), json!({ "other": { "action": "accept" } })] {
        params["inputResponses"] = silence.clone();
        assert_eq!(client.modern("tools/call", params.clone()).result()["resultType"], "input_required", "{silence}");
    }
    // A client that answers before it is asked speaks for itself.
    let params = json!({ "name": "tidy", "inputResponses": { "sure": { "action": "accept", "content": {} } } });
    assert_eq!(client.modern("tools/call", params).text(), "deleted 3");
}

#[test]
fn one_key_may_carry_several_questions() {
    fn each<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            let mut said_yes = Vec::new();
            for name in ["a", "b", "c"] {
                let ask = Ask::form("sure", format!("Delete {name}?"), json!({ "type": "object", "properties": {} }));
                said_yes.push(context.ask(&ask)?["content"]["word"].clone());
            }
            said(json!(said_yes).to_string())
        })
    }
    let client = Client::of(Registry::new().with_tool(Job::new("each", each)));
    let mut params = json!({ "name": "each" });
    for word in ["one", "two", "three"] {
        let state = client.modern("tools/call", params.clone()).result()["requestState"].clone();
        params["requestState"] = state;
        params["inputResponses"] = json!({ "sure": answer("word", word) });
    }
    assert_eq!(client.modern("tools/call", params).text(), r#"["one","two","three"]"#);
}

#[test]
fn an_answer_of_no_use_is_asked_for_again() {
    fn pick<'a>(context: Context<'a>, _: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            let found = context.ask(&name())?;
            match found["content"]["name"].as_str() {
                Some(name) => said(name),
                None => Err(context.ask_again(&name())),
            }
        })
    }
    let mut client = Client::of(Registry::new().with_tool(Job::new("pick", pick)));
    for keys in [true, false] {
        if !keys {
            client.server.ring = None;
        }
        let mut params = json!({ "name": "pick" });
        for useless in [json!({}), json!({ "action": "accept", "content": { "name": 7 } })] {
            let asked = client.modern("tools/call", params.clone());
            assert_eq!(asked.result()["inputRequests"]["name"]["method"], "elicitation/create", "{useless}");
            assert_eq!(asked.result().get("requestState").is_some(), keys);
            if keys {
                params["requestState"] = asked.result()["requestState"].clone();
            }
            params["inputResponses"] = json!({ "name": useless });
        }
        let asked = client.modern("tools/call", params.clone());
        if keys {
            params["requestState"] = asked.result()["requestState"].clone();
        }
        params["inputResponses"] = json!({ "name": answer("name", "Ada") });
        assert_eq!(client.modern("tools/call", params).text(), "Ada");
    }
}

#[test]
fn what_is_no_answer_is_asked_for_again() {
    let client = client();
    let state = client.modern("tools/call", json!({ "name": "greet" })).result()["requestState"].clone();
    for wrong in [json!(null), json!(7), json!("Ada"), json!([])] {
        let params = json!({ "name": "greet", "requestState": state, "inputResponses": { "name": wrong } });
        let reply = client.modern("tools/call", params);
        assert_eq!(reply.result()["resultType"], "input_required", "{wrong}");
    }
}

#[test]
fn a_call_remembers_through_its_rounds() {
    let client = client();
    let mut params = json!({ "name": "count" });
    let mut states = Vec::new();
    for _ in 0..3 {
        let state = client.modern("tools/call", params.clone()).result()["requestState"].clone();
        assert!(!states.contains(&state), "each round's state is another");
        params["requestState"] = state.clone();
        states.push(state);
    }
    params["inputResponses"] = json!({ "name": answer("name", "Ada") });
    assert_eq!(client.modern("tools/call", params).text(), "4 runs");
}

#[test]
fn a_state_opens_only_for_its_user_client_method_and_parameters() {
    let mut client = client();
    let state = client.modern("tools/call", json!({ "name": "count", "arguments": { "a": 1 } })).result()["requestState"].clone();
    let again = |client: &Client, params: Value| {
        let mut params = params;
        params["requestState"] = state.clone();
        client.modern("tools/call", params)
    };
    let good = json!({ "name": "count", "arguments": { "a": 1 } });
    assert_eq!(again(&client, good.clone()).result()["resultType"], "input_required");
    for other in [json!({ "name": "count", "arguments": { "a": 2 } }), json!({ "name": "count" }), json!({ "name": "greet" })] {
        assert_eq!(again(&client, other.clone()).error(), (200, code::INVALID_PARAMS), "{other}");
    }
    for (user, client_id) in [("bob", "claude"), ("ada", "cursor")] {
        client.identity = Identity::of_test(user, client_id);
        assert_eq!(again(&client, good.clone()).error(), (200, code::INVALID_PARAMS), "{user} {client_id}");
    }
    client.identity = Identity::of_test("ada", "claude");
    client.host.now.set(599);
    assert!(again(&client, good.clone()).result().is_object());
    client.host.now.set(600);
    assert_eq!(again(&client, good).error(), (200, code::INVALID_PARAMS));
}

#[test]
fn a_state_that_was_changed_or_made_up_is_an_error() {
    let client = client();
    let state = client.modern("tools/call", json!({ "name": "count" })).result()["requestState"].as_str().unwrap().to_owned();
    let flipped = format!("{}{}", if state.starts_with('A') { 'B' } else { 'A' }, &state[1..]);
    for wrong in [json!(flipped), json!(format!("{state}AAAA")), json!("made up"), json!(""), json!(7), json!({})] {
        let reply = client.modern("tools/call", json!({ "name": "count", "requestState": wrong }));
        assert_eq!(reply.error(), (200, code::INVALID_PARAMS), "{wrong}");
    }
}

#[test]
fn without_keys_nothing_can_be_remembered() {
    let mut client = client();
    client.server.ring = None;
    assert_eq!(client.modern("tools/call", json!({ "name": "count" })).error(), (200, code::INTERNAL_ERROR));
    // What is asked in one round needs no keys; a second question does.
    assert_eq!(client.modern("tools/call", json!({ "name": "greet" })).result()["resultType"], "input_required");
    let answered = json!({ "name": "greet", "inputResponses": { "name": answer("name", "Ada") } });
    assert_eq!(client.modern("tools/call", answered).error(), (200, code::INTERNAL_ERROR));
    let both = json!({ "name": answer("name", "Ada"), "town": answer("town", "London") });
    let at_once = json!({ "name": "greet_at_once", "inputResponses": both });
    assert_eq!(client.modern("tools/call", at_once).text(), "\"Ada\" of \"London\"");
}

#[test]
fn a_client_is_asked_only_what_it_can_be_asked() {
    let client = client();
    for (capabilities, asked) in [
        (json!({}), false),
        (json!({ "sampling": {} }), false),
        (json!({ "elicitation": { "url": {} } }), false),
        (json!({ "elicitation": {} }), true),
        (json!({ "elicitation": { "form": {} } }), true),
    ] {
        let reply = client.modern_with(&[], "tools/call", json!({ "name": "greet" }), capabilities.clone());
        if asked {
            assert_eq!(reply.result()["resultType"], "input_required", "{capabilities}");
        } else {
            assert_eq!(reply.error(), (400, code::MISSING_CLIENT_CAPABILITY), "{capabilities}");
            assert_eq!(reply.body["error"]["data"], json!({ "requiredCapabilities": { "elicitation": { "form": {} } } }));
        }
    }
}

#[test]
fn older_clients_are_told_that_they_cannot_be_asked() {
    let reply = client().legacy("tools/call", json!({ "name": "greet" }));
    assert_eq!(reply.result()["isError"], true);
    assert!(reply.text().contains("2026-07-28"), "{}", reply.text());
}
