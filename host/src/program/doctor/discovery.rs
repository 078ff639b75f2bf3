//! Discovery: can a client find the authorization server, and is it the one whose tokens we accept?

use serde_json::Value;
use url::Url;

use super::super::http::{Answer, NoAnswer, shown};
use super::verdict::Verdict;

/// The RFC 8414 forms: what clients ask first, and what Supabase Auth itself serves.
pub(super) fn urls(issuer: &str) -> [String; 2] {
    let (origin, path) = split(issuer);
    [format!("{origin}/.well-known/oauth-authorization-server{path}"), format!("{issuer}/.well-known/oauth-authorization-server")]
}

/// The document that is there even when the OAuth server is off.
pub(super) fn openid(issuer: &str) -> String {
    format!("{issuer}/.well-known/openid-configuration")
}

/// Which document to go on with, and the verdict. `openid` is whether `openid-configuration` was served.
pub(super) fn judge(urls: &[String; 2], answers: &[Result<Answer, NoAnswer>; 2], openid: bool) -> (Option<Value>, Verdict) {
    if let Some(document) = answers[0].as_ref().ok().and_then(document) {
        return (Some(document), Verdict::Good(urls[0].clone()));
    }
    if let Some(document) = answers[1].as_ref().ok().and_then(document) {
        let cause =
            format!("only {} answers; clients ask {} first, many ask nothing else ({})", urls[1], urls[0], said(&answers[0]));
        let fix = "let the gateway answer the first URL with the same document, or set LATCH_MIRROR_METADATA=on";
        return (Some(document), Verdict::warn(cause, fix));
    }
    let off = answers.iter().flatten().find(|answer| {
        answer.text("error_code") == "feature_disabled" || answer.text("msg").contains("OAuth server is disabled")
    });
    if let Some(answer) = off {
        let cause = format!("the project's OAuth server is off ({})", answer.summary());
        return (None, Verdict::fail(cause, "dashboard → Authentication → OAuth Server: switch it on"));
    }
    if answers.iter().flatten().any(|answer| matches!(answer.status, 401 | 403)) {
        let cause = format!("the gateway does not let clients read the metadata: {} {}", urls[0], said(&answers[0]));
        let fix = "open the well-known paths below /auth/v1 in the gateway, without an apikey, or set LATCH_MIRROR_METADATA=on and \
                   SUPABASE_PUBLISHABLE_KEY\n(sign-in also needs /auth/v1/oauth/* without an apikey)";
        return (None, Verdict::fail(cause, fix));
    }
    let mut cause =
        format!("no authorization server metadata: {} {}; {} {}", urls[0], said(&answers[0]), urls[1], said(&answers[1]));
    if openid {
        cause += "\nopenid-configuration is served, which proves nothing: it is there with the OAuth server off, too";
    }
    let fix = "check that SUPABASE_URL is the project's own URL, that Supabase Auth is new enough to have an OAuth server, and that it \
               is on (dashboard → Authentication → OAuth Server)";
    (None, Verdict::fail(cause, fix))
}

/// Whether the metadata speaks of the issuer whose tokens we accept, byte for byte.
pub(super) fn issuer(document: &Value, ours: &str) -> Verdict {
    let theirs = shown(document.get("issuer").and_then(Value::as_str).unwrap_or_default());
    if theirs == ours {
        return Verdict::Good(theirs);
    }
    if theirs.is_empty() {
        let cause = "the project names no issuer: a self-hosted Supabase Auth without GOTRUE_JWT_ISSUER";
        return Verdict::fail(
            cause,
            format!("set GOTRUE_JWT_ISSUER={ours} for Supabase Auth and restart it; new tokens then carry it"),
        );
    }
    let cause = format!("the project's tokens say iss {theirs:?}, and only {ours:?} is accepted");
    let fix = match theirs.strip_suffix("/auth/v1") {
        Some(origin) if Url::parse(origin).is_ok() => {
            format!("set SUPABASE_URL={origin} (a project keeps its own issuer behind a custom domain)")
        }
        _ => format!("set GOTRUE_JWT_ISSUER={ours} for Supabase Auth (self-hosted), or use the URL that its issuer is below"),
    };
    Verdict::fail(cause, fix)
}

fn document(answer: &Answer) -> Option<Value> {
    let document = answer.json();
    (answer.status == 200 && document.get("authorization_endpoint").is_some_and(Value::is_string)).then_some(document)
}

/// What came, for a message.
pub(super) fn said(answer: &Result<Answer, NoAnswer>) -> String {
    match answer {
        Ok(answer) => format!("answers {}", answer.summary()),
        Err(error) => format!("gives no answer: {error}"),
    }
}

/// Origin and path of an issuer.
pub(super) fn split(issuer: &str) -> (&str, &str) {
    let start = issuer.find("://").map_or(0, |at| at + 3);
    let path = issuer.get(start..).and_then(|rest| rest.find('/')).map_or(issuer.len(), |at| start + at);
    issuer.split_at(path)
}
