//! Whose trouble an answer of the token endpoint is.

use super::*;

const TOKEN: &str = "POST https://oauth2.googleapis.com/token";

fn outcome(status: u16, body: impl ToString) -> Result<Grant, Trouble> {
    World::new().on(TOKEN, status, body).renew(&upstream("google", &[]), "rt-1", "google|1")
}

#[test]
fn refused_is_what_is_about_the_code_or_the_refresh_token() {
    for body in [
        r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
        r#"{"error":"invalid_request"}"#,
        r#"{"code":400,"error_code":"refresh_token_not_found","msg":"Invalid Refresh Token"}"#,
        "{}",
        "",
    ] {
        refused(outcome(400, body), "HTTP status 400");
    }
    refused(outcome(401, r#"{"error":"invalid_grant"}"#), "invalid_grant");
    not_allowed(outcome(400, r#"{"error":"access_denied"}"#));
}

#[test]
fn misconfigured_is_what_is_about_our_client() {
    for (status, error) in
        [(401, "invalid_client"), (400, "unauthorized_client"), (400, "invalid_scope"), (400, "invalid_target")]
    {
        misconfigured(outcome(status, json!({ "error": error })), error);
    }
    misconfigured(outcome(400, r#"{"code":400,"error_code":"invalid_credentials","msg":"Invalid client"}"#), "Invalid client");
    misconfigured(outcome(401, r#"{"error":"access_denied","error_description":"Unauthorized"}"#), "Unauthorized");
    misconfigured(outcome(401, "<html>"), "not JSON");
    misconfigured(outcome(404, "Not Found"), "404");
}

#[test]
fn down_is_what_a_later_attempt_may_change() {
    for status in [500, 502, 503, 504, 599, 429, 408] {
        down(outcome(status, r#"{"error":"invalid_grant"}"#));
    }
    down(outcome(400, r#"{"error":"temporarily_unavailable"}"#));
    down(outcome(200, "<html>maintenance</html>"));
    let world = World::new();
    for error in [FetchError::Timeout, FetchError::TooLarge, FetchError::Unreachable("refused".to_owned())] {
        world.say(TOKEN, Err(error));
        down(world.renew(&upstream("google", &[]), "rt-1", "google|1"));
    }
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let world = World::new();
        let mut answer = answer(status, "");
        answer.headers.insert("location", HeaderValue::from_static("https://evil.example/token"));
        world.say(TOKEN, Ok(answer));
        down(world.renew(&upstream("google", &[]), "rt-1", "google|1"));
        assert_eq!(world.seen.borrow().len(), 1);
    }
}

#[test]
fn an_upstream_that_hangs_is_not_waited_for() {
    let world = World::new();
    world.hangs.set(true);
    down(world.renew(&upstream("google", &[]), "rt-1", "google|1"));
}

#[test]
fn r10_what_it_says_is_cut_and_has_no_secret_in_it() {
    let description = format!("bad\u{1b}[31m\nrt-1 and {SECRET} {}", "x".repeat(1000));
    let Err(Trouble::Refused(text)) = outcome(400, json!({ "error": "invalid_grant", "error_description": description })) else {
        panic!("not refused");
    };
    assert!(text.len() < 300 && !text.contains(['\n', '\u{1b}']), "{text}");
    assert!(text.contains("bad [31m … and … xxx"), "{text}");
}

#[test]
fn an_answer_without_a_token_or_with_one_of_another_type_proves_nothing() {
    for body in ["{}", r#"{"access_token":""}"#, r#"{"access_token":1}"#] {
        refused(outcome(200, body), "no access token");
    }
    refused(outcome(200, tokens(json!({ "token_type": "DPoP" }))), "bearer");
    refused(outcome(200, tokens(json!({ "error": { "code": 5 } }))), "unknown");
    assert!(outcome(200, tokens(json!({ "token_type": "bearer", "error": null }))).is_ok());
    assert!(outcome(200, tokens(json!({ "token_type": null }))).is_ok());
    let nothing = r#"{"access_token":"at-1","error":"","error_code":null,"error_description":null}"#;
    assert!(outcome(200, nothing).is_ok());
    // Two members of one name: which would be meant?
    down(outcome(200, r#"{"access_token":"at-1","access_token":"at-9"}"#));
}

#[test]
fn lifetimes_of_all_kinds() {
    for (expires_in, expected) in [
        (json!(60), Some(NOW + 60)),
        (json!("60"), Some(NOW + 60)),
        (json!(u64::MAX), Some(u64::MAX)),
        (json!(0), None),
        (json!(-1), None),
        (json!("never"), None),
        (json!("-1"), None),
        (json!(null), None),
        (json!([60]), None),
    ] {
        let grant = outcome(200, tokens(json!({ "expires_in": expires_in }))).unwrap();
        assert_eq!(grant.expires_at, expected, "{expires_in}");
    }
}
