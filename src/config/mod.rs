//! Variables → [`Config`], once, at start.
//!
//! A value that is wrong or missing is a [`Mistake`] that names the variable, what was read and the fix; all of
//! them are reported at once. There is no half-configured component: without a `Config` nothing is served.

mod client_auth;
mod data;
mod endpoint;
mod error;
mod introspection;
mod issuer;
mod policy;
mod proxy;
mod reader;
mod serving;
mod supabase;
pub(crate) mod url;
pub(crate) mod variables;

use std::{collections::BTreeMap, sync::Arc};

use self::variables as var;
pub use self::{
    client_auth::ClientAuth,
    endpoint::Endpoint,
    error::{Errors, Mistake},
    introspection::Introspection,
    issuer::Issuer,
    proxy::{Kind, Proxy, TokenFormat, Upstream, Urls},
    serving::{Audit, ChallengeStyle},
    supabase::Supabase,
    variables::{VARIABLES, Variable, help_table, is_provider, is_read, markdown_table},
};
pub(crate) use self::{proxy::SHARED_TENANTS, reader::Reader};
use crate::{
    identity::{Policy, provider},
    keys::Keys,
    mcp::{Guest, Listing},
    supabase::Declaration,
};

/// Everything an operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    endpoint: Endpoint,
    issuers: Vec<Issuer>,
    supabase: Option<Supabase>,
    scopes: Vec<String>,
    required_scopes: Vec<String>,
    policy: Arc<Policy>,
    allowed_origins: Vec<String>,
    mirror_metadata: bool,
    debug_errors: bool,
    audit: Audit,
    guest: Option<Guest>,
    challenge: ChallengeStyle,
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
        let configured = |row: &provider::Provider| row.variables.iter().any(|variable| reader.has(variable));
        let unused = all.keys().filter_map(|name| Some((name, var::issuer_of(name)?)));
        for (name, row) in unused.filter(|(_, row)| !configured(row)).collect::<Vec<_>>() {
            let fix = format!("remove it, or set {}", row.variables[0].name);
            reader.mistake(name, None, "is for a provider that is not configured", &fix);
        }
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let endpoint = Endpoint::read(reader);
        let supabase = Supabase::is_named(reader).then(|| Supabase::read(reader)).flatten();
        for variable in [&var::SUPABASE_JWT_SECRET, &var::SUPABASE_SESSION_TOKENS] {
            if reader.has(variable) && !Supabase::is_named(reader) {
                reader.mistake_in(
                    variable,
                    None,
                    "is for a Supabase project, and there is none",
                    "remove it, or set SUPABASE_URL",
                );
            }
        }
        let mut issuers = if reader.has(&var::LATCH_PROXY) {
            Proxy::issuers(reader, endpoint.as_ref(), supabase.as_ref())
        } else {
            Issuer::read_all(reader, endpoint.as_ref(), supabase.as_ref())
        };
        let proxy = Proxy::read(reader, supabase.is_some(), endpoint.as_ref());
        let mut scopes = reader.scopes(&var::LATCH_SCOPES);
        let required_scopes = reader.scopes(&var::LATCH_REQUIRED_SCOPES);
        if !reader.has(&var::LATCH_SCOPES) {
            // With several issuers nobody knows whose scopes a client would ask whom for.
            if let [issuer] = issuers.as_slice() {
                scopes = issuer.provider.scopes.iter().map(|scope| (*scope).to_owned()).collect();
            }
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
        let policy = policy::read(reader, &required_scopes);
        policy::apply(&policy, &mut issuers);
        let data = data::read(reader, supabase.is_some());
        if issuers.len() > 1 && reader.has(&var::LATCH_MIRROR_METADATA) {
            let fix = "remove it: clients find each issuer's metadata at the issuer";
            reader.mistake_in(&var::LATCH_MIRROR_METADATA, None, "is for one issuer; there are several", fix);
        }
        Some(Self {
            data,
            proxy,
            issuers,
            supabase,
            scopes,
            required_scopes,
            guest: serving::guest(reader, &policy),
            policy,
            allowed_origins: reader.origins(&var::LATCH_ALLOWED_ORIGINS),
            mirror_metadata: reader.switch(&var::LATCH_MIRROR_METADATA, "on", "off"),
            debug_errors: reader.switch(&var::LATCH_DEBUG_ERRORS, "on", "off"),
            audit: serving::audit(reader),
            challenge: serving::challenge(reader),
            listing: serving::listing(reader),
            keys: keys(reader),
            token_to_tools: reader.tool_names(&var::LATCH_TOKEN_TO_TOOLS),
            endpoint: endpoint?,
        })
    }

    /// The public MCP endpoint.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The issuer of the tokens we accept, byte for byte: ourselves, by the origin of the endpoint, with `LATCH_PROXY`; of several
    /// the first.
    pub fn issuer(&self) -> &str {
        match self.issuers.first() {
            Some(issuer) if self.proxy.is_none() => issuer.name(),
            _ => self.endpoint.origin(),
        }
    }

    /// The issuers of remote mode; with `LATCH_PROXY` that of the Supabase project behind it, if there is one.
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// Where clients can sign in: `authorization_servers` of RFC 9728.
    pub fn authorization_servers(&self) -> Vec<&str> {
        match &self.proxy {
            Some(_) => vec![self.endpoint.origin()],
            None => self.issuers.iter().map(Issuer::name).collect(),
        }
    }

    /// The Supabase project, if there is one.
    pub const fn supabase(&self) -> Option<&Supabase> {
        self.supabase.as_ref()
    }

    /// `LATCH_PROXY`: the authorization server we are.
    pub const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The identity provider's name, such as `supabase`; several with `+` between; `proxy` for an upstream that is not Supabase.
    pub fn provider(&self) -> String {
        let names: Vec<_> = self.issuers.iter().map(|issuer| issuer.provider.name).collect();
        if names.is_empty() { "proxy".to_owned() } else { names.join("+") }
    }

    /// The origins the component calls: what a host's outbound allow-list must contain, and nothing else.
    pub fn outbound(&self) -> Vec<String> {
        let mut origins: Vec<String> = Vec::new();
        let mirror = self.mirror_metadata.then(|| url::origin(self.issuer()));
        origins.extend(crate::proxy::outbound(self));
        for origin in self.issuers.iter().flat_map(Issuer::called).chain(mirror) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    /// `LATCH_DATA`: the tables and functions that become tools.
    pub const fn data(&self) -> Option<&Declaration> {
        self.data.as_ref()
    }

    /// Scopes a client should ask for: PRM `scopes_supported` and the challenge's `scope`.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Scopes a token must have.
    pub fn required_scopes(&self) -> &[String] {
        &self.required_scopes
    }

    /// `LATCH_POLICY`: who may do what, with the required scopes.
    pub const fn policy(&self) -> &Arc<Policy> {
        &self.policy
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

    /// `LATCH_AUDIT`: which decisions are logged.
    pub const fn audit(&self) -> Audit {
        self.audit
    }

    /// `LATCH_ANONYMOUS`: what callers without a token may do, if anything.
    pub const fn guest(&self) -> Option<Guest> {
        self.guest
    }

    /// `LATCH_CHALLENGE`: how a tool call that needs a sign-in is answered.
    pub const fn challenge(&self) -> ChallengeStyle {
        self.challenge
    }

    /// Whether refusals tell the client their reason code.
    pub const fn debug_errors(&self) -> bool {
        self.debug_errors
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

#[cfg(test)]
mod tests;
