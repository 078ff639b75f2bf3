//! A sign-in without a human: plays a client and its user's browser against a demo issuer, for tests and smoke checks.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::keys::encode;
use super::{User, random};
use crate::client;

/// Nobody listens there: the code is read from the redirect.
const CALLBACK: &str = "http://127.0.0.1:1/callback";

/// Registers a client with `issuer`, lets `user` allow it the `scope`, and returns the token response (`access_token`,
/// `refresh_token`, …). `resource` is sent along as MCP clients do (RFC 8707).
///
/// # Errors
/// Any step that was not answered as it should be; the message shows the answer.
pub async fn sign_in(issuer: &str, user: &User, scope: &str, resource: &str) -> Result<Value> {
    let metadata: Value = client::get(format!("{issuer}/.well-known/oauth-authorization-server")).send().await?.json()?;
    let endpoint = |name: &str| metadata[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {metadata}"));

    let asked = json!({ "client_name": "Script", "redirect_uris": [CALLBACK] });
    let registered: Value = client::post(endpoint("registration_endpoint")?).json(&asked).send().await?.json()?;
    let client_id = registered["client_id"].as_str().with_context(|| format!("no client_id in {registered}"))?;

    let verifier = format!("{}{}", random::secret(), random::secret());
    let challenge = encode(Sha256::digest(&verifier));
    let params = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("scope", scope),
        ("resource", resource),
    ];
    let url = Url::parse_with_params(&endpoint("authorization_endpoint")?, params)?;
    let code = press(issuer, url.as_str(), user).await?;

    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_id", client_id),
        ("code_verifier", &verifier),
        ("resource", resource),
    ];
    client::post(endpoint("token_endpoint")?).form(form).send().await?.json()
}

/// Opens the page and presses the user's button; returns the code.
async fn press(issuer: &str, url: &str, user: &User) -> Result<String> {
    let page = client::get(url).send().await?;
    let html = page.text();
    let handle = html.split_once("name=\"request\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    let cookie = page.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let (Some((handle, _)), Some(cookie)) = (handle, cookie) else { bail!("no sign-in page: {} {html}", page.status) };
    let form = [("request", handle), ("decision", user.key)];
    let reply = client::post(format!("{issuer}/oauth/consent")).header("cookie", cookie).form(form).send().await?;
    let location = Url::parse(reply.header("location").unwrap_or_default())
        .with_context(|| format!("no redirect: {} {}", reply.status, reply.text()))?;
    let code = location.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.with_context(|| format!("no code in {location}"))
}
