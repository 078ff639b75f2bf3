//! A Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document): what a client says of itself at the URL that is
//! its identifier.

use std::time::Duration;

use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};

use super::metadata;
use crate::{
    host::{FetchError, Host, Outgoing},
    json,
    proxy::redirect,
};

/// Largest document, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// For the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long a document is good for, in seconds, if its server does not say; and the least and the most that it may say.
const TTL: u64 = 5 * 60;
const MIN_TTL: u64 = 60;
const MAX_TTL: u64 = 60 * 60;
/// Most redirect URIs that are kept.
const MAX_URIS: usize = 32;

/// What counts of a document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) name: String,
    /// Acceptable ones; at least one.
    pub(super) redirect_uris: Vec<String>,
}

/// Why there is none.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// What is there describes no client that we serve.
    Invalid(&'static str),
    /// It cannot be had at the moment.
    Down(String),
}

/// Gets a document, and the seconds it is good for. A redirect is a failure: a client is what the URL that names it says.
pub(super) async fn fetch(host: &dyn Host, url: &str) -> Result<(Document, u64), Failure> {
    let headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
    let request = Outgoing { method: Method::GET, url, headers, body: &[], max_bytes: MAX_BYTES, timeout: TIMEOUT };
    let answer = match host.fetch(request).await {
        Ok(answer) => answer,
        Err(FetchError::TooLarge) => return Err(Failure::Invalid("it is larger than 16 KiB")),
        Err(error) => return Err(Failure::Down(error.to_string())),
    };
    match answer.status {
        200 => {}
        404 | 410 => return Err(Failure::Invalid("there is none")),
        status => return Err(Failure::Down(format!("status {status}"))),
    }
    // Where strangers can upload pictures and texts, a document must have been meant as one.
    if answer.headers.get(CONTENT_TYPE).is_some_and(|value| !is_json(value)) {
        return Err(Failure::Invalid("it is not served as JSON"));
    }
    Ok((read(url, &answer.body).map_err(Failure::Invalid)?, ttl(&answer.headers)))
}

fn read(url: &str, body: &[u8]) -> Result<Document, &'static str> {
    let document = json::object(body).map_err(|_| "it is not a JSON object")?;
    if metadata::text(&document, "client_id") != Some(url) {
        return Err("its client_id is not its URL");
    }
    let name = metadata::text(&document, "client_name").and_then(metadata::name).ok_or("it has no client_name")?;
    // A document is public, so there is no secret in it; and a key of a client needs a memory of what it signed.
    let method = metadata::member(&document, "token_endpoint_auth_method").map(|method| method.as_str().unwrap_or_default());
    if method.is_some_and(|method| method != "none") || document.keys().any(|name| name.starts_with("client_secret")) {
        return Err("it asks for client authentication; only public clients are served");
    }
    if !metadata::asks_for_codes(&document) {
        return Err("it does not ask for the authorization code grant");
    }
    let uris = metadata::texts(&document, "redirect_uris").ok().flatten().ok_or("it has no redirect_uris")?;
    let uris: Vec<String> = uris.into_iter().filter(|uri| redirect::acceptable(uri)).take(MAX_URIS).map(str::to_owned).collect();
    match uris.is_empty() {
        true => Err("none of its redirect_uris is acceptable"),
        false => Ok(Document { name, redirect_uris: uris }),
    }
}

fn is_json(value: &HeaderValue) -> bool {
    let essence = value.to_str().ok().and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}

/// `max-age` within bounds (RFC 9111 §5.2.2); the least for `no-store` and `no-cache`.
fn ttl(headers: &HeaderMap) -> u64 {
    let mut ttl = TTL;
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase()) {
        match directive.split_once('=') {
            None if directive == "no-store" || directive == "no-cache" => return MIN_TTL,
            Some(("max-age", age)) => ttl = age.trim_matches('"').parse().unwrap_or(ttl),
            _ => {}
        }
    }
    ttl.clamp(MIN_TTL, MAX_TTL)
}
