//! Discovery (RFC 8414 §2, OpenID Connect Discovery §3), one document under all four names.

use serde_json::{Value, json};

use super::issuer::Issuer;

/// What Supabase Auth knows.
pub(super) const SCOPES: &[&str] = &["openid", "profile", "email", "phone", "offline_access"];

impl Issuer {
    pub(super) fn metadata(&self) -> Value {
        let issuer = &self.id;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/oauth/authorize"),
            "token_endpoint": format!("{issuer}/oauth/token"),
            "registration_endpoint": format!("{issuer}/oauth/clients/register"),
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.keys.alg().name()],
        })
    }
}
