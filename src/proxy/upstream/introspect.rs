//! Token introspection (RFC 7662): who signed in, if the token is of our client.

use serde_json::Value;

use super::{
    Trouble, Upstream,
    endpoints::Found,
    exchange,
    profile::{self, Who},
};
use crate::{host::Host, outbound::answer::text};

pub(super) async fn ask(upstream: &Upstream, host: &dyn Host, found: &Found, url: &str, token: &str) -> Result<Who, Trouble> {
    let form = vec![("token", token.to_owned()), ("token_type_hint", "access_token".to_owned())];
    let answer = exchange::post(upstream, host, found, "the introspection endpoint", url, form).await?;
    let refuse = |why: &str| Err(Trouble::Refused(format!("the introspection endpoint: {why}")));
    if answer.get("active") != Some(&Value::Bool(true)) {
        return refuse("the token is not active");
    }
    // Any client's token is active; only this makes it ours.
    if text(&answer, "client_id") != Some(&upstream.client.id) {
        return refuse("the token is of another client, or it does not say of which");
    }
    if let (Some(ours), Some(its)) = (&upstream.issuer, answer.get("iss"))
        && its.as_str() != Some(ours)
    {
        return refuse("the token is of another issuer");
    }
    let expires_at = answer.get("exp").and_then(Value::as_u64);
    if expires_at.is_some_and(|expiry| expiry <= host.now()) {
        return refuse("the token has expired");
    }
    let mut claims = profile::of(&answer);
    if let (None, Some(name)) = (claims.get("preferred_username"), text(&answer, "username")) {
        claims.insert("preferred_username".to_owned(), Value::String(name.chars().take(128).collect()));
    }
    let subject = profile::subject(upstream.kind, text(&answer, "sub").unwrap_or_default())?;
    Ok(Who { expires_at, scopes: answer.get("scope").and_then(exchange::scopes), ..Who::new(subject, claims) })
}
