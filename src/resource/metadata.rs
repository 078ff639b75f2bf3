//! Protected resource metadata (RFC 9728 §2), and where it is found (§3.1).

use serde_json::{Map, Value, json};

use crate::config::Config;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document and its places.
#[derive(Debug)]
pub(crate) struct Metadata {
    document: String,
    url: String,
    paths: [String; 4],
}

impl Metadata {
    pub(crate) fn new(config: &Config) -> Self {
        let endpoint = config.endpoint();
        let mut members = Map::new();
        members.insert("resource".into(), json!(endpoint.url()));
        // The issuer as it stands in its own metadata: clients compare byte for byte.
        members.insert("authorization_servers".into(), json!(config.authorization_servers()));
        members.insert("bearer_methods_supported".into(), json!(["header"]));
        // Absent rather than empty: clients then fall back to the challenge, and some reject empty or null members.
        if !config.scopes().is_empty() {
            members.insert("scopes_supported".into(), json!(config.scopes()));
        }
        let path = endpoint.path();
        Self {
            document: Value::Object(members).to_string(),
            url: format!("{}{WELL_KNOWN}{path}", endpoint.origin()),
            paths: [
                format!("{WELL_KNOWN}{path}"),
                WELL_KNOWN.to_owned(),
                // Where clients look that take the endpoint for a directory, and where Supabase's own SDK serves it.
                format!("{path}{WELL_KNOWN}"),
                format!("{path}/oauth-protected-resource"),
            ],
        }
    }

    /// The JSON document; the same bytes at every place.
    pub(crate) fn document(&self) -> &str {
        &self.document
    }

    /// Its URL for the challenge: the path-inserted place.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether a request path is one of its places.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.paths.iter().any(|place| place == path)
    }
}
