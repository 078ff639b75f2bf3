//! `LATCH_PROXY`: mcp-latch as the authorization server in front of an identity provider, its *upstream*.

use http::Uri;

use super::{Provider, reader::Reader, variables as var};
use crate::secret::Secret;

/// The authorization server we are.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where users sign in; there is at least one. With several, the user chooses.
    pub upstreams: Vec<Upstream>,
    /// `LATCH_PROXY_REDIRECTS`: where codes may be sent, beside what a client registered; empty means anywhere it did. An entry
    /// is a redirect URI, or an origin for every path of it.
    pub redirects: Vec<String>,
    /// Clients may register themselves (RFC 7591).
    pub registration: bool,
    /// Hosts whose Client ID Metadata Documents are fetched.
    pub cimd_hosts: Vec<String>,
    /// `LATCH_CLIENTS`: a JSON array of client metadata (RFC 7591 §2), each with its `client_id`.
    pub clients: Option<String>,
    /// The form of the access tokens we issue.
    pub tokens: TokenFormat,
    /// The operator's name on the pages.
    pub name: Option<String>,
    /// The `https` URL of the operator's logo on the pages.
    pub logo: Option<String>,
}

/// The form of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFormat {
    /// Opaque to everybody but us.
    Sealed,
    /// RFC 9068, signed with ES256: other resource servers can verify them too.
    Jwt,
}

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
}

/// How we authenticate at the upstream's token endpoint.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// A public client.
    None,
    /// `client_secret_basic` or `client_secret_post`, as the kind wants it.
    Secret(Secret),
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt` (RFC 7523) with this P-256 key, a JWK.
    Key(Secret),
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
    pub(super) fn infix(self) -> String {
        self.name().to_ascii_uppercase().replace('-', "_")
    }

    /// Whether it signs nobody in without a secret of ours.
    const fn needs_secret(self) -> bool {
        matches!(self, Self::Google | Self::Github | Self::Okta | Self::Entra | Self::Auth0)
    }

    const fn needs_issuer(self) -> Option<&'static str> {
        match self {
            Self::Okta => Some("https://example.okta.com/oauth2/default"),
            Self::Entra => Some("https://login.microsoftonline.com/<tenant id>/v2.0"),
            Self::Auth0 => Some("https://tenant.us.auth0.com/"),
            Self::Oidc => Some("https://id.example.com"),
            _ => None,
        }
    }
}

impl Proxy {
    /// Reads what belongs to `LATCH_PROXY`; nothing without it.
    pub(super) fn read(reader: &mut Reader<'_>, provider: Option<&Provider>) -> Option<Self> {
        if !reader.has(&var::LATCH_PROXY) {
            for variable in var::OF_THE_PROXY {
                if reader.has(variable) {
                    reader.mistake_in(variable, None, "is for LATCH_PROXY, which is not set", "set LATCH_PROXY, or remove it");
                }
            }
            return None;
        }
        for variable in var::OF_REMOTE_MODE {
            let pins_supabase = std::ptr::eq(*variable, &var::LATCH_JWKS) || std::ptr::eq(*variable, &var::LATCH_ALGORITHMS);
            if reader.has(variable) && !(pins_supabase && matches!(provider, Some(Provider::Supabase(_)))) {
                let problem = "is for tokens of another issuer; with LATCH_PROXY the tokens are ours";
                reader.mistake_in(variable, None, problem, "remove it");
            }
        }
        if !reader.has(&var::LATCH_KEYS) {
            let fix = "run `latch keys new` and set LATCH_KEYS to what it prints";
            reader.mistake_in(&var::LATCH_KEYS, None, "is missing: with LATCH_PROXY we issue tokens", fix);
        }
        let kinds = kinds(reader);
        let several = kinds.len() > 1;
        let upstreams: Vec<_> = kinds
            .into_iter()
            .filter_map(|kind| {
                reader.within(several.then(|| kind.infix()));
                let upstream = Upstream::read(reader, kind);
                reader.within(None);
                upstream
            })
            .collect();
        let tokens = match reader.text(&var::LATCH_TOKEN_FORMAT).as_deref() {
            None | Some("sealed") => TokenFormat::Sealed,
            Some("jwt") => TokenFormat::Jwt,
            Some(other) => {
                reader.mistake_in(&var::LATCH_TOKEN_FORMAT, Some(other), "is neither of its two values", "use `sealed` or `jwt`");
                TokenFormat::Sealed
            }
        };
        let proxy = Self {
            redirects: reader.list(&var::LATCH_PROXY_REDIRECTS),
            registration: !reader.switch(&var::LATCH_DCR, "off", "on"),
            cimd_hosts: hosts(reader),
            clients: reader.text(&var::LATCH_CLIENTS),
            tokens,
            name: reader.text(&var::LATCH_NAME).map(|name| name.chars().take(80).collect()),
            logo: reader.url(&var::LATCH_LOGO),
            upstreams,
        };
        if let Some(Err(problem)) = proxy.clients.as_deref().map(crate::proxy::check_listed) {
            let fix =
                "write a JSON array of client metadata: [{\"client_id\":\"…\",\"client_name\":\"…\",\"redirect_uris\":[\"…\"]}]";
            reader.mistake_in(&var::LATCH_CLIENTS, None, &problem, fix);
        }
        let nobody = !proxy.registration && proxy.cimd_hosts.is_empty() && proxy.clients.is_none();
        if nobody {
            let fix = "list clients in LATCH_CLIENTS, hosts in LATCH_CIMD_HOSTS, or remove it";
            reader.mistake_in(&var::LATCH_DCR, Some("off"), "leaves no way to become a client", fix);
        }
        (!proxy.upstreams.is_empty()).then_some(proxy)
    }
}

impl Upstream {
    fn read(reader: &mut Reader<'_>, kind: Kind) -> Option<Self> {
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
        };
        upstream.check(reader);
        Some(upstream)
    }

    fn check(&self, reader: &mut Reader<'_>) {
        let mut need = |variable: &super::Variable, present: bool, problem: &str, fix: &str| {
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
            Kind::Entra => {
                let tenant = self.issuer.as_deref().and_then(|issuer| issuer.split('/').nth(3)).unwrap_or_default();
                let many = ["common", "organizations", "consumers"].contains(&tenant);
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

fn kinds(reader: &mut Reader<'_>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for name in reader.list(&var::LATCH_PROXY) {
        match Kind::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) if kinds.contains(&kind) => {
                reader.mistake_in(&var::LATCH_PROXY, Some(&name), "is there twice", "name each upstream once");
            }
            Some(kind) => kinds.push(kind),
            None => {
                let names: Vec<_> = Kind::ALL.into_iter().map(Kind::name).collect();
                reader.mistake_in(&var::LATCH_PROXY, Some(&name), "is no upstream", &format!("use one of {}", names.join(", ")));
            }
        }
    }
    if kinds.len() > 1 && kinds.iter().any(|kind| kind.is_supabase()) {
        let fix = "sign in with Supabase alone; it has providers of its own to choose from";
        reader.mistake_in(&var::LATCH_PROXY, None, "names Supabase beside another upstream", fix);
    }
    kinds
}

fn client_auth(reader: &mut Reader<'_>, kind: Kind) -> ClientAuth {
    let secret = reader.secret(&var::LATCH_PROXY_CLIENT_SECRET);
    let key = reader.secret(&var::LATCH_PROXY_CLIENT_KEY);
    let method = reader.text(&var::LATCH_PROXY_CLIENT_AUTH);
    match (secret, key, method.as_deref()) {
        (Some(_), Some(_), _) => {
            let fix = "remove one of the two";
            reader.mistake_in(&var::LATCH_PROXY_CLIENT_KEY, None, "is set together with LATCH_PROXY_CLIENT_SECRET", fix);
            ClientAuth::None
        }
        (Some(secret), None, None) => ClientAuth::Secret(secret),
        (Some(secret), None, Some("basic")) => ClientAuth::Basic(secret),
        (Some(secret), None, Some("post")) => ClientAuth::Post(secret),
        (_, _, Some(other)) => {
            let fix = "use `basic` or `post`, together with LATCH_PROXY_CLIENT_SECRET";
            reader.mistake_in(&var::LATCH_PROXY_CLIENT_AUTH, Some(other), "does not fit", fix);
            ClientAuth::None
        }
        (None, Some(key), None) => ClientAuth::Key(key),
        (None, None, None) => {
            if kind.needs_secret() {
                let fix = "set it to the secret of our client at the upstream";
                reader.mistake_in(&var::LATCH_PROXY_CLIENT_SECRET, None, "is missing", fix);
            }
            ClientAuth::None
        }
    }
}

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

/// Host names, each with a port where it is not 443.
fn hosts(reader: &mut Reader<'_>) -> Vec<String> {
    let mut hosts = reader.list(&var::LATCH_CIMD_HOSTS);
    for host in &mut hosts {
        host.make_ascii_lowercase();
        let is_host = host.parse::<Uri>().is_ok_and(|uri| uri.authority().is_some_and(|authority| authority.as_str() == host));
        if !is_host || host.contains('@') || host.contains('*') {
            reader.mistake_in(&var::LATCH_CIMD_HOSTS, Some(host), "is not a host name", "list names such as claude.ai");
        }
    }
    hosts
}
