//! While the issuer cannot be asked, nobody's token is called bad.

use http::StatusCode;
use serde_json::json;

use super::{PATH, SECRET, TOKEN, start};
use crate::{bench::Bench, issuer::Answer};

async fn is_unavailable(bench: &Bench, token: &str, words: &str) {
    let reply = bench.enter(token).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{words}");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(reply.header("www-authenticate").is_none(), "a challenge would make clients throw a good token away");
    let lines = bench.log_until("refused").await;
    let all = lines.join("\n");
    let told =
        lines.iter().find(|line| line.contains(r#""event":"introspection_unavailable""#)).unwrap_or_else(|| panic!("{all}"));
    assert!(told.contains(r#""level":"error""#) && told.contains(PATH) && told.contains(words), "{words}: {told}");
    assert!(all.contains(r#""reason":"introspection_unavailable""#), "{all}");
    for secret in ["canary", SECRET, "hunter2", "b3VyJTNBY2xpZW50"] {
        assert!(!all.contains(secret), "{secret} is in the log: {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_is_503() {
    let asking = start().await;
    let bench = &asking.bench;
    let good = serde_json::to_string(&asking.good(json!({}))).unwrap();
    let twice = good.replacen('{', r#"{"active":true,"#, 1);
    let long = good.replacen('{', &format!(r#"{{"x":"{}","#, "a".repeat(66_000)), 1);
    let redirect = Answer::Reply { status: 307, headers: vec![("location", PATH.to_owned())], body: "".into() };
    let echo = |status| {
        Answer::rest(status, json!({ "error": "invalid_client", "error_description": format!("{TOKEN} {SECRET}") }).to_string())
    };
    let jwt = Answer::Reply {
        status: 200,
        headers: vec![("content-type", "application/token-introspection+jwt".to_owned())],
        body: "eyJhbGciOiJub25lIn0.eyJ0b2tlbl9pbnRyb3NwZWN0aW9uIjp7ImFjdGl2ZSI6dHJ1ZX19.".into(),
    };
    for (answer, words) in [
        (Answer::status(500), "500"),
        (Answer::status(503), "503"),
        (Answer::status(429), "429"),
        (echo(401), "LATCH_INTROSPECT_CLIENT_ID"),
        (echo(403), "LATCH_INTROSPECT_CLIENT_ID"),
        (echo(400), "400"),
        (Answer::status(404), "LATCH_INTROSPECT_URL"),
        (Answer::status(204), "204"),
        (redirect, "redirect"),
        (Answer::json(""), "not JSON"),
        (Answer::json(format!("<html>{TOKEN}")), "not JSON"),
        (Answer::json("[true]"), "not a JSON object"),
        (Answer::json(twice), "twice"),
        (Answer::json(long), "larger"),
        (jwt, "not JSON"),
        (Answer::Silence, "in time"),
    ] {
        bench.issuer.answer_next(PATH, answer);
        is_unavailable(bench, TOKEN, words).await;
    }
    // Nothing of that is remembered.
    asking.accepts(TOKEN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_recovers_by_itself_and_what_was_answered_counts_meanwhile() {
    let asking = start().await;
    asking.knows("other", json!({}));
    asking.accepts(TOKEN).await;
    asking.bench.issuer.set_up(false);
    asking.accepts(TOKEN).await;
    is_unavailable(&asking.bench, "other", "unreachable").await;
    if asking.bench.ours().is_some() {
        // Unlike keys, an answer is never stretched: a token that was revoked meanwhile would stay good.
        asking.bench.advance(10);
        is_unavailable(&asking.bench, TOKEN, "unreachable").await;
    }
    asking.bench.issuer.set_up(true);
    asking.accepts(TOKEN).await;
    asking.accepts("other").await;
}
