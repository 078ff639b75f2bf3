//! Reading claims: a claim of the wrong type is never the same as an absent one.

use serde_json::{Map, Value};

use super::Refusal;
use crate::host::UnixTime;

/// A claim that, if present, is a string.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::Claim(name)),
    }
}

/// A claim that, if present, is `true` or `false`.
pub(super) fn flag(claims: &Map<String, Value>, name: &'static str) -> Result<Option<bool>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::Claim(name)),
    }
}

/// A claim that, if present, is a whole number of seconds since 1970. RFC 7519 §2 would allow fractions; no issuer we know
/// sends them, and the stricter reading leaves no room for `1e300`.
pub(super) fn date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<UnixTime>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(Refusal::Claim(name)),
    }
}

/// A claim that, if present, is a string or an array of strings.
pub(super) fn texts(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Vec<String>>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(items)) => {
            let items = items.iter().map(|item| item.as_str().map(str::to_owned));
            items.collect::<Option<_>>().map(Some).ok_or(Refusal::Claim(name))
        }
        Some(_) => Err(Refusal::Claim(name)),
    }
}

/// Scopes: `scope`, else `scp`; each a space-separated string or an array (RFC 9068 §2.2.3, and what Okta, Clerk and Entra
/// do instead).
pub(super) fn scopes(claims: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let found = match texts(claims, "scope")? {
        Some(scopes) => Some(scopes),
        None => texts(claims, "scp")?,
    };
    let words = found.unwrap_or_default();
    Ok(words.iter().flat_map(|scopes| scopes.split(' ')).filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
}

/// The OAuth client: `client_id`, `azp`, Okta's `cid`, and `appid` of Entra's first version. All that are there say the same: some
/// issuers let users or other applications fill one of them, and which is true is not for us to guess.
pub(super) fn client_id(claims: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let mut client = None;
    for name in ["client_id", "azp", "cid", "appid"] {
        let Some(id) = text(claims, name)? else { continue };
        if id.is_empty() || client.is_some_and(|other| other != id) {
            return Err(Refusal::Claim(name));
        }
        client = Some(id);
    }
    Ok(client.map(str::to_owned))
}
