//! Registered clients.

use serde_json::{Map, Value};

use super::expiring::Expiring;
use super::redirect;

/// Registrations at a time. Some clients register at every sign-in; the oldest makes room.
const MAX_CLIENTS: usize = 1000;

/// A client, as it was registered.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    /// `None` for a public client.
    pub(super) secret: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    /// The registration response's other members.
    pub(super) metadata: Map<String, Value>,
}

impl Client {
    /// What to call it on the page. A client names itself: this is a claim, not a fact.
    pub(super) fn name(&self) -> &str {
        self.metadata.get("client_name").and_then(Value::as_str).unwrap_or("A client without a name")
    }

    pub(super) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect::matches(registered, uri))
    }
}

pub(super) struct Clients {
    clients: Expiring<Client>,
}

impl Clients {
    pub(super) fn new() -> Self {
        Self { clients: Expiring::new(MAX_CLIENTS) }
    }

    /// Registrations do not end: clients keep their id for as long as they can.
    pub(super) fn add(&mut self, client: Client) {
        self.clients.insert(client.id.clone(), client, u64::MAX, 0);
    }

    pub(super) fn get(&self, id: &str) -> Option<Client> {
        self.clients.get(id, 0).cloned()
    }
}
