//! The token endpoint (RFC 6749 §3.2), and Supabase's password sign-in for first-party sessions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::claims::{LIFETIME, Session};
use super::clients::Client;
use super::grants::{Grant, same};
use super::issuer::{Issuer, Params, has_type};
use super::reply::{self, Reply};
use super::{PASSWORD, USERS, random};

/// Who the client says it is, and its proof.
type Credentials = (String, Option<String>);

impl Issuer {
    /// `POST /oauth/token`
    pub(super) fn token(&self, request: &Request<Bytes>) -> Reply {
        if !has_type(request, "application/x-www-form-urlencoded") {
            return bad("invalid_request", "the body must be application/x-www-form-urlencoded");
        }
        let Ok(params) = Params::parse(request.body()) else {
            return bad("invalid_request", "a parameter comes twice");
        };
        let Ok(credentials) = credentials(request, &params) else {
            return bad("invalid_request", "the client authenticates in two ways, or unreadably");
        };
        let Some(client) = credentials.and_then(|credentials| self.authenticate(credentials)) else {
            return reply::error(StatusCode::UNAUTHORIZED, "invalid_client", "unknown client, or wrong client secret");
        };
        let now = self.now();
        let granted = match params.text("grant_type") {
            "authorization_code" => {
                let (code, uri, verifier) = (params.text("code"), params.text("redirect_uri"), params.text("code_verifier"));
                self.grants().redeem(code, &client.id, uri, verifier, now)
            }
            "refresh_token" => self.grants().refresh(params.text("refresh_token"), &client.id, now),
            "" => return bad("invalid_request", "grant_type is missing"),
            _ => return bad("unsupported_grant_type", "authorization_code and refresh_token are supported"),
        };
        match granted {
            Some((grant, refresh)) => reply::json(StatusCode::OK, &self.issue(&grant, &refresh, now)),
            None => bad("invalid_grant", "the code or refresh token is unknown, spent, over, or not this client's"),
        }
    }

    fn issue(&self, grant: &Grant, refresh: &str, now: u64) -> Value {
        let session = Session { issuer: &self.id, user: grant.user, id: &grant.session, now };
        let mut body = json!({
            "access_token": self.keys.sign(&session.access(&grant.client_id, &grant.scope)),
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "refresh_token": refresh,
            "scope": grant.scope,
        });
        if grant.scope.split(' ').any(|scope| scope == "openid") {
            body["id_token"] = json!(self.keys.sign(&session.id_token(&grant.client_id, grant.nonce.as_deref())));
        }
        body
    }

    /// The client these credentials belong to. A public client has none to show and must not show any.
    fn authenticate(&self, (id, secret): Credentials) -> Option<Client> {
        let client = self.clients().get(&id)?;
        let good = match (&client.secret, &secret) {
            (None, None) => true,
            (Some(expected), Some(given)) => same(expected, given),
            _ => false,
        };
        good.then_some(client)
    }

    /// `POST /token?grant_type=password`, as supabase-js does it: a session of the user's own, no client involved.
    pub(super) fn password(&self, request: &Request<Bytes>) -> Reply {
        if request.uri().query() != Some("grant_type=password") {
            return gotrue("validation_failed", "only grant_type=password is supported here");
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let user = USERS.into_iter().find(|user| body["email"] == user.email);
        let Some(user) = user.filter(|_| body["password"] == PASSWORD) else {
            return gotrue("invalid_credentials", "Invalid login credentials");
        };
        let (id, now) = (random::uuid(), self.now());
        let session = Session { issuer: &self.id, user, id: &id, now };
        let body = json!({
            "access_token": self.keys.sign(&session.first_party()),
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "expires_at": now + LIFETIME,
            "user": session.user(),
        });
        reply::json(StatusCode::OK, &body)
    }
}

fn bad(error: &str, description: &str) -> Reply {
    reply::error(StatusCode::BAD_REQUEST, error, description)
}

/// An error as Supabase's own API shapes it.
fn gotrue(code: &str, message: &str) -> Reply {
    reply::json(StatusCode::BAD_REQUEST, &json!({ "code": 400, "error_code": code, "msg": message }))
}

/// From the form (`client_secret_post`, or the id alone) or from `Authorization: Basic` (RFC 6749 §2.3.1).
///
/// # Errors
/// Both at once, or an unreadable header.
fn credentials(request: &Request<Bytes>, params: &Params) -> Result<Option<Credentials>, ()> {
    let posted = params.get("client_id").map(|id| (id.to_owned(), params.get("client_secret").map(str::to_owned)));
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(posted) };
    let basic = header.to_str().ok().and_then(basic).ok_or(())?;
    match posted {
        // Many clients repeat their id in the form.
        Some((id, None)) if id == basic.0 => Ok(Some(basic)),
        None => Ok(Some(basic)),
        Some(_) => Err(()),
    }
}

/// Id and secret are form-encoded before they are joined and put into base64.
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let joined = String::from_utf8(decoded).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let decode = |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decode(id)?, decode(secret)))
}
