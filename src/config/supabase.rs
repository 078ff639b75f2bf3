//! A Supabase project: what is known of it beside its tokens.

use http::{HeaderName, HeaderValue};

use super::{reader::Reader, url, variables as var};
use crate::{jose::base64url, json::object, secret::Secret};

/// A Supabase project.
#[derive(Debug, Clone)]
pub struct Supabase {
    origin: String,
    /// Opens the project's API gateway; not a credential of a user.
    publishable_key: Option<Secret>,
}

impl Supabase {
    /// Whether one is configured.
    pub(super) fn is_named(reader: &Reader<'_>) -> bool {
        reader.has(&var::SUPABASE_URL) || reader.has(&var::SUPABASE_PROJECT_ID)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let publishable_key = Self::read_key(reader);
        Some(Self { origin: Self::read_origin(reader)?, publishable_key })
    }

    /// The project's issuer.
    pub(crate) fn read_issuer(reader: &mut Reader<'_>) -> Option<String> {
        Some(format!("{}/auth/v1", Self::read_origin(reader)?))
    }

    /// The URL of the project, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The project's data API (PostgREST), without a slash at the end.
    pub fn data_api(&self) -> String {
        format!("{}/rest/v1", self.origin)
    }

    /// The project's publishable key.
    pub const fn publishable_key(&self) -> Option<&Secret> {
        self.publishable_key.as_ref()
    }

    /// What its gateway asks for with every request, besides the request itself.
    pub fn gateway_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let Some(key) = &self.publishable_key else { return Vec::new() };
        let Ok(mut value) = HeaderValue::from_str(key.expose()) else { return Vec::new() };
        value.set_sensitive(true);
        vec![(HeaderName::from_static("apikey"), value)]
    }

    /// The project's origin. As in mcp-use, the URL wins over the project id.
    fn read_origin(reader: &mut Reader<'_>) -> Option<String> {
        if reader.has(&var::SUPABASE_URL) {
            let text = reader.url(&var::SUPABASE_URL)?;
            if url::parse(&text).is_ok_and(|url| url::is_origin(&url)) {
                return Some(url::origin(&text));
            }
            let fix = format!("use {}", url::origin(&text));
            reader.mistake_in(&var::SUPABASE_URL, Some(&text), "has a path; the project's URL has none", &fix);
            return None;
        }
        let id = reader.text(&var::SUPABASE_PROJECT_ID)?;
        if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(format!("https://{}.supabase.co", id.to_ascii_lowercase()));
        }
        let fix = "use the reference from the dashboard's address, such as abcdefghijklmnop, or set SUPABASE_URL";
        reader.mistake_in(&var::SUPABASE_PROJECT_ID, Some(&id), "is not a project reference", fix);
        None
    }

    /// The publishable (or legacy anon) key. A secret key would let every tool bypass row-level security.
    fn read_key(reader: &mut Reader<'_>) -> Option<Secret> {
        let key = reader.secret(&var::SUPABASE_PUBLISHABLE_KEY)?;
        let role = || {
            let payload = base64url(key.expose().split('.').nth(1)?)?;
            object(&payload).ok()?.get("role")?.as_str().map(str::to_owned)
        };
        if key.expose().starts_with("sb_secret_") || role().as_deref() == Some("service_role") {
            let problem = "is a secret key, which bypasses row-level security";
            reader.mistake_in(
                &var::SUPABASE_PUBLISHABLE_KEY,
                None,
                problem,
                "use the key that starts with sb_publishable_ (or the anon key)",
            );
            return None;
        }
        Some(key)
    }
}
