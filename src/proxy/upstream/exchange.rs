//! Asking the token endpoint. The request is built from what we know; nothing that a client sent us is passed on.

use serde_json::{Map, Value};

use super::{Redeem, Trouble, Upstream, endpoints::Found};
use crate::{
    host::{Host, UnixTime},
    outbound::{self, Form, Post, answer},
    secret::Secret,
};

/// What the token endpoint answered.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) access_token: Secret,
    pub(super) refresh_token: Option<Secret>,
    pub(super) id_token: Option<Secret>,
    pub(super) expires_at: Option<UnixTime>,
    pub(super) scopes: Option<Vec<String>>,
}

impl Tokens {
    /// An access token about which nothing else is known.
    pub(super) fn bare(access_token: &str) -> Self {
        let access_token = Secret::new(access_token);
        Self { access_token, refresh_token: None, id_token: None, expires_at: None, scopes: None }
    }

    pub(super) fn read(members: &Map<String, Value>, now: UnixTime) -> Result<Self, Trouble> {
        let refuse = |text: &str| Trouble::Refused(format!("the token endpoint {text}"));
        let access_token = answer::text(members, "access_token").ok_or_else(|| refuse("gave no access token"))?;
        // A token that is bound to a key (RFC 9449) is of no use to us.
        if answer::text(members, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(refuse("gave a token that is not a bearer token"));
        }
        let secret = |name: &str| answer::text(members, name).map(Secret::new);
        Ok(Self {
            refresh_token: secret("refresh_token"),
            id_token: secret("id_token"),
            expires_at: members.get("expires_in").and_then(seconds).map(|seconds| now.saturating_add(seconds)),
            scopes: members.get("scope").and_then(scopes),
            ..Self::bare(access_token)
        })
    }
}

/// A lifetime: a number, or one in a string. Nought and below are what servers say that have no expiry.
fn seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_u64()?,
    };
    (seconds > 0).then_some(seconds)
}

/// Scopes with spaces between them, or GitHub's commas, or a list.
pub(super) fn scopes(value: &Value) -> Option<Vec<String>> {
    let words = |text: &str| text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match value {
        Value::String(text) => Some(words(text)),
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).flat_map(words).collect()),
        _ => None,
    }
}

/// Redeems an authorization code.
pub(super) async fn code(upstream: &Upstream, host: &dyn Host, found: &Found, redeem: Redeem<'_>) -> Result<Tokens, Trouble> {
    let mut form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", redeem.code.to_owned()),
        ("redirect_uri", redeem.callback.to_owned()),
        ("code_verifier", redeem.code_verifier.to_owned()),
    ];
    if upstream.forward_resource {
        form.push(("resource", redeem.resource.to_owned()));
    }
    ask(upstream, host, found, form).await
}

/// Redeems a refresh token.
pub(super) async fn refresh(upstream: &Upstream, host: &dyn Host, found: &Found, token: &str) -> Result<Tokens, Trouble> {
    let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.to_owned())];
    ask(upstream, host, found, form).await
}

async fn ask(upstream: &Upstream, host: &dyn Host, found: &Found, mut form: Form) -> Result<Tokens, Trouble> {
    if upstream.scope_at_token {
        form.push(("scope", upstream.scopes.join(" ")));
    }
    let members = post(upstream, host, found, "the token endpoint", &found.token, form).await?;
    Tokens::read(&members, host.now())
}

/// Posts a form to an endpoint of the upstream, as our client.
pub(super) async fn post(
    upstream: &Upstream,
    host: &dyn Host,
    found: &Found,
    what: &'static str,
    url: &str,
    mut form: Form,
) -> Result<Map<String, Value>, Trouble> {
    let post = Post {
        what,
        url,
        client: &upstream.client,
        token_endpoint: &found.token,
        secret_in_form: found.post,
        headers: upstream.proof.gateway().to_vec(),
        timeout: if url == found.token { outbound::TOKEN } else { outbound::CHECK },
    };
    let answer = post.send(host, &mut form).await?;
    let mut secrets: Vec<&str> = upstream.client.secret().into_iter().collect();
    for (name, value) in &form {
        if ["code", "code_verifier", "refresh_token", "token", "client_assertion"].contains(name) {
            secrets.push(value);
        }
    }
    if answer.body.is_empty() && answer.status == 200 {
        return Ok(Map::new());
    }
    answer::read(what, &answer, &secrets)
}
