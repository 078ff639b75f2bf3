//! Who asks: the bearer token, checked with the issuer's own keys.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use mcp_latch::jose::{Compact, KeySet};
use serde_json::Value;

use super::super::USERS;
use super::super::issuer::Issuer;
use super::fault::Fault;

/// The id of the user, or `None` for a request without a token: PostgREST's role `anon`.
pub(super) fn user(issuer: &Issuer, request: &Request<Bytes>) -> Result<Option<&'static str>, Fault> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    let token =
        header.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (Some((_, token)), None) = (token, headers.next()) else { return Err(refused("Only one Bearer token is accepted")) };
    let malformed = |_| refused("JWSError (CompactDecodeError Invalid number of parts)");
    let token = Compact::parse(token.trim()).map_err(malformed)?;
    let keys = KeySet::parse(issuer.keys.jwks().to_string().as_bytes()).unwrap_or_default();
    let verified = token.header.alg.parse().is_ok_and(|alg| keys.verify(&token, alg).is_ok());
    if !verified {
        return Err(refused("JWSError JWSInvalidSignature"));
    }
    let claim = |name: &str| token.claims.get(name);
    if claim("exp").and_then(Value::as_u64).is_none_or(|exp| exp <= issuer.now()) {
        let mut fault = refused("JWT expired");
        fault.code = "PGRST303";
        return Err(fault);
    }
    let text = |name: &str| claim(name).and_then(Value::as_str).unwrap_or_default();
    // An ID token has our signature too, and no role.
    if text("role") != "authenticated" || text("aud") != "authenticated" || text("iss") != issuer.id {
        return Err(refused("This is not an access token of this issuer"));
    }
    let known = USERS.into_iter().find(|user| user.id == text("sub"));
    known.map(|user| Some(user.id)).ok_or_else(|| refused("There is no such user"))
}

fn refused(message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "PGRST301", message)
}
