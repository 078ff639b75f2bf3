//! A Supabase project without its OAuth server: the sign-in of its own apps, `/authorize?provider=`, with PKCE.
//!
//! It knows no clients and repeats no `state`, so the state is in the address it sends the browser back to; that address must be
//! in the project's list of redirect URLs.

use http::{
    Method,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    Redeem, Request, Trouble, Upstream,
    endpoints::{Endpoints, Found},
    exchange::Tokens,
    flow::Proof,
    supabase::Supabase,
};
use crate::{
    config::{self, Config},
    host::Host,
    outbound::{self, Call, Style, answer},
};

pub(super) fn upstream(config: &Config, settings: &config::Upstream) -> Upstream {
    let supabase = Supabase::new(config, None, Some(settings.provider.clone().unwrap_or_default()));
    let issuer = supabase.issuer();
    let usual = Found { authorize: format!("{issuer}/authorize"), token: format!("{issuer}/token"), ..Found::default() };
    let endpoints = Endpoints::fixed(usual, &settings.urls);
    let client = Upstream::client(settings, Style::Post);
    let upstream = Upstream::of(settings, "Supabase", client, endpoints, Proof::Supabase(Box::new(supabase)));
    Upstream { rotates: true, forward_resource: false, ..upstream }
}

/// The query of the authorization request.
pub(super) fn authorize(upstream: &Upstream, url: &mut Url, provider: &str, request: Request<'_>) {
    let txn = url::form_urlencoded::byte_serialize(request.state.as_bytes());
    let mut back = format!("{}?txn=", request.callback);
    back.extend(txn);
    let mut query = url.query_pairs_mut();
    query.append_pair("provider", provider);
    query.append_pair("redirect_to", &back);
    if !upstream.scopes.is_empty() {
        query.append_pair("scopes", &upstream.scopes.join(" "));
    }
    query.append_pair("code_challenge", request.code_challenge);
    query.append_pair("code_challenge_method", "s256");
    for (name, value) in &upstream.extras {
        query.append_pair(name, value);
    }
}

pub(super) async fn redeem(supabase: &Supabase, host: &dyn Host, url: &str, redeem: Redeem<'_>) -> Result<Tokens, Trouble> {
    let body = json!({ "auth_code": redeem.code, "code_verifier": redeem.code_verifier });
    ask(supabase, host, url, "pkce", &body, &[redeem.code, redeem.code_verifier]).await
}

pub(super) async fn refresh(supabase: &Supabase, host: &dyn Host, url: &str, token: &str) -> Result<Tokens, Trouble> {
    ask(supabase, host, url, "refresh_token", &json!({ "refresh_token": token }), &[token]).await
}

async fn ask(
    supabase: &Supabase,
    host: &dyn Host,
    url: &str,
    grant: &str,
    body: &Value,
    secrets: &[&str],
) -> Result<Tokens, Trouble> {
    const WHAT: &str = "the token endpoint";
    let url = format!("{url}?grant_type={grant}");
    let mut headers = supabase.headers.clone();
    headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    let body = body.to_string();
    let call = Call { what: WHAT, method: Method::POST, url: &url, headers, body: body.as_bytes(), timeout: outbound::TOKEN };
    let answer = outbound::send(host, call).await?;
    Tokens::read(&answer::read(WHAT, &answer, secrets)?, host.now())
}
