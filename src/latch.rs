//! A configured endpoint.

use crate::{
    config::Config,
    host::Host,
    http::{self, Request, Response},
    identity::{Verifier, provider},
    mcp::{Registry, Server},
    resource::{Metadata, Mirror},
    supabase,
    whoami::Whoami,
};

/// A configured MCP endpoint. It keeps nothing that must be right between requests: only caches, which are bounded and may
/// vanish with the instance at any time.
pub struct Latch {
    pub(crate) config: Config,
    pub(crate) verifier: Verifier,
    pub(crate) metadata: Metadata,
    pub(crate) mirror: Option<Mirror>,
    pub(crate) mcp: Server,
}

impl Latch {
    /// An endpoint with the tools that every endpoint has, and those of `LATCH_DATA`.
    pub fn new(config: Config) -> Self {
        let registry = Registry::new().with_tool(Whoami::default()).with_data(&config);
        Self::with_registry(config, registry)
    }

    /// An endpoint that offers what the registry holds.
    pub fn with_registry(config: Config, registry: Registry) -> Self {
        Self {
            verifier: provider::verifier(&config),
            metadata: Metadata::new(&config),
            mirror: config.mirror_metadata().then(|| Mirror::new(config.issuer(), config.gateway_headers())),
            mcp: Server::new(registry.with_listing(config.listing()), config.seal_keys().cloned())
                .with_data(supabase::data_tools(&config))
                .with_token_to(config.token_to_tools().to_vec()),
            config,
        }
    }

    /// Answers one request. Never panics on account of a request, and fails closed.
    ///
    /// The response's body may still be in the making; see [`Body::Events`](http::Body::Events).
    pub async fn handle<'a>(&'a self, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
        http::answer(self, host, request).await
    }
}
