//! The one place a token may be in: one `Authorization: Bearer` header (RFC 6750 §2.1).

use http::{Uri, header::AUTHORIZATION, request::Parts};
use url::form_urlencoded;

use crate::identity::Refusal;

/// Finds the token of a request. Body and cookies are never looked at; a token in the query is refused, not used.
pub(super) fn token(request: &Parts) -> Result<&str, Refusal> {
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (headers.next(), headers.next());
    match (first, second.is_some(), in_query(&request.uri)) {
        (Some(_), true, _) | (Some(_), _, true) => Err(Refusal::TokenTwice),
        (None, _, true) => Err(Refusal::TokenInQuery),
        (None, _, false) => Err(Refusal::NoToken),
        (Some(value), false, false) => parse(value.to_str().map_err(|_| Refusal::Credentials)?),
    }
}

/// `Bearer 1*SP b64token`; the scheme in any case (RFC 9110 §11.1).
fn parse(credentials: &str) -> Result<&str, Refusal> {
    let (scheme, token) = credentials.split_once(' ').unwrap_or((credentials, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Refusal::Scheme);
    }
    let token = token.trim_start_matches(' ');
    let body = token.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if body.is_empty() || !body.bytes().all(allowed) {
        return Err(Refusal::Credentials);
    }
    Ok(token)
}

fn in_query(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(uri: &str, credentials: &[&str]) -> Result<String, &'static str> {
        let mut request = http::Request::builder().uri(uri);
        for value in credentials {
            request = request.header(AUTHORIZATION, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        token(&parts).map(str::to_owned).map_err(|refusal| refusal.code())
    }

    #[test]
    fn the_scheme_has_any_case_and_the_token_its_grammar() {
        for good in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer  a.b.c"] {
            assert_eq!(find("/mcp", &[good]).as_deref(), Ok("a.b.c"), "{good}");
        }
        assert_eq!(find("/mcp", &["Bearer opaque/+~_-=="]).as_deref(), Ok("opaque/+~_-=="));
        for bad in
            ["Bearer", "Bearer ", "Bearer\ta.b.c", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "Bearer =", "Bearer \"a\""]
        {
            assert!(matches!(find("/mcp", &[bad]), Err("malformed_authorization" | "scheme_not_bearer")), "{bad}");
        }
        assert_eq!(find("/mcp", &["Basic dXNlcjpwYXNz"]), Err("scheme_not_bearer"));
    }

    #[test]
    fn one_token_in_one_place() {
        assert_eq!(find("/mcp", &[]), Err("no_token"));
        assert_eq!(find("/mcp", &["Bearer a", "Bearer a"]), Err("token_twice"));
        assert_eq!(find("/mcp?access_token=a", &["Bearer a"]), Err("token_twice"));
        assert_eq!(find("/mcp?x=1&access_token=a", &[]), Err("token_in_query"));
        assert_eq!(find("/mcp?access%5Ftoken=a", &[]), Err("token_in_query"));
        assert_eq!(find("/mcp?not_access_token=a", &["Bearer a"]).as_deref(), Ok("a"));
    }
}
