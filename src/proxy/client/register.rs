//! Registration (RFC 7591) without a register: the `client_id` is the registration, sealed. It never expires; to forget all
//! clients, replace the ring `client`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Clients, RegistrationError, authenticate, metadata};
use crate::{
    host::Host,
    json,
    proxy::redirect::{self, Place},
    seal::Purpose,
};

/// Largest request, in bytes.
const MAX_BYTES: usize = 32 * 1024;
/// Most redirect URIs of one client.
const MAX_URIS: usize = 10;
/// Most bytes of them together: they are in the `client_id`, which is in URLs and cookies.
const MAX_URI_BYTES: usize = 1024;
/// The grants there are. A client gets those of them that it names.
const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];
const OFFLINE: &str = "offline_access";

/// The purpose of a `client_id`.
#[derive(Debug)]
pub(super) struct Registration;

impl Purpose for Registration {
    const NAME: &'static str = "client registration";
    type Content = Content;
}

/// What is sealed in a `client_id`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    #[serde(rename = "r")]
    pub(super) redirect_uris: Vec<String>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// SHA-256 of the secret, of a client that asked for one.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
}

/// The answer to a registration, with all that was registered and nothing that is null (§3.2.1).
pub(super) fn register(clients: &Clients, host: &dyn Host, body: &[u8]) -> Result<Map<String, Value>, RegistrationError> {
    let ring = clients.ring.as_ref().ok_or_else(|| metadata_error("clients cannot register themselves here"))?;
    if body.len() > MAX_BYTES {
        return Err(metadata_error("the request is too large"));
    }
    let request = json::object(body).map_err(|error| metadata_error(&format!("the request is {error}")))?;
    let redirect_uris = redirect_uris(clients, &request)?;
    if !metadata::asks_for_codes(&request) {
        return Err(metadata_error("grant_types must include authorization_code, and response_types code"));
    }
    let name = metadata::text(&request, "client_name").and_then(metadata::name);
    // Whatever else was asked for is replaced (§2): who asks for nothing wants no secret either, though RFC 7591 says otherwise.
    let method = metadata::text(&request, "token_endpoint_auth_method");
    let method = method.filter(|method| ["client_secret_basic", "client_secret_post"].contains(method)).unwrap_or("none");
    let secret = (method != "none").then(|| {
        let mut bytes = [0; 32];
        host.random(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    });

    let grants = metadata::texts(&request, "grant_types").ok().flatten();
    let grants: Vec<_> = GRANTS.into_iter().filter(|grant| grants.as_ref().is_none_or(|asked| asked.contains(grant))).collect();
    let scope = metadata::text(&request, "scope").map(|scope| known_scopes(clients, scope)).filter(|scope| !scope.is_empty());
    let mut answer = json::members([
        ("client_id_issued_at".to_owned(), json!(host.now())),
        ("redirect_uris".to_owned(), json!(redirect_uris)),
        ("grant_types".to_owned(), json!(grants)),
        ("response_types".to_owned(), json!(["code"])),
        ("token_endpoint_auth_method".to_owned(), json!(method)),
        ("application_type".to_owned(), json!(application_type(&request, &redirect_uris))),
    ]);
    for (member, value) in [("client_name", &name), ("scope", &scope), ("client_secret", &secret)] {
        if let Some(value) = value {
            answer.insert(member.to_owned(), json!(value));
        }
    }
    let digest = secret.map(|secret| URL_SAFE_NO_PAD.encode(authenticate::digest(&secret)));
    if digest.is_some() {
        // It never does. An integer: clients refuse a fraction.
        answer.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    let content = Content { redirect_uris, name, secret: digest };
    let id = ring.seal::<Registration>(host, &content, u64::MAX, clients.issuer.as_bytes());
    answer.insert("client_id".to_owned(), json!(id.ok_or_else(|| metadata_error("the client cannot be registered"))?));
    Ok(answer)
}

/// Those that are acceptable and that the operator allows. The others are left out rather than the client refused (§3.2.1): some
/// clients register several and use one.
fn redirect_uris(clients: &Clients, request: &Map<String, Value>) -> Result<Vec<String>, RegistrationError> {
    let asked = metadata::texts(request, "redirect_uris").map_err(|()| uri_error("redirect_uris must be a list of strings"))?;
    let asked = asked.filter(|asked| !asked.is_empty()).ok_or_else(|| uri_error("redirect_uris is missing"))?;
    if asked.len() > MAX_URIS {
        return Err(uri_error("there are more than 10 redirect_uris"));
    }
    let mut uris: Vec<String> = Vec::new();
    for uri in asked.iter().copied() {
        // What is not acceptable is never allowed.
        if redirect::is_allowed(&clients.allowed, uri) && !uris.iter().any(|other| other == uri) {
            uris.push(uri.to_owned());
        }
    }
    match uris.iter().map(String::len).sum::<usize>() {
        0 if asked.iter().any(|uri| redirect::acceptable(uri)) => {
            Err(uri_error("none of the redirect_uris is on the list of this server's operator"))
        }
        0 => Err(uri_error(
            "none of the redirect_uris is allowed here; use https, http for localhost, or a private-use scheme, without fragment",
        )),
        bytes if bytes > MAX_URI_BYTES => Err(uri_error("the redirect_uris are longer than 1024 bytes together")),
        _ => Ok(uris),
    }
}

/// Unknown ones are dropped. What is left limits nothing later: clients register what one server asked for and want more from
/// another.
fn known_scopes(clients: &Clients, asked: &str) -> String {
    let known = |scope: &&str| *scope == OFFLINE || clients.scopes.iter().any(|known| known == scope);
    let mut scopes: Vec<&str> = Vec::new();
    for scope in asked.split_ascii_whitespace().filter(known) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes.join(" ")
}

/// `native` or `web` as the client says (SEP-837), else by its redirect URIs. It decides nothing: desktop clients say `web`, and
/// each redirect URI is judged by itself.
fn application_type(request: &Map<String, Value>, redirect_uris: &[String]) -> &'static str {
    let is_web = |uri: &String| redirect::parse(uri).is_some_and(|parts| parts.place() == Place::Web);
    match metadata::text(request, "application_type") {
        Some("native") => "native",
        Some("web") => "web",
        _ if redirect_uris.iter().all(is_web) => "web",
        _ => "native",
    }
}

fn metadata_error(description: &str) -> RegistrationError {
    RegistrationError { error: "invalid_client_metadata", description: description.to_owned() }
}

fn uri_error(description: &str) -> RegistrationError {
    RegistrationError { error: "invalid_redirect_uri", description: description.to_owned() }
}
