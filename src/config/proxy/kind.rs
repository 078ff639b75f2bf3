//! What upstreams there are.

/// What an upstream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Google accounts.
    Google,
    /// GitHub, an OAuth App or a GitHub App.
    Github,
    /// An Okta custom authorization server.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// Auth0.
    Auth0,
    /// A Supabase project, through its OAuth server.
    Supabase,
    /// A Supabase project without one, through `/authorize?provider=`.
    SupabaseLegacy,
    /// Any OpenID Connect provider.
    Oidc,
    /// Any OAuth 2.0 server.
    Oauth2,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Google,
        Self::Github,
        Self::Okta,
        Self::Entra,
        Self::Auth0,
        Self::Supabase,
        Self::SupabaseLegacy,
        Self::Oidc,
        Self::Oauth2,
    ];

    /// Its name in `LATCH_PROXY`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Github => "github",
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Auth0 => "auth0",
            Self::Supabase => "supabase",
            Self::SupabaseLegacy => "supabase-legacy",
            Self::Oidc => "oidc",
            Self::Oauth2 => "oauth2",
        }
    }

    /// Whether its users are those of a Supabase project, whose data tools then work.
    pub const fn is_supabase(self) -> bool {
        matches!(self, Self::Supabase | Self::SupabaseLegacy)
    }

    /// In the names of its variables, where there are several upstreams: `LATCH_PROXY_GOOGLE_CLIENT_ID`.
    pub(in crate::config) fn infix(self) -> String {
        self.name().to_ascii_uppercase().replace('-', "_")
    }

    /// Whether it signs nobody in without a secret of ours.
    pub(super) const fn needs_secret(self) -> bool {
        matches!(self, Self::Google | Self::Github | Self::Okta | Self::Entra | Self::Auth0)
    }

    /// An example of the issuer that has to be named, if one has to.
    pub(super) const fn needs_issuer(self) -> Option<&'static str> {
        match self {
            Self::Okta => Some("https://example.okta.com/oauth2/default"),
            Self::Entra => Some("https://login.microsoftonline.com/<tenant id>/v2.0"),
            Self::Auth0 => Some("https://tenant.us.auth0.com/"),
            Self::Oidc => Some("https://id.example.com"),
            _ => None,
        }
    }
}
