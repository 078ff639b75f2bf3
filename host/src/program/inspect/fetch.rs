//! Asking a project for its OpenAPI document. The keys that open it stay in this file and on this machine.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method};
use mcp_latch::config::Config;
use mcp_latch::secret::Secret;
use serde_json::Value;

use super::super::Misuse;
use super::super::http::{self as client, Answer};
use super::MAX_BYTES;

/// Where Supabase manages hosted projects.
const MANAGEMENT: &str = "https://api.supabase.com";
/// Variables that hold a key that opens the whole database.
const SECRET_KEYS: [&str; 2] = ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"];
/// The variable that holds a personal access token.
const ACCESS_TOKEN: &str = "SUPABASE_ACCESS_TOKEN";

/// What is asked, and with what.
pub(super) struct Plan {
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// The variable that holds the secret.
    variable: &'static str,
    secret: Secret,
}

pub(super) async fn fetch(vars: &BTreeMap<String, String>, schema: &str) -> Result<Vec<u8>> {
    let plan = plan(vars, schema)?;
    let answer = client::send(Method::GET, &plan.url, &plan.headers, bytes::Bytes::new(), MAX_BYTES).await;
    match answer {
        Ok(answer) if answer.status == 200 => Ok(match answer.json() {
            // The Management API may wrap the document in a string.
            Value::String(json) => json.into_bytes(),
            _ => answer.body.to_vec(),
        }),
        Ok(answer) => bail!("{}", plan.refused(&answer)),
        Err(error) => bail!("{} gives no answer: {}", plan.url, plan.without_secret(&error)),
    }
}

/// Decides what to ask.
///
/// # Errors
/// [`Misuse`]: no project, or nothing that opens it.
pub(super) fn plan(vars: &BTreeMap<String, String>, schema: &str) -> Result<Plan> {
    let get = |name: &str| vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    // The URL's rules are the configuration's: https, or this machine.
    let config = Config::from_vars(|name| match name {
        "MCP_URL" => Some("http://127.0.0.1/mcp".to_owned()),
        name if name.contains("SUPABASE_URL") || name.contains("SUPABASE_PROJECT_ID") => vars.get(name).cloned(),
        _ => None,
    })?;
    let origin = config.supabase().map_or_else(String::new, |project| project.origin().to_owned());
    let json = (ACCEPT, HeaderValue::from_static("application/openapi+json, application/json"));
    if let Some((variable, key)) = SECRET_KEYS.into_iter().find_map(|name| Some((name, get(name)?))) {
        let mut headers = vec![json, (HeaderName::from_static("apikey"), header(variable, key)?)];
        // New keys are no JWTs, and PostgREST would refuse one as a token.
        if key.starts_with("eyJ") && key.split('.').count() == 3 {
            headers.push((AUTHORIZATION, header(variable, &format!("Bearer {key}"))?));
        }
        if schema != "public" {
            headers.push((HeaderName::from_static("accept-profile"), header("--schema", schema)?));
        }
        return Ok(Plan { url: format!("{origin}/rest/v1/"), headers, variable, secret: Secret::new(key) });
    }
    let Some(token) = get(ACCESS_TOKEN) else {
        let fix = "set SUPABASE_SECRET_KEY for this command (dashboard → Project Settings → API Keys: sb_secret_…), or \
                   SUPABASE_ACCESS_TOKEN (account → Access Tokens); neither is needed to serve";
        return Err(Misuse(format!("nothing opens the database's description of itself\nfix: {fix}")).into());
    };
    let reference = origin.strip_prefix("https://").and_then(|host| host.strip_suffix(".supabase.co"));
    let Some(reference) =
        reference.filter(|reference| reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    else {
        let problem = format!("{origin} is not a hosted project's own URL, which {ACCESS_TOKEN} needs");
        return Err(
            Misuse(format!("{problem}\nfix: set SUPABASE_PROJECT_ID, or SUPABASE_SECRET_KEY instead of {ACCESS_TOKEN}")).into()
        );
    };
    let mut url = url::Url::parse(&format!("{MANAGEMENT}/v1/projects/{reference}/database/openapi"))?;
    url.query_pairs_mut().append_pair("schema", schema);
    let headers = vec![json, (AUTHORIZATION, header(ACCESS_TOKEN, &format!("Bearer {token}"))?)];
    Ok(Plan { url: url.into(), headers, variable: ACCESS_TOKEN, secret: Secret::new(token) })
}

impl Plan {
    fn refused(&self, answer: &Answer) -> String {
        let summary = self.without_secret(&answer.summary());
        let fix = match answer.status {
            401 | 403 => format!("check that {} is a secret key of this very project", self.variable),
            406 => "check --schema: the data API must expose it (dashboard → Project Settings → Data API)".to_owned(),
            404 => "check that SUPABASE_URL is the project's own URL and that its data API is on".to_owned(),
            _ => "try again later, or save the document and give it with --openapi".to_owned(),
        };
        format!("{} answers {summary}\nfix: {fix}", self.url)
    }

    /// A server may repeat what it was sent, cut short even.
    fn without_secret(&self, text: &str) -> String {
        let secret = self.secret.expose();
        let beginning = secret.get(..12).unwrap_or(secret);
        if text.contains(beginning) { "(the answer repeats the key, so it is not shown)".to_owned() } else { text.to_owned() }
    }
}

fn header(variable: &str, value: &str) -> Result<HeaderValue> {
    let wrong = |_| Misuse(format!("{variable} cannot be sent in a header\nfix: set it again, without line breaks"));
    let mut value = HeaderValue::from_str(value).map_err(wrong)?;
    value.set_sensitive(true);
    Ok(value)
}
