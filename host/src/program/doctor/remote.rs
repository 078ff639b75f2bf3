//! Any issuer but a Supabase project: can a client find it, is it the one whose tokens we accept, and can we verify them?

use mcp_latch::config::Issuer;
use mcp_latch::jose::{Alg, Key, KeySet};
use serde_json::Value;

use super::super::http::{Answer, NoAnswer, shown};
use super::discovery::{said, split};
use super::verdict::Verdict;

/// Where clients look for an issuer's metadata, in their order (RFC 8414 §3.1, OpenID Connect Discovery §4.1).
pub(super) fn places(issuer: &str) -> Vec<String> {
    let (origin, path) = split(issuer);
    let path = path.trim_end_matches('/');
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
        format!("{origin}{path}/.well-known/openid-configuration"),
    ];
    places.dedup();
    places
}

/// The document to go on with, and the verdict.
pub(super) fn metadata(asked: &[(String, Result<Answer, NoAnswer>)]) -> (Option<Value>, Verdict) {
    let documents = asked.iter().filter_map(|(url, answer)| {
        let answer = answer.as_ref().ok().filter(|answer| answer.status == 200)?;
        Some((url, answer.json())).filter(|(_, document)| document.get("authorization_endpoint").is_some_and(Value::is_string))
    });
    if let Some((url, document)) = documents.into_iter().next() {
        return (Some(document), Verdict::Good(url.clone()));
    }
    let said: Vec<_> = asked.iter().map(|(url, answer)| format!("{url} {}", said(answer))).collect();
    let fix = "check the provider's variables: the issuer is what stands in tokens as `iss`, byte for byte; then the network between here \
               and there";
    (None, Verdict::fail(format!("no authorization server metadata\n{}", said.join("\n")), fix))
}

/// Whether the metadata is the issuer's own (RFC 8414 §3.3).
pub(super) fn issuer(document: &Value, issuer: &Issuer) -> Verdict {
    let theirs = shown(text(document, "issuer"));
    // The document that all tenants of Entra share has their ids' place in it.
    if issuer.names.contains(&theirs) || theirs.contains("{tenantid}") {
        return Verdict::Good(theirs);
    }
    let fix = "set the provider's variables so that the issuer is the one the metadata names; mind slashes and custom domains";
    Verdict::fail(format!("the metadata names the issuer {theirs:?}, and only {} is accepted", issuer.names.join(", ")), fix)
}

/// Whether a client that nobody announced can sign users in, with PKCE.
pub(super) fn clients(document: &Value) -> Verdict {
    let pkce = document.get("code_challenge_methods_supported").and_then(Value::as_array);
    if !pkce.is_some_and(|methods| methods.iter().any(|method| method == "S256")) {
        let fix = "some clients refuse to sign in there; LATCH_PROXY in front of the provider helps (docs/proxy.md)";
        return Verdict::warn("the metadata does not say that PKCE with S256 is supported", fix);
    }
    let registers = document.get("registration_endpoint").is_some_and(Value::is_string);
    let documents = document.get("client_id_metadata_document_supported") == Some(&Value::Bool(true));
    match (registers, documents) {
        (true, true) => Verdict::Good("clients can register themselves, or use a metadata document".into()),
        (true, false) => Verdict::Good("the metadata names a registration endpoint; whether it is open was not tried".into()),
        (false, true) => Verdict::warn(
            "clients need a metadata document (CIMD); there is no registration",
            "clients without one must be registered by hand; or use LATCH_PROXY (docs/proxy.md)",
        ),
        (false, false) => Verdict::fail(
            "clients cannot register themselves",
            "switch dynamic client registration on at the provider (its page in docs/providers says where), register each client by \
             hand,\nor use LATCH_PROXY (docs/proxy.md)",
        ),
    }
}

/// Whether we can verify what it signs.
pub(super) fn keys(url: &str, answer: &Result<Answer, NoAnswer>, issuer: &Issuer) -> Verdict {
    let fix = "check the provider's variables and the network between here and there; LATCH_JWKS_URI names another place, LATCH_JWKS pins \
               the keys";
    let Ok(answer) = answer.as_ref().map_err(|_| ()).and_then(|answer| if answer.status == 200 { Ok(answer) } else { Err(()) })
    else {
        return Verdict::fail(format!("{url} {}", said(answer)), fix);
    };
    let Ok(set) = KeySet::parse(&answer.body) else { return Verdict::fail(format!("{url} serves no JWK set"), fix) };
    if set.empty {
        return Verdict::fail(format!("{url} lists no keys"), "create a signing key at the provider");
    }
    let fitting = |key| issuer.algorithms.iter().find(|alg| Key::fits(key, **alg)).map(|alg| alg.name());
    let mut names: Vec<&str> = set.keys().iter().filter_map(fitting).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    if count > 0 {
        return Verdict::Good(format!("{count} at {url} ({})", names.join(", ")));
    }
    let accepted: Vec<&str> = issuer.algorithms.iter().map(|alg| alg.name()).collect();
    let why = set.skipped.first().map(|skipped| format!(" (the first one: {})", skipped.reason)).unwrap_or_default();
    let mut found: Vec<&str> =
        set.keys().iter().filter_map(|key| Alg::ALL.iter().find(|alg| Key::fits(key, **alg))).map(|alg| alg.name()).collect();
    found.dedup();
    let found = if found.is_empty() { String::new() } else { format!("; they are for {}", found.join(", ")) };
    let fix = if issuer.provider.name == "custom" {
        "set LATCH_ALGORITHMS to what the issuer signs with (it is the whole list), or let the issuer sign with one of these"
    } else {
        "let the provider sign with one of these: it is set where the API or the realm is"
    };
    Verdict::fail(format!("no published key can be used with {}{found}{why}", accepted.join(", ")), fix)
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Whether keys are at the issuer's own origin: the component goes nowhere else by the metadata's word.
pub(super) fn is_at(url: &str, issuer: &str) -> bool {
    let origin = |url: &str| url::Url::parse(url).map(|url| url.origin());
    matches!((origin(url), origin(issuer)), (Ok(keys), Ok(issuer)) if keys == issuer)
}

pub(super) fn elsewhere(url: &str) -> Verdict {
    let url = shown(url);
    Verdict::fail(
        format!(
            "the metadata says that the keys are at {url}, which is not the issuer's origin, and they are not fetched from there"
        ),
        format!("if that is right, set LATCH_JWKS_URI={url}"),
    )
}
