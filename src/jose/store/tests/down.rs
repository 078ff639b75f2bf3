//! An issuer that is down, hangs or answers nonsense.

use super::*;

#[test]
fn an_issuer_that_is_down_at_the_start_is_asked_again_after_five_seconds() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.fail();
    for (seconds, fetches) in [(0, 1), (0, 1), (RETRY - 1, 1), (RETRY, 2), (2 * RETRY - 1, 2), (2 * RETRY, 3)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), DOWN, "after {seconds} s");
        assert_eq!(world.verify(&store, &key.token_for("unknown")), DOWN, "after {seconds} s");
        world.asked(fetches);
    }
    world.publish(&[&key]);
    world.at(3 * RETRY);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(4);
}

#[test]
fn an_issuer_that_goes_down_later_leaves_a_day() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.fail();
    for (seconds, fetches) in [(TTL - 1, 1), (TTL, 2), (TTL + COOL_DOWN - 1, 2), (TTL + COOL_DOWN, 3), (MAX_STALE - 1, 4)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD, "after {seconds} s");
        world.asked(fetches);
    }
    world.at(MAX_STALE);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
    world.asked(4);
    world.at(MAX_STALE + RETRY);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
    world.asked(5);
    world.publish(&[&key]);
    world.at(MAX_STALE + 2 * RETRY);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
}

#[test]
fn an_issuer_that_hangs_does_not_hold_up_every_request() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    world.fail();
    world.delay.set(RETRY);
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == DOWN));
    world.asked(1);
    // The pause begins when the attempt ends.
    for (seconds, fetches) in [(RETRY, 1), (2 * RETRY - 1, 1), (2 * RETRY, 2)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &token), DOWN, "after {seconds} s");
        world.asked(fetches);
    }
}

#[test]
fn an_unknown_kid_is_not_refused_while_the_issuer_is_down() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.fail();
    for second in (0..2 * TTL).step_by(7) {
        world.at(second);
        assert_eq!(world.verify(&store, &new.token()), DOWN, "after {second} s");
        assert_eq!(world.verify(&store, &key.token()), GOOD, "after {second} s");
        assert_eq!(world.verify(&store, &new.token_for("a")), Err(Error::BadSignature), "after {second} s");
    }
    world.publish(&[&key, &new]);
    world.at(2 * TTL + COOL_DOWN);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}

#[test]
fn answers_that_are_no_key_set_are_failures() {
    let key = pair("a", 1);
    let good = document(&[&key]);
    let unreachable = FetchError::Unreachable("connection refused".to_owned());
    let mut cases = vec![
        (Err(unreachable.clone()), KeysDown::Fetch(unreachable)),
        (Err(FetchError::Timeout), KeysDown::Fetch(FetchError::Timeout)),
        (Err(FetchError::TooLarge), KeysDown::Fetch(FetchError::TooLarge)),
    ];
    // The body would do; the status says no.
    for status in [201, 204, 206, 301, 302, 303, 307, 308, 304, 400, 401, 403, 404, 429, 500, 502, 503] {
        cases.push((Ok((status, good.clone())), KeysDown::Status(status)));
    }
    for body in ["<!doctype html><title>Sign in</title>", "", "{}", "[]", "null", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        cases.push((Ok((200, body.into())), KeysDown::NotAKeySet));
    }
    for (answer, down) in cases {
        let world = World::publishing(&[&key]);
        let redirect = HeaderMap::from_iter([(http::header::LOCATION, HeaderValue::from_static("https://attacker.example/"))]);
        *world.answer.borrow_mut() = answer.map(|(status, body)| Fetched { status, headers: redirect, body });
        assert_eq!(world.verify(&fetching(), &key.token()), Err(Error::KeysDown(down.clone())));
        world.asked(1);
        let line: Value = serde_json::from_str(&world.log.borrow()[0]).unwrap();
        assert_eq!((&line["event"], &line["level"], &line["uri"]), (&json!("keys_unavailable"), &json!("error"), &json!(URI)));
        assert_eq!(line["error"], json!(down.to_string()));
    }
}

#[test]
fn an_empty_set_is_explained_and_not_asked_for_again_and_again() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    for second in 0..COOL_DOWN {
        world.at(second);
        let error = world.verify(&store, &key.token()).unwrap_err();
        assert_eq!(error, Error::KeySetEmpty);
        assert!(error.to_string().contains("HS256"), "{error}");
    }
    world.asked(2);
    world.publish(&[&key]);
    // The first token brought the set, the second one made us look again: the cool-down counts from there.
    world.at(1 + COOL_DOWN);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(3);
}
