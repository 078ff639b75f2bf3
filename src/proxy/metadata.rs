//! Authorization server metadata (RFC 8414 §2). No member is `null` or empty: some clients drop the whole document for one.

use serde_json::{Map, Value, json};

use super::Proxy;
use crate::{config::TokenFormat, host::Host};

/// Where it is found, each with and without the endpoint's path behind it: clients of an issuer without a path ask for the first
/// form, those that took the MCP endpoint for the issuer for the others.
const WELL_KNOWN: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

impl Proxy {
    pub(super) fn is_metadata(&self, path: &str) -> bool {
        let endpoint = self.resource.strip_prefix(&self.issuer).unwrap_or_default();
        let inserted = WELL_KNOWN.into_iter().any(|name| {
            let rest = path.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest == endpoint)
        });
        // OpenID Connect Discovery 1.0 §4 appends instead of inserting.
        inserted || path.strip_prefix(endpoint) == Some(WELL_KNOWN[1])
    }

    pub(super) fn metadata(&self, host: &dyn Host) -> Value {
        let at = |path: &str| json!(format!("{}{path}", self.issuer));
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        put("issuer", json!(self.issuer));
        put("authorization_endpoint", at("/authorize"));
        put("token_endpoint", at("/token"));
        if self.registers {
            put("registration_endpoint", at("/register"));
        }
        if host.store().is_some() {
            put("revocation_endpoint", at("/revoke"));
            put("revocation_endpoint_auth_methods_supported", json!(AUTH_METHODS));
        }
        if self.format == TokenFormat::Jwt {
            put("jwks_uri", at("/jwks"));
        }
        let mut scopes = self.scopes.clone();
        // Clients ask for it where it is listed, and some expect a refresh token only then.
        if self.upstreams.iter().any(super::upstream::Upstream::renews) {
            scopes.push("offline_access".to_owned());
        }
        if !scopes.is_empty() {
            put("scopes_supported", json!(scopes));
        }
        put("response_types_supported", json!(["code"]));
        put("response_modes_supported", json!(["query"]));
        put("grant_types_supported", json!(["authorization_code", "refresh_token"]));
        put("token_endpoint_auth_methods_supported", json!(AUTH_METHODS));
        put("code_challenge_methods_supported", json!(["S256"]));
        put("authorization_response_iss_parameter_supported", json!(true));
        if self.documents {
            put("client_id_metadata_document_supported", json!(true));
        }
        // RFC 9728 §4
        put("protected_resources", json!([self.resource]));
        Value::Object(members)
    }
}

const AUTH_METHODS: [&str; 3] = ["none", "client_secret_post", "client_secret_basic"];
