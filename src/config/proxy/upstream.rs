//! One upstream, and our client there.

use super::{
    super::{ClientAuth, Variable, client_auth::ClientVariables},
    Kind, Reader, var,
};
use crate::uuid::is_uuid;

/// Names that Entra has in the place of a tenant's id, for the users of many.
pub(crate) const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// An upstream and our client there.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// What it is.
    pub kind: Kind,
    /// Our client; empty for [`Kind::SupabaseLegacy`] alone.
    pub client_id: String,
    /// How we prove to be it.
    pub client_auth: ClientAuth,
    /// Its issuer, where it has one that is not fixed.
    pub issuer: Option<String>,
    /// Endpoints that are not where the kind or discovery says.
    pub urls: Urls,
    /// Scopes to ask for, if not the kind's own.
    pub scopes: Vec<String>,
    /// Parameters added to every authorization request.
    pub extras: Vec<(String, String)>,
    /// Entra: tenant ids; Google: Workspace domains. Others may not sign in; empty means everybody may.
    pub tenants: Vec<String>,
    /// [`Kind::SupabaseLegacy`]: the provider to sign in with, such as `google`.
    pub provider: Option<String>,
    /// The endpoint's URL is passed on as `resource` (RFC 8707).
    pub forward_resource: bool,
    /// [`Kind::Oauth2`]: userinfo is enough to know who signed in, although it takes tokens of other clients too.
    pub unbound_identity: bool,
    /// The operator says that a refresh token is useless there once it was used.
    pub rotates: bool,
}

/// Endpoints that were given explicitly.
#[derive(Debug, Clone, Default)]
pub struct Urls {
    /// `authorization_endpoint`.
    pub authorize: Option<String>,
    /// `token_endpoint`.
    pub token: Option<String>,
    /// `jwks_uri`.
    pub jwks: Option<String>,
    /// `userinfo_endpoint`.
    pub userinfo: Option<String>,
    /// `introspection_endpoint`.
    pub introspect: Option<String>,
    /// `revocation_endpoint`.
    pub revoke: Option<String>,
}

impl Upstream {
    pub(super) fn read(reader: &mut Reader<'_>, kind: Kind) -> Option<Self> {
        reader.check_both_names(var::OF_AN_UPSTREAM, "LATCH_PROXY_…");
        let issuer = reader.url(&var::LATCH_PROXY_ISSUER);
        let urls = Urls {
            authorize: reader.url(&var::LATCH_PROXY_AUTHORIZE_URL),
            token: reader.url(&var::LATCH_PROXY_TOKEN_URL),
            jwks: reader.url(&var::LATCH_PROXY_JWKS_URL),
            userinfo: reader.url(&var::LATCH_PROXY_USERINFO_URL),
            introspect: reader.url(&var::LATCH_PROXY_INTROSPECT_URL),
            revoke: reader.url(&var::LATCH_PROXY_REVOKE_URL),
        };
        if let Some(example) = kind.needs_issuer()
            && !reader.has(&var::LATCH_PROXY_ISSUER)
        {
            let fix = format!("set it, such as {example}");
            reader.mistake_in(&var::LATCH_PROXY_ISSUER, None, "the upstream's issuer is missing", &fix);
        }
        let client_id = reader.text(&var::LATCH_PROXY_CLIENT_ID).unwrap_or_default();
        if client_id.is_empty() && kind != Kind::SupabaseLegacy {
            let fix =
                "register an OAuth client at the upstream with the callback `<origin of MCP_URL>/auth/callback`, and set its id";
            reader.mistake_in(&var::LATCH_PROXY_CLIENT_ID, None, "our client at the upstream is missing", fix);
        }
        let upstream = Self {
            kind,
            client_id,
            client_auth: client_auth(reader, kind),
            issuer,
            urls,
            scopes: reader.scopes(&var::LATCH_PROXY_SCOPES),
            extras: extras(reader),
            tenants: reader.list(&var::LATCH_PROXY_TENANTS),
            provider: reader.text(&var::LATCH_PROXY_PROVIDER),
            forward_resource: reader.switch(&var::LATCH_PROXY_RESOURCE, "forward", "consume"),
            unbound_identity: reader.switch(&var::LATCH_PROXY_IDENTITY, "userinfo", "bound"),
            rotates: reader.switch(&var::LATCH_PROXY_ROTATION, "on", "off"),
        };
        upstream.check(reader);
        Some(upstream)
    }

    fn check(&self, reader: &mut Reader<'_>) {
        let mut need = |variable: &Variable, present: bool, problem: &str, fix: &str| {
            if !present {
                reader.mistake_in(variable, None, problem, fix);
            }
        };
        match self.kind {
            Kind::SupabaseLegacy => need(
                &var::LATCH_PROXY_PROVIDER,
                self.provider.is_some(),
                "is missing",
                "set it to a provider that is enabled in the project, such as google",
            ),
            Kind::Oauth2 => {
                let fix = "set it to the server's endpoint; an OAuth 2.0 server has no discovery we could trust";
                need(&var::LATCH_PROXY_AUTHORIZE_URL, self.urls.authorize.is_some(), "is missing", fix);
                need(&var::LATCH_PROXY_TOKEN_URL, self.urls.token.is_some(), "is missing", fix);
                let known = self.urls.introspect.is_some() || (self.unbound_identity && self.urls.userinfo.is_some());
                let fix = "set it to the introspection endpoint, or LATCH_PROXY_USERINFO_URL with LATCH_PROXY_IDENTITY=userinfo";
                need(&var::LATCH_PROXY_INTROSPECT_URL, known, "nothing says who signed in", fix);
            }
            Kind::Okta => {
                let custom = self.issuer.as_deref().is_none_or(|issuer| issuer.contains("/oauth2/"));
                let fix = "use a custom one, such as https://example.okta.com/oauth2/default";
                need(&var::LATCH_PROXY_ISSUER, custom, "is Okta's org authorization server, whose tokens are its own", fix);
            }
            Kind::Github => {
                let secret = !matches!(self.client_auth, ClientAuth::Key(_));
                need(&var::LATCH_PROXY_CLIENT_KEY, secret, "is of no use at GitHub", "set its client secret instead");
            }
            Kind::Entra => {
                let at = self.issuer.as_deref().and_then(|issuer| issuer.strip_suffix("/v2.0"));
                let tenant = at.and_then(|at| at.rsplit('/').next()).unwrap_or_default();
                let many = SHARED_TENANTS.contains(&tenant);
                let fix = "use https://login.microsoftonline.com/<tenant id>/v2.0";
                let known = self.issuer.is_none() || many || is_uuid(tenant);
                need(&var::LATCH_PROXY_ISSUER, known, "names no tenant by its id, or does not end with /v2.0", fix);
                let fix = "list the ids of the tenants whose users may sign in";
                need(&var::LATCH_PROXY_TENANTS, !many || !self.tenants.is_empty(), "is missing: anybody could sign in", fix);
            }
            _ => {}
        }
        if self.provider.is_some() && self.kind != Kind::SupabaseLegacy {
            reader.mistake_in(&var::LATCH_PROXY_PROVIDER, None, "is for LATCH_PROXY=supabase-legacy", "remove it");
        }
        if !self.tenants.is_empty() && !matches!(self.kind, Kind::Entra | Kind::Google) {
            reader.mistake_in(&var::LATCH_PROXY_TENANTS, None, "is for Entra and Google", "remove it");
        }
        if self.kind.is_supabase() && self.issuer.is_some() {
            reader.mistake_in(&var::LATCH_PROXY_ISSUER, None, "is not for Supabase", "set SUPABASE_URL instead");
        }
    }
}

fn client_auth(reader: &mut Reader<'_>, kind: Kind) -> ClientAuth {
    let auth = VARIABLES.read(reader);
    let is_set = [VARIABLES.secret, VARIABLES.key, VARIABLES.method].into_iter().any(|variable| reader.has(variable));
    if !is_set && kind.needs_secret() {
        let fix = "set it to the secret of our client at the upstream";
        reader.mistake_in(&var::LATCH_PROXY_CLIENT_SECRET, None, "is missing", fix);
    }
    auth
}

/// Our client's.
const VARIABLES: ClientVariables = ClientVariables {
    secret: &var::LATCH_PROXY_CLIENT_SECRET,
    key: &var::LATCH_PROXY_CLIENT_KEY,
    method: &var::LATCH_PROXY_CLIENT_AUTH,
};

/// Parameters that are ours to set; an operator's must not replace them.
const OURS: [&str; 13] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
];

fn extras(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let text = reader.text(&var::LATCH_PROXY_EXTRAS).unwrap_or_default();
    let mut extras: Vec<(String, String)> = Vec::new();
    extras.extend(url::form_urlencoded::parse(text.as_bytes()).into_owned());
    for (name, _) in &extras {
        if OURS.contains(&name.as_str()) {
            reader.mistake_in(&var::LATCH_PROXY_EXTRAS, Some(name), "is a parameter we set ourselves", "remove it");
        }
    }
    extras
}
