//! GitHub and GitHub Enterprise Server, an OAuth App or a GitHub App.
//!
//! GitHub has no ID tokens. What is bound to us is its check of a token *of our app*; asking who a token's user is would take
//! anybody's token. An OAuth App's tokens do not expire, so we ask about the same one again; a GitHub App's have refresh tokens.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use serde_json::{Map, Value, json};

use super::{
    Trouble, Upstream,
    endpoints::{Endpoints, Found},
    exchange::{self, Tokens},
    flow::Proof,
    profile::{self, Who},
};
use crate::{
    config::{self, Kind},
    host::{Fetched, Host},
    json::{object, value},
    outbound::{self, Call, Client, Style, answer::text, secret_header},
    secret::Secret,
};

const GITHUB: &str = "https://github.com";
const WHAT: &str = "GitHub's check";

/// Its API.
#[derive(Debug)]
pub(super) struct Github {
    /// Without a slash at the end.
    pub(super) api: String,
}

/// What was kept.
pub(super) enum Kept<'a> {
    /// Of an OAuth App, or of a GitHub App whose tokens do not expire.
    AccessToken(&'a str),
    /// Of a GitHub App.
    RefreshToken(&'a str),
}

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let issuer = settings.issuer.as_deref().unwrap_or(GITHUB).trim_end_matches('/');
    let base = issuer.strip_suffix("/login/oauth").unwrap_or(issuer);
    let usual = Found {
        authorize: format!("{base}/login/oauth/authorize"),
        token: format!("{base}/login/oauth/access_token"),
        post: true,
        ..Found::default()
    };
    let api = if base == GITHUB { "https://api.github.com".to_owned() } else { format!("{base}/api/v3") };
    let api = settings.urls.userinfo.as_ref().map_or(api, |url| url.trim_end_matches('/').to_owned());
    let client = Upstream::client(settings, Style::Post);
    let proof = Proof::Github(Github { api });
    let upstream = Upstream::of(settings, "GitHub", client, Endpoints::fixed(usual, &settings.urls), proof);
    // Its authorization server's metadata (RFC 8414) says so; those of Enterprise Server have none.
    let issuer = (base == GITHUB).then(|| format!("{GITHUB}/login/oauth"));
    Upstream { issuer, forward_resource: false, ..upstream.with_scopes(&["read:user", "user:email"]) }
}

/// What to keep of an answer.
pub(super) fn keep(tokens: &Tokens) -> Secret {
    match &tokens.refresh_token {
        Some(token) => Secret::new(format!("r:{}", token.expose())),
        None => Secret::new(format!("a:{}", tokens.access_token.expose())),
    }
}

/// Reads it again.
pub(super) fn kept(keep: &str) -> Result<Kept<'_>, Trouble> {
    match keep.split_once(':') {
        Some(("a", token)) => Ok(Kept::AccessToken(token)),
        Some(("r", token)) => Ok(Kept::RefreshToken(token)),
        _ => Err(Trouble::Refused("what was kept is not of GitHub".to_owned())),
    }
}

impl Github {
    /// Who signed in, if the token is of our app.
    pub(super) async fn check(&self, upstream: &Upstream, host: &dyn Host, tokens: &Tokens) -> Result<Who, Trouble> {
        let refuse = |why: &str| Trouble::Refused(format!("{WHAT}: {why}"));
        let answer = self.ask_about(upstream, host, Method::POST, tokens).await?;
        let members = object(&answer.body).map_err(|_| Trouble::Down(format!("{WHAT}: the answer is not JSON")))?;
        let app = members.get("app").and_then(|app| app.get("client_id"));
        if app.is_some_and(|id| id.as_str() != Some(&upstream.client.id)) {
            return Err(refuse("the token is of another app"));
        }
        let user = members.get("user").and_then(Value::as_object).ok_or_else(|| refuse("it does not say whose the token is"))?;
        let id = user.get("id").and_then(Value::as_u64).ok_or_else(|| refuse("the user has no id"))?;
        let scopes = members.get("scopes").and_then(exchange::scopes);
        let mut claims = Map::new();
        for (ours, its) in [("preferred_username", "login"), ("name", "name"), ("email", "email"), ("picture", "avatar_url")] {
            if let Some(text) = text(user, its) {
                claims.insert(ours.to_owned(), json!(text));
            }
        }
        // A GitHub App has permissions instead of scopes, and its tokens name none.
        let may = |scopes: &Vec<String>| scopes.is_empty() || scopes.iter().any(|scope| scope == "user:email" || scope == "user");
        let may_ask = scopes.as_ref().is_none_or(may);
        if may_ask && !claims.contains_key("email") {
            claims.extend(self.email(host, tokens).await);
        }
        let subject = profile::subject(Kind::Github, &id.to_string())?;
        Ok(Who { scopes, ..Who::new(subject, profile::of(&claims)) })
    }

    /// Makes the token useless.
    pub(super) async fn forget(&self, upstream: &Upstream, host: &dyn Host, tokens: &Tokens) -> Result<(), Trouble> {
        self.ask_about(upstream, host, Method::DELETE, tokens).await.map(|_| ())
    }

    async fn ask_about(&self, upstream: &Upstream, host: &dyn Host, method: Method, tokens: &Tokens) -> Result<Fetched, Trouble> {
        let Client { id, .. } = &upstream.client;
        let url = format!("{}/applications/{id}/token", self.api);
        // Unlike RFC 6749, without encoding the two first.
        let basic = STANDARD.encode(format!("{id}:{}", upstream.client.secret().unwrap_or_default()));
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        headers.extend(secret_header(AUTHORIZATION, &format!("Basic {basic}")));
        let body = json!({ "access_token": tokens.access_token.expose() }).to_string();
        let call = Call { what: WHAT, method, url: &url, headers, body: body.as_bytes(), timeout: outbound::CHECK };
        let answer = outbound::send(host, call).await?;
        let text = |why: &str| format!("{WHAT}: HTTP status {}: {why}", answer.status);
        match answer.status {
            200 | 204 => Ok(answer),
            404 | 422 => Err(Trouble::Refused(text("the token is not of our app"))),
            403 if is_limited(&answer) => Err(Trouble::Down(text("too many requests"))),
            _ => Err(Trouble::Misconfigured(text("it does not take our client"))),
        }
    }

    /// The address of a user who hides it on the profile: the primary one, if GitHub verified it. Signing in works without.
    async fn email(&self, host: &dyn Host, tokens: &Tokens) -> Option<(String, Value)> {
        let url = format!("{}/user/emails", self.api);
        let headers = secret_header(AUTHORIZATION, &format!("Bearer {}", tokens.access_token.expose())).into_iter().collect();
        let call = Call { what: WHAT, method: Method::GET, url: &url, headers, body: &[], timeout: outbound::EXTRA };
        let answer = outbound::send(host, call).await.ok().filter(|answer| answer.status == 200)?;
        let Ok(Value::Array(items)) = value(&answer.body) else { return None };
        let is = |item: &Value, name: &str| item.get(name) == Some(&Value::Bool(true));
        let primary = items.into_iter().find(|item| is(item, "primary") && is(item, "verified"))?;
        Some(("email".to_owned(), primary.get("email")?.clone()))
    }
}

/// GitHub says with 403 that it was asked too often.
fn is_limited(answer: &Fetched) -> bool {
    let none_left = answer.headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    none_left || answer.headers.contains_key(RETRY_AFTER) || String::from_utf8_lossy(&answer.body).contains("rate limit")
}
