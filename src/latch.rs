//! A configured endpoint.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::{
    config::{Config, Supabase},
    host::Host,
    http::{self, Request, Response},
    identity::{Bearer, Explanation, Identity, NotLoopback, Open, Refusal, Verifiers, provider},
    log::{self, Level},
    mcp::{DataTools, Registry, Server},
    proxy::Proxy,
    resource::{Metadata, Mirror},
    supabase,
    whoami::Whoami,
};

/// What asks for a token, and says where to get one.
pub(crate) struct Guard {
    pub(crate) tokens: Tokens,
    pub(crate) metadata: Metadata,
    pub(crate) mirror: Option<Mirror>,
}

/// Whose tokens are taken.
pub(crate) enum Tokens {
    /// Other issuers'.
    Theirs(Verifiers),
    /// Our own.
    Ours(Box<Proxy>),
}

impl Tokens {
    /// Lets a token's bearer in, with the token that tools use. Of an authentic token that is `refused` it is noted whose it was.
    pub(crate) async fn admit(
        &self,
        host: &dyn Host,
        token: &str,
        refused: &mut Option<Box<Bearer>>,
    ) -> Result<(Identity, String), Refusal> {
        match self {
            Self::Theirs(verifiers) => Ok((verifiers.verify_noting(host, token, refused).await?, token.to_owned())),
            Self::Ours(proxy) => proxy.admit(host, token).await,
        }
    }

    async fn explain(&self, host: &dyn Host, token: &str) -> Explanation {
        match self {
            Self::Theirs(verifiers) => verifiers.explain(host, token).await,
            Self::Ours(proxy) => proxy.explain(host, token).await,
        }
    }
}

/// How a caller comes in.
pub(crate) enum Door {
    /// With a token.
    Guarded(Box<Guard>),
    /// Without.
    Open(Open),
}

/// A configured MCP endpoint. It keeps nothing that must be right between requests: only caches, which are bounded and may
/// vanish with the instance at any time.
pub struct Latch {
    pub(crate) config: Config,
    pub(crate) door: Door,
    pub(crate) mcp: Server,
    /// Whether the operator was told what is odd about the configuration.
    told: AtomicBool,
}

impl Latch {
    /// An endpoint with the tools that every endpoint has, and those of `LATCH_DATA`.
    pub fn new(config: Config) -> Self {
        let registry = Registry::new().with_tool(Whoami::default()).with_data(&config);
        Self::with_registry(config, registry)
    }

    /// An endpoint that offers what the registry holds.
    pub fn with_registry(config: Config, registry: Registry) -> Self {
        let guard = Guard {
            tokens: match Proxy::new(&config) {
                Some(proxy) => Tokens::Ours(Box::new(proxy)),
                None => Tokens::Theirs(Verifiers::new(provider::verifiers(&config))),
            },
            metadata: Metadata::new(&config),
            mirror: config
                .mirror_metadata()
                .then(|| Mirror::new(config.issuer(), config.supabase().map_or_else(Vec::new, Supabase::gateway_headers))),
        };
        let data = supabase::data_tools(&config);
        Self::behind(Door::Guarded(Box::new(guard)), config, registry, data)
    }

    /// An endpoint that lets everybody in, as nobody in particular: for tests, and for tools on one's own machine. Tokens are not
    /// looked at, the issuer of the configuration has no part, and no metadata says where to sign in.
    ///
    /// # Errors
    /// `MCP_URL` is not a loopback URL.
    pub fn open(config: Config, registry: Registry) -> Result<Self, NotLoopback> {
        let door = Door::Open(Open::new(&config)?);
        // Nobody in particular has no rows.
        Ok(Self::behind(door, config, registry, None))
    }

    fn behind(door: Door, config: Config, registry: Registry, data: Option<DataTools>) -> Self {
        let mcp = Server::new(
            registry.with_listing(config.listing()).with_guest(config.guest()).with_policy(config.policy().clone()),
            config.keys().map(|keys| keys.seal().clone()),
        )
        .with_data(data)
        .with_token_to(config.token_to_tools().to_vec());
        Self { config, door, mcp, told: AtomicBool::new(false) }
    }

    /// What every rule says of a token: a dry run for an operator. `None` where nobody is asked for one.
    pub async fn explain(&self, host: &dyn Host, token: &str) -> Option<Explanation> {
        match &self.door {
            Door::Guarded(guard) => Some(guard.tokens.explain(host, token).await),
            Door::Open(_) => None,
        }
    }

    /// Tells the operator, once, of rules that protect nothing: a misspelt one looks as if it did.
    fn tell(&self, host: &dyn Host) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        let unmatched = self.mcp.unmatched();
        if !unmatched.is_empty() {
            let detail =
                "these entries of LATCH_POLICY are about no tool or prompt that there is; compare the names with tools/list";
            log::event(host, Level::Warn, "policy_unmatched", &[("entries", json!(unmatched)), ("detail", json!(detail))]);
        }
    }

    /// Answers one request. Never panics on account of a request, and fails closed.
    ///
    /// The response's body may still be in the making; see [`Body::Events`](http::Body::Events).
    pub async fn handle<'a>(&'a self, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
        self.tell(host);
        http::answer(self, host, request).await
    }
}
