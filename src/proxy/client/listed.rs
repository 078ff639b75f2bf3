//! `LATCH_CLIENTS`: clients that the operator knows, as a JSON array of client metadata (RFC 7591 §2):
//!
//! ```json
//! [{ "client_id": "desk", "client_name": "Desk", "redirect_uris": ["http://localhost/callback"],
//!    "client_secret_sha256": "<base64url of the SHA-256 of its secret; without it the client is public>" }]
//! ```

use serde_json::{Map, Value};

use super::{
    authenticate::{self, Digest},
    metadata,
};
use crate::{json, proxy::redirect};

/// Longest identifier, in bytes.
const MAX_ID: usize = 512;

/// A client that the operator listed.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) secret: Option<Digest>,
}

impl Listed {
    /// Reads `LATCH_CLIENTS`.
    ///
    /// # Errors
    /// What is wrong with it, and how to mend it; no secret that is in it.
    pub(crate) fn parse(text: &str) -> Result<Vec<Self>, String> {
        let value = json::value(text.as_bytes()).map_err(|error| format!("{error}; write a JSON array of clients"))?;
        let Value::Array(entries) = value else { return Err("not an array; write a JSON array of clients".to_owned()) };
        let mut clients: Vec<Self> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let client = entry.as_object().ok_or("is not an object".to_owned()).and_then(client);
            let client = client.map_err(|problem| format!("client {}: {problem}", index + 1))?;
            if clients.iter().any(|other| other.id == client.id) {
                return Err(format!("client {}: its client_id is there twice", index + 1));
            }
            clients.push(client);
        }
        match clients.is_empty() {
            true => Err("lists no client; list one, or remove the variable".to_owned()),
            false => Ok(clients),
        }
    }
}

fn client(entry: &Map<String, Value>) -> Result<Listed, String> {
    // Printable ASCII (RFC 6749 appendix A.1).
    let is_id = |id: &&str| !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let id = metadata::text(entry, "client_id").filter(is_id).ok_or("client_id is missing, or not printable ASCII")?;
    let uris = metadata::texts(entry, "redirect_uris").ok().flatten().filter(|uris| !uris.is_empty());
    let uris = uris.ok_or("redirect_uris is missing, or not a list of strings")?;
    if let Some(bad) = uris.iter().find(|uri| !redirect::acceptable(uri)) {
        let excerpt: String = bad.chars().take(80).collect();
        return Err(format!("{excerpt:?} cannot be redirected to; use https, http for localhost, or an app's own scheme"));
    }
    if !metadata::asks_for_codes(entry) {
        return Err("grant_types must include authorization_code, and response_types code".to_owned());
    }
    // A misspelt secret would be a client without one.
    if let Some(member) = entry.keys().find(|name| name.starts_with("client_secret") && *name != "client_secret_sha256") {
        return Err(format!("there is no {member:?}; set client_secret_sha256 to the base64url SHA-256 of its secret"));
    }
    let secret = match entry.get("client_secret_sha256") {
        None => None,
        Some(value) => {
            let digest = value.as_str().and_then(authenticate::digest_from);
            Some(digest.ok_or("client_secret_sha256 is not the base64url of a SHA-256 (43 characters)")?)
        }
    };
    match (entry.get("token_endpoint_auth_method").map(|method| method.as_str().unwrap_or_default()), secret) {
        (None, _) | (Some("none"), None) | (Some("client_secret_basic" | "client_secret_post"), Some(_)) => {}
        (Some("none"), Some(_)) => return Err("has a client_secret_sha256, but token_endpoint_auth_method is none".to_owned()),
        (Some("client_secret_basic" | "client_secret_post"), None) => {
            return Err("client_secret_sha256 is missing: token_endpoint_auth_method asks for a secret".to_owned());
        }
        _ => return Err("token_endpoint_auth_method must be none, client_secret_basic or client_secret_post".to_owned()),
    }
    Ok(Listed {
        id: id.to_owned(),
        name: metadata::text(entry, "client_name").and_then(metadata::name),
        redirect_uris: uris.into_iter().map(str::to_owned).collect(),
        secret,
    })
}
