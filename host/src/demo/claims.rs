//! What the tokens say, member by member as Supabase Auth says it.

use serde_json::{Value, json};

use super::User;

/// Seconds an access token is good for: Supabase's default.
pub(super) const LIFETIME: u64 = 3600;

/// A sign-in, as far as tokens speak of it.
pub(super) struct Session<'a> {
    pub(super) issuer: &'a str,
    pub(super) user: User,
    /// The same over all refreshes.
    pub(super) id: &'a str,
    /// Seconds since the Unix epoch.
    pub(super) now: u64,
}

impl Session<'_> {
    /// The token of an OAuth client: bound to the client, not to any resource, because Supabase ignores `resource`.
    pub(super) fn access(&self, client_id: &str, scope: &str) -> Value {
        let mut claims = self.common("oauth_provider/authorization_code");
        claims["client_id"] = json!(client_id);
        claims["scope"] = json!(scope);
        claims
    }

    /// The token of a first-party session: the same without a client.
    pub(super) fn first_party(&self) -> Value {
        self.common("password")
    }

    /// OpenID Connect's token, for the client alone: no `role`, no `session_id`.
    pub(super) fn id_token(&self, client_id: &str, nonce: Option<&str>) -> Value {
        let User { id, name, email, .. } = self.user;
        let mut claims = json!({
            "iss": self.issuer, "sub": id, "aud": client_id, "exp": self.now + LIFETIME, "iat": self.now,
            "auth_time": self.now, "client_id": client_id, "email": email, "email_verified": true, "name": name,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        claims
    }

    /// A user as Supabase's API shows it.
    pub(super) fn user(&self) -> Value {
        let User { id, email, .. } = self.user;
        json!({
            "id": id, "aud": "authenticated", "role": "authenticated", "email": email, "phone": "",
            "app_metadata": app_metadata(), "user_metadata": user_metadata(self.user), "is_anonymous": false,
        })
    }

    fn common(&self, method: &str) -> Value {
        let User { id, email, .. } = self.user;
        json!({
            "iss": self.issuer, "sub": id, "aud": "authenticated", "exp": self.now + LIFETIME, "iat": self.now,
            "email": email, "phone": "", "app_metadata": app_metadata(), "user_metadata": user_metadata(self.user),
            "role": "authenticated", "aal": "aal1", "amr": [{ "method": method, "timestamp": self.now }],
            "session_id": self.id, "is_anonymous": false,
        })
    }
}

fn app_metadata() -> Value {
    json!({ "provider": "email", "providers": ["email"] })
}

fn user_metadata(user: User) -> Value {
    json!({ "email": user.email, "email_verified": true, "full_name": user.name, "sub": user.id })
}
