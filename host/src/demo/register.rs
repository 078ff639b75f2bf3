//! Dynamic client registration (RFC 7591).

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};

use super::clients::Client;
use super::issuer::{Issuer, has_type};
use super::reply::{self, Reply};
use super::{random, redirect};

/// Redirect URIs of one client.
const MAX_REDIRECTS: usize = 10;
/// Bytes of any text a client says about itself.
const MAX_TEXT: usize = 2048;
/// Grants there are.
const GRANTS: &[&str] = &["authorization_code", "refresh_token"];
/// Members that are kept and echoed when they are text. Others are ignored, as §2 asks for.
const TEXTS: &[&str] = &[
    "application_type",
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "scope",
    "software_id",
    "software_version",
    "tos_uri",
];

/// §3.2.2
type Problem = (&'static str, String);

impl Issuer {
    pub(super) fn register(&self, request: &Request<Bytes>) -> Reply {
        let body = has_type(request, "application/json").then(|| serde_json::from_slice(request.body()).ok()).flatten();
        let Some(Value::Object(asked)) = body else {
            return refuse(("invalid_client_metadata", "the body must be a JSON object".into()));
        };
        match client(&asked) {
            Ok(client) => {
                let reply = reply::json(StatusCode::CREATED, &response(&client, self.now()));
                self.clients().add(client);
                reply
            }
            Err(problem) => refuse(problem),
        }
    }
}

fn refuse((error, description): Problem) -> Reply {
    reply::error(StatusCode::BAD_REQUEST, error, &description)
}

fn client(asked: &Map<String, Value>) -> Result<Client, Problem> {
    let redirect_uris = redirect_uris(asked)?;
    // Public unless it asks for a secret: most clients say nothing, and a secret nobody asked for confuses them.
    let method = asked.get("token_endpoint_auth_method").and_then(Value::as_str).unwrap_or("none");
    if !matches!(method, "none" | "client_secret_basic" | "client_secret_post") {
        return Err(("invalid_client_metadata", format!("token_endpoint_auth_method {method:?} is not supported")));
    }
    let mut metadata = Map::new();
    for name in TEXTS {
        if let Some(text) = asked.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            if text.len() > MAX_TEXT {
                return Err(("invalid_client_metadata", format!("{name} is too long")));
            }
            metadata.insert((*name).to_owned(), json!(text));
        }
    }
    metadata.insert("token_endpoint_auth_method".into(), json!(method));
    metadata.insert("grant_types".into(), json!(grant_types(asked)?));
    metadata.insert("response_types".into(), json!(["code"]));
    let secret = (method != "none").then(random::secret);
    Ok(Client { id: random::uuid(), secret, redirect_uris, metadata })
}

/// The acceptable ones. A client often registers several (an app scheme, a web page, loopback) and uses the one that fits: one
/// we cannot use is dropped and missing from the response (§3.2.1), not a reason to turn the client away.
fn redirect_uris(asked: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let list = asked.get("redirect_uris").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() || list.len() > MAX_REDIRECTS {
        return Err(("invalid_redirect_uri", format!("redirect_uris must be a list of 1 to {MAX_REDIRECTS} URIs")));
    }
    let usable: Vec<String> =
        list.iter().filter_map(Value::as_str).filter(|uri| redirect::acceptable(uri)).map(str::to_owned).collect();
    if usable.is_empty() {
        return Err(("invalid_redirect_uri", "no redirect URI is https, http on loopback, or scheme://… of an app".into()));
    }
    Ok(usable)
}

/// What was asked for and exists; both when nothing was asked for.
fn grant_types(asked: &Map<String, Value>) -> Result<Vec<&'static str>, Problem> {
    let Some(list) = asked.get("grant_types").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return Ok(GRANTS.to_vec());
    };
    let granted: Vec<&str> = GRANTS.iter().copied().filter(|grant| list.iter().any(|asked| asked == grant)).collect();
    if granted.contains(&"authorization_code") {
        Ok(granted)
    } else {
        Err(("invalid_client_metadata", "grant_types must contain authorization_code".into()))
    }
}

/// All that was registered, defaults filled in (§3.2.1), and no member that is null.
fn response(client: &Client, now: u64) -> Value {
    let mut response = client.metadata.clone();
    response.insert("client_id".into(), json!(client.id));
    response.insert("client_id_issued_at".into(), json!(now));
    response.insert("redirect_uris".into(), json!(client.redirect_uris));
    if let Some(secret) = &client.secret {
        response.insert("client_secret".into(), json!(secret));
        response.insert("client_secret_expires_at".into(), json!(0));
    }
    Value::Object(response)
}
