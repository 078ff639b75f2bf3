//! Variables → [`Config`], once, at start.
//!
//! A value that is wrong or missing is a [`Mistake`] that names the variable, what was read and the fix; all of
//! them are reported at once. There is no half-configured component: without a `Config` nothing is served.

mod endpoint;
mod error;
mod provider;
mod proxy;
mod reader;
mod url;
mod variables;

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};

pub(crate) use self::proxy::SHARED_TENANTS;
pub use self::{
    endpoint::Endpoint,
    error::{Errors, Mistake},
    provider::{Custom, Provider, Supabase, TokenTypes},
    proxy::{ClientAuth, Kind, Proxy, TokenFormat, Upstream, Urls},
    variables::{VARIABLES, Variable, help_table, is_read, markdown_table},
};
use self::{reader::Reader, variables as var};
use crate::{jose::KeySet, keys::Keys, mcp::Listing, supabase::Declaration};

/// Everything an operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    endpoint: Endpoint,
    provider: Provider,
    pinned: Option<KeySet>,
    audience: Vec<String>,
    audience_also: Vec<String>,
    client_ids: Vec<String>,
    scopes: Vec<String>,
    required_scopes: Vec<String>,
    allowed_origins: Vec<String>,
    mirror_metadata: bool,
    debug_errors: bool,
    data: Option<Declaration>,
    listing: Listing,
    keys: Option<Keys>,
    token_to_tools: Vec<String>,
    proxy: Option<Proxy>,
}

impl Config {
    /// Reads the configuration through a look-up by variable name, such as `|name| std::env::var(name).ok()`.
    pub fn from_vars(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, Errors> {
        let mut reader = Reader::new(&look_up);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// Reads the configuration from a whole environment. A name that starts with `LATCH_` and is not in [`VARIABLES`] is a
    /// mistake: a misspelt rule must not be a rule that is silently absent.
    pub fn from_env(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Errors> {
        let mut all = BTreeMap::new();
        all.extend(variables);
        let look_up = |name: &str| all.get(name).cloned();
        let mut reader = Reader::new(&look_up);
        for name in all.keys().filter(|name| var::is_unknown(name)) {
            reader.mistake(
                name,
                None,
                "there is no such variable",
                "correct the name, or remove it; `latch up --help` lists all",
            );
        }
        let named = reader.list(&var::LATCH_PROXY);
        for name in all.keys() {
            if let Some(kind) = var::upstream_of(name).filter(|kind| !named.iter().any(|named| named == kind.name())) {
                let fix = format!("remove it, or set LATCH_PROXY={}", kind.name());
                reader.mistake(name, None, "is for an upstream that LATCH_PROXY does not name", &fix);
            }
        }
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let endpoint = Endpoint::read(reader);
        let provider = Provider::read(reader);
        let proxy = Proxy::read(reader, provider.as_ref(), endpoint.as_ref());
        let pinned = reader.text(&var::LATCH_JWKS).and_then(|json| match KeySet::parse(json.as_bytes()) {
            Ok(set) if !set.keys().is_empty() => Some(set),
            outcome => {
                let problem = outcome.map_or_else(|error| error.to_string(), |set| unusable(&set));
                // The value is not repeated: what is wrong with a key set may be that its keys are private.
                reader.mistake_in(
                    &var::LATCH_JWKS,
                    None,
                    &problem,
                    "paste the whole document your issuer serves at its `jwks_uri`",
                );
                None
            }
        });
        if let Some(Provider::Custom(Custom { jwks_uri: None, .. })) = &provider
            && !reader.has(&var::LATCH_JWKS)
            && !reader.has(&var::LATCH_JWKS_URI)
        {
            let fix = "set LATCH_JWKS_URI to the issuer's `jwks_uri`, or LATCH_JWKS to its key set";
            reader.mistake_in(&var::LATCH_JWKS_URI, None, "there are no keys to verify tokens with", fix);
        }
        let mut scopes = reader.scopes(&var::LATCH_SCOPES);
        let required_scopes = reader.scopes(&var::LATCH_REQUIRED_SCOPES);
        if !reader.has(&var::LATCH_SCOPES) {
            scopes = provider.as_ref().map_or_else(Vec::new, Provider::default_scopes);
        }
        for (variable, list) in [(&var::LATCH_SCOPES, &scopes), (&var::LATCH_REQUIRED_SCOPES, &required_scopes)] {
            if list.iter().any(|scope| scope == "offline_access") {
                let fix = "remove it: clients ask the authorization server for refresh tokens themselves (SEP-2207)";
                reader.mistake_in(variable, Some("offline_access"), "is not a scope of a protected resource", fix);
            }
        }
        for scope in &required_scopes {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        let data = data(reader, provider.as_ref());
        Some(Self {
            data,
            proxy,
            pinned,
            audience: reader.list(&var::LATCH_AUDIENCE),
            audience_also: reader.list(&var::LATCH_AUDIENCE_ALSO),
            client_ids: reader.list(&var::LATCH_CLIENT_IDS),
            scopes,
            required_scopes,
            allowed_origins: reader.origins(&var::LATCH_ALLOWED_ORIGINS),
            mirror_metadata: reader.switch(&var::LATCH_MIRROR_METADATA, "on", "off"),
            debug_errors: reader.switch(&var::LATCH_DEBUG_ERRORS, "on", "off"),
            listing: listing(reader),
            keys: keys(reader),
            token_to_tools: reader.tool_names(&var::LATCH_TOKEN_TO_TOOLS),
            endpoint: endpoint?,
            provider: provider?,
        })
    }

    /// The public MCP endpoint.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The issuer of the tokens we accept, byte for byte: ourselves, by the origin of the endpoint, with `LATCH_PROXY`.
    pub fn issuer(&self) -> &str {
        match &self.provider {
            _ if self.proxy.is_some() => self.endpoint.origin(),
            Provider::Supabase(supabase) => &supabase.issuer,
            Provider::Custom(custom) => &custom.issuer,
            Provider::Ourselves => self.endpoint.origin(),
        }
    }

    /// `LATCH_PROXY`: the authorization server we are.
    pub const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The identity provider's name: `supabase`, `custom`, or `proxy` for an upstream that is not Supabase.
    pub const fn provider(&self) -> &'static str {
        self.provider.name()
    }

    /// The origins the component calls: what a host's outbound allow-list must contain, and nothing else.
    pub fn outbound(&self) -> Vec<String> {
        let mut origins: Vec<String> = Vec::new();
        let mirror = self.mirror_metadata.then(|| self.issuer().to_owned());
        origins.extend(crate::proxy::outbound(self));
        for url in self.jwks_uri().into_iter().chain(mirror) {
            let origin = url::origin(&url);
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    /// The `jwks_uri`, if keys are fetched at all.
    pub fn jwks_uri(&self) -> Option<String> {
        match &self.provider {
            Provider::Supabase(supabase) => Some(format!("{}/.well-known/jwks.json", supabase.issuer)),
            Provider::Custom(custom) => custom.jwks_uri.clone(),
            Provider::Ourselves => None,
        }
    }

    /// What the issuer's gateway asks for with every request, besides the request itself: Supabase's `apikey`.
    pub fn gateway_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let Provider::Supabase(Supabase { publishable_key: Some(key), .. }) = &self.provider else { return Vec::new() };
        let Ok(mut value) = HeaderValue::from_str(key.expose()) else { return Vec::new() };
        value.set_sensitive(true);
        vec![(HeaderName::from_static("apikey"), value)]
    }

    /// `LATCH_DATA`: the tables and functions that become tools.
    pub const fn data(&self) -> Option<&Declaration> {
        self.data.as_ref()
    }

    /// Provider-specific settings.
    pub const fn settings(&self) -> &Provider {
        &self.provider
    }

    /// Keys given by `LATCH_JWKS`.
    pub const fn pinned(&self) -> Option<&KeySet> {
        self.pinned.as_ref()
    }

    /// `LATCH_AUDIENCE`; empty when it is not set.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// `LATCH_AUDIENCE_ALSO`: audiences that may stand beside an accepted one.
    pub fn audience_also(&self) -> &[String] {
        &self.audience_also
    }

    /// `LATCH_CLIENT_IDS`: the OAuth clients that may enter; empty means any.
    pub fn client_ids(&self) -> &[String] {
        &self.client_ids
    }

    /// Scopes a client should ask for: PRM `scopes_supported` and the challenge's `scope`.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Scopes a token must have.
    pub fn required_scopes(&self) -> &[String] {
        &self.required_scopes
    }

    /// Browser origins that may call the endpoint, besides its own.
    pub fn allowed_origins(&self) -> &[String] {
        &self.allowed_origins
    }

    /// Whether we repeat the issuer's metadata at our own origin.
    pub const fn mirror_metadata(&self) -> bool {
        self.mirror_metadata
    }

    /// `LATCH_LISTING`: which tools and prompts a user sees.
    pub const fn listing(&self) -> Listing {
        self.listing
    }

    /// `LATCH_KEYS`: the secrets of this endpoint.
    pub const fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// `LATCH_TOKEN_TO_TOOLS`: the tools that may read the caller's token.
    pub fn token_to_tools(&self) -> &[String] {
        &self.token_to_tools
    }

    /// Whether refusals tell the client their reason code.
    pub const fn debug_errors(&self) -> bool {
        self.debug_errors
    }
}

/// The declaration of `LATCH_DATA`. Its tools speak to a Supabase project's data API, so there must be one.
fn data(reader: &mut Reader<'_>, provider: Option<&Provider>) -> Option<Declaration> {
    let text = reader.document(&var::LATCH_DATA)?;
    if matches!(provider, Some(Provider::Custom(_) | Provider::Ourselves)) {
        let fix = "remove it, or configure a Supabase project";
        reader.mistake_in(&var::LATCH_DATA, None, "is for a Supabase project", fix);
        return None;
    }
    match Declaration::parse(&text) {
        Ok(declaration) => Some(declaration),
        Err(mistakes) => {
            for mistake in mistakes {
                let path = if mistake.path.is_empty() { String::new() } else { format!(", {}", mistake.path) };
                let problem = format!("line {}{path}: {}", mistake.line, mistake.problem);
                reader.mistake_in(&var::LATCH_DATA, None, &problem, &mistake.fix);
            }
            None
        }
    }
}

fn listing(reader: &mut Reader<'_>) -> Listing {
    let text = reader.text(&var::LATCH_LISTING).map(|text| text.to_ascii_lowercase());
    match text.as_deref() {
        None | Some("reachable") => Listing::Reachable,
        Some("granted") => Listing::Granted,
        Some("everything") => Listing::Everything,
        Some(other) => {
            let fix = "use `reachable`, `granted` or `everything`";
            reader.mistake_in(&var::LATCH_LISTING, Some(other), "is none of its three values", fix);
            Listing::default()
        }
    }
}

fn keys(reader: &mut Reader<'_>) -> Option<Keys> {
    let text = reader.text(&var::LATCH_KEYS)?;
    match Keys::parse(&text) {
        Ok(keys) => Some(keys),
        Err(error) => {
            reader.mistake_in(&var::LATCH_KEYS, None, &error.to_string(), "set it to what `latch keys new` prints");
            None
        }
    }
}

fn unusable(set: &KeySet) -> String {
    match set.skipped.first() {
        Some(skipped) => format!("has no usable key; the first one is {}", skipped.reason),
        None => "lists no keys".to_owned(),
    }
}

#[cfg(test)]
mod tests;
