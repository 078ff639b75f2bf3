//! A userinfo endpoint says whose token it is, but not of which client: used only where the operator says that this is enough.

use http::{Method, header::AUTHORIZATION};
use serde_json::Value;

use super::{
    Trouble, Upstream,
    profile::{self, Who},
};
use crate::{
    host::Host,
    outbound::{
        self, Call,
        answer::{self, text},
        secret_header,
    },
};

const WHAT: &str = "the userinfo endpoint";

pub(super) async fn ask(upstream: &Upstream, host: &dyn Host, url: &str, token: &str) -> Result<Who, Trouble> {
    let headers = secret_header(AUTHORIZATION, &format!("Bearer {token}")).into_iter().collect();
    let call = Call { what: WHAT, method: Method::GET, url, headers, body: &[], timeout: outbound::CHECK };
    let fetched = outbound::send(host, call).await?;
    // Here 401 is about the token, not about our client.
    if fetched.status == 401 {
        return Err(Trouble::Refused(format!("{WHAT} does not take the token")));
    }
    let members = answer::read(WHAT, &fetched, &[token])?;
    // Those who do not follow OpenID Connect call it `id`, and some count their users.
    let id = match members.get("sub").or_else(|| members.get("id")) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    let mut claims = profile::of(&members);
    if let (None, Some(name)) = (claims.get("preferred_username"), text(&members, "username")) {
        claims.insert("preferred_username".to_owned(), Value::String(name.chars().take(128).collect()));
    }
    Ok(Who::new(profile::subject(upstream.kind, &id)?, claims))
}
