//! What an authorization server's answers mean: what it says, or whose trouble it is.

use serde_json::{Map, Value};

use super::{Trouble, send::cut};
use crate::{host::Fetched, json::object};

/// The members of a successful answer. `secrets` are what we sent: no error text repeats them.
pub(crate) fn read(what: &str, answer: &Fetched, secrets: &[&str]) -> Result<Map<String, Value>, Trouble> {
    let members = object(&answer.body).ok().or_else(|| form(&answer.body));
    let success = (200..300).contains(&answer.status);
    let Some(members) = members else {
        let text = format!("{what}: HTTP status {}, and the answer is not JSON", answer.status);
        // A page of a gateway in between, or of somebody else altogether.
        return Err(if success { Trouble::Down(text) } else { classify(answer.status, "", text) });
    };
    // GitHub says errors with status 200. Supabase calls them `error_code`, and Google's APIs give an object.
    let named = |name: &str| members.get(name).filter(|error| !error.is_null() && error.as_str() != Some(""));
    let error = named("error_code").or_else(|| named("error"));
    if success && error.is_none() {
        return Ok(members);
    }
    let error = error.map_or("", |error| error.as_str().unwrap_or("unknown"));
    let description = ["error_description", "msg", "message"].iter().find_map(|name| members.get(*name)?.as_str());
    let mut said = format!("{error} {}", description.unwrap_or_default());
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        said = said.replace(secret, "…");
    }
    Err(classify(answer.status, error, format!("{what}: HTTP status {}: {}", answer.status, cut(said.trim()))))
}

fn classify(status: u16, error: &str, text: String) -> Trouble {
    match error {
        "temporarily_unavailable" | "server_error" | "slow_down" => Trouble::Down(text),
        // Auth0 says so of a client with a wrong secret, with the status for that (RFC 6749 §5.2).
        "access_denied" if status == 401 => Trouble::Misconfigured(text),
        "access_denied" => Trouble::NotAllowed(text),
        // RFC 6749 §5.2, RFC 8707 §2; then those of GitHub, Entra and Supabase.
        "invalid_client"
        | "unauthorized_client"
        | "unsupported_grant_type"
        | "invalid_scope"
        | "invalid_target"
        | "incorrect_client_credentials"
        | "redirect_uri_mismatch"
        | "application_suspended"
        | "invalid_resource"
        | "invalid_credentials"
        | "oauth_client_not_found"
        | "oauth_server_disabled" => Trouble::Misconfigured(text),
        "" if matches!(status, 401 | 403 | 404 | 405 | 406 | 415) => Trouble::Misconfigured(text),
        _ => Trouble::Refused(text),
    }
}

/// GitHub's answers when it overlooks `Accept`. What looks otherwise is not for us.
fn form(body: &[u8]) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if members.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return None;
        }
    }
    (members.contains_key("access_token") || members.contains_key("error")).then_some(members)
}

/// A non-empty string member.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}
