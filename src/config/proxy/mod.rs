//! `LATCH_PROXY`: mcp-latch as the authorization server in front of an identity provider, its *upstream*.

mod kind;
#[cfg(test)]
mod tests;
mod upstream;

use http::Uri;

pub(crate) use self::upstream::SHARED_TENANTS;
pub use self::{
    kind::Kind,
    upstream::{Upstream, Urls},
};
use super::{Endpoint, Issuer, Reader, Supabase, variables as var};
use crate::{identity::provider, proxy::Listed};

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
    /// `LATCH_CLIENTS`: clients that are known already.
    pub(crate) clients: Vec<Listed>,
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

/// What is served at the endpoint's origin beside it.
const PATHS: [&str; 7] = ["/authorize", "/consent", "/auth/callback", "/token", "/register", "/revoke", "/jwks"];

impl Proxy {
    /// The issuer of the upstream, if that is a Supabase project.
    pub(in crate::config) fn issuers(
        reader: &mut Reader<'_>,
        endpoint: Option<&Endpoint>,
        supabase: Option<&Supabase>,
    ) -> Vec<Issuer> {
        let wanted = reader.list(&var::LATCH_PROXY).iter().any(|name| name.starts_with("supabase"));
        match (wanted, supabase) {
            (true, Some(supabase)) => Issuer::of_upstream(reader, endpoint, supabase).into_iter().collect(),
            (true, None) if !Supabase::is_named(reader) => {
                let fix = "set SUPABASE_URL (or SUPABASE_PROJECT_ID)";
                reader.mistake_in(&var::SUPABASE_URL, None, "the project to sign in with is missing", fix);
                Vec::new()
            }
            (false, Some(_)) => {
                let fix = "remove it, or use LATCH_PROXY=supabase";
                reader.mistake_in(&var::SUPABASE_URL, None, "is set together with another upstream", fix);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Reads what belongs to `LATCH_PROXY`; nothing without it.
    pub(in crate::config) fn read(reader: &mut Reader<'_>, supabase: bool, endpoint: Option<&Endpoint>) -> Option<Self> {
        if !reader.has(&var::LATCH_PROXY) {
            for variable in var::OF_THE_PROXY {
                if reader.has(variable) {
                    reader.mistake_in(variable, None, "is for LATCH_PROXY, which is not set", "set LATCH_PROXY, or remove it");
                }
            }
            return None;
        }
        for variable in var::OF_AN_ISSUER.iter().chain(var::OF_REMOTE_MODE) {
            let pins_supabase = std::ptr::eq(*variable, &var::LATCH_JWKS) || std::ptr::eq(*variable, &var::LATCH_ALGORITHMS);
            if reader.has(variable) && !(pins_supabase && supabase) {
                let problem = "is for tokens of another issuer; with LATCH_PROXY the tokens are ours";
                reader.mistake_in(variable, None, problem, "remove it");
            }
        }
        let others = provider::ALL.iter().filter(|row| row.name != "supabase");
        for variable in others.flat_map(|row| row.variables) {
            if reader.has(variable) {
                let problem = "is a provider's that issues its own tokens; with LATCH_PROXY the tokens are ours";
                reader.mistake_in(variable, None, problem, "remove it, or LATCH_PROXY");
            }
        }
        if !reader.has(&var::LATCH_KEYS) {
            let fix = "run `latch keys new` and set LATCH_KEYS to what it prints";
            reader.mistake_in(&var::LATCH_KEYS, None, "is missing: with LATCH_PROXY we issue tokens", fix);
        }
        if let Some(endpoint) = endpoint.filter(|endpoint| PATHS.contains(&endpoint.path())) {
            let fix = "use another path, such as /mcp";
            reader.mistake_in(&var::MCP_URL, Some(endpoint.url()), "has a path that the authorization server needs", fix);
        }
        let kinds = kinds(reader);
        let several = kinds.len() > 1;
        for variable in var::OF_AN_UPSTREAM.iter().filter(|_| several) {
            if reader.has(variable) {
                let fix = "put the upstream's name into its name, such as LATCH_PROXY_GOOGLE_CLIENT_ID";
                reader.mistake_in(variable, None, "does not say which of the upstreams it is for", fix);
            }
        }
        let upstreams: Vec<_> = kinds
            .into_iter()
            .filter_map(|kind| {
                reader.within_upstream(&kind.infix(), several);
                let upstream = Upstream::read(reader, kind);
                reader.within_nothing();
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
            redirects: redirects(reader),
            registration: !reader.switch(&var::LATCH_DCR, "off", "on"),
            cimd_hosts: hosts(reader),
            clients: clients(reader),
            tokens,
            name: reader.text(&var::LATCH_NAME).map(|name| name.chars().take(80).collect()),
            logo: reader.url(&var::LATCH_LOGO),
            upstreams,
        };
        let nobody = !proxy.registration && proxy.cimd_hosts.is_empty() && !reader.has(&var::LATCH_CLIENTS);
        if nobody {
            let fix = "list clients in LATCH_CLIENTS, hosts in LATCH_CIMD_HOSTS, or remove it";
            reader.mistake_in(&var::LATCH_DCR, Some("off"), "leaves no way to become a client", fix);
        }
        (!proxy.upstreams.is_empty()).then_some(proxy)
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

fn redirects(reader: &mut Reader<'_>) -> Vec<String> {
    let list = reader.list(&var::LATCH_PROXY_REDIRECTS);
    for entry in list.iter().filter(|entry| !crate::proxy::is_redirect_uri(entry)) {
        let fix = "list redirect URIs, or origins such as https://claude.ai; there are no patterns";
        reader.mistake_in(&var::LATCH_PROXY_REDIRECTS, Some(entry), "is not a redirect URI", fix);
    }
    list
}

fn clients(reader: &mut Reader<'_>) -> Vec<Listed> {
    let parsed = reader.text(&var::LATCH_CLIENTS).map(|text| Listed::parse(&text));
    parsed.unwrap_or(Ok(Vec::new())).unwrap_or_else(|problem| {
        let fix =
            "write a JSON array of client metadata: [{\"client_id\":\"…\",\"client_name\":\"…\",\"redirect_uris\":[\"…\"]}]";
        reader.mistake_in(&var::LATCH_CLIENTS, None, &problem, fix);
        Vec::new()
    })
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
