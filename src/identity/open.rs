//! Serving without sign-in, to everybody or to guests. The only place where an [`Identity`] is made without a token.

use serde_json::Map;

use super::{Identity, User};
use crate::config::Config;

/// 9999-12-31T23:59:59Z: a caller without a token has nothing that expires.
const NEVER: u64 = 253_402_300_799;
/// The user's `id`, and the name of the provider there is not.
const ANONYMOUS: &str = "anonymous";
/// The same of guests.
const GUEST: &str = "guest";

/// Leave to let everybody in. It is given for an endpoint on this machine and for no other.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    /// The endpoint's URL.
    resource: String,
}

/// A server without sign-in must be on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server without sign-in is for this machine only: MCP_URL must name a loopback host such as http://localhost:8787/mcp")]
pub struct NotLoopback;

/// The identity of a caller without a token, where guests are let in: nobody in particular.
pub(crate) fn guest(config: &Config) -> Identity {
    Identity { provider: GUEST, ..nobody(config.endpoint().url()) }
}

impl Identity {
    /// Whether the caller has no token, where guests are let in.
    pub fn is_guest(&self) -> bool {
        self.provider == GUEST
    }
}

/// No client, no scope, no claim.
fn nobody(resource: &str) -> Identity {
    Identity {
        user: User { id: ANONYMOUS.to_owned(), user_id: ANONYMOUS.to_owned(), ..User::default() },
        client_id: None,
        scopes: Vec::new(),
        permissions: Vec::new(),
        issuer: String::new(),
        provider: ANONYMOUS,
        audience: Vec::new(),
        resource: resource.to_owned(),
        expires_at: NEVER,
        aal: None,
        groups_elsewhere: false,
        claims: Map::new(),
    }
}

impl Open {
    pub(crate) fn new(config: &Config) -> Result<Self, NotLoopback> {
        let endpoint = config.endpoint();
        if endpoint.is_loopback() { Ok(Self { resource: endpoint.url().to_owned() }) } else { Err(NotLoopback) }
    }

    pub(crate) fn identity(&self) -> Identity {
        nobody(&self.resource)
    }
}
