//! What an introspection answer says (RFC 7662 §2.2). The rules that hold for JWTs too are checked where those are.

use serde_json::Value;

use super::{
    super::{Refusal, claims, refusal::shorten},
    Claims,
};
use crate::{host::UnixTime, json::object};

/// What is said of a token that is none of the issuer's.
pub(super) const INACTIVE: &[u8] = br#"{"active":false}"#;

/// Whether an error is about the token after all: oidc-provider says so of JWTs, by the code that RFC 7009 §2.2.1 has for revocation.
pub(super) fn is_of_another_kind(body: &[u8]) -> bool {
    object(body).is_ok_and(|members| members.get("error").and_then(Value::as_str) == Some("unsupported_token_type"))
}

/// When a live token expires; `None` for one that is not active. An error is not about the token: what we got is no answer.
pub(super) fn expiry(body: &[u8]) -> Result<Option<UnixTime>, String> {
    let members = object(body).map_err(|error| format!("the introspection endpoint: the answer is {error}"))?;
    // Without one the token is refused by the rules; a cached answer saves the next question.
    Ok(is_active(&members).then(|| members.get("exp").and_then(Value::as_u64).unwrap_or(UnixTime::MAX)))
}

/// The claims of a live access token of one of these issuers.
pub(super) fn claims(body: &[u8], issuers: &[String]) -> Result<Claims, Refusal> {
    let mut members = object(body).unwrap_or_default();
    if !is_active(&members) {
        return Err(Refusal::Inactive);
    }
    if let Some(issuer) = claims::text(&members, "iss")?.filter(|issuer| !issuers.iter().any(|name| name == issuer)) {
        return Err(Refusal::Issuer { got: shorten(issuer), expected: issuers.join(" ") });
    }
    // The endpoint answers for refresh tokens too, and some say what a token is in `token_use` or `typ` instead.
    for name in ["token_type", "token_use", "typ"] {
        match claims::text(&members, name)? {
            None => {}
            Some(kind) if kind.eq_ignore_ascii_case("Bearer") || kind.eq_ignore_ascii_case("access_token") => {}
            Some(kind) if kind.eq_ignore_ascii_case("DPoP") => return Err(Refusal::SenderConstrained),
            Some(_) => return Err(Refusal::NotAnAccessToken),
        }
    }
    members.remove("active");
    // RFC 7662's name for what OpenID Connect calls `preferred_username`.
    if let (None, Some(Value::String(name))) = (members.get("preferred_username"), members.get("username")) {
        let name = Value::String(name.clone());
        members.insert("preferred_username".to_owned(), name);
    }
    Ok(members)
}

fn is_active(members: &Claims) -> bool {
    members.get("active") == Some(&Value::Bool(true))
}
