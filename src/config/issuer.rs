//! The issuers whose tokens are accepted (*remote mode*): which providers the variables name, and what is said of each.

use http::{HeaderName, HeaderValue};

use super::{Endpoint, Introspection, Supabase, reader::Reader, url, variables as var};
use crate::{
    identity::{
        Audience, TypeRule,
        provider::{self, Allow, Expected, Given, Provider},
    },
    jose::{Alg, Key, KeySet},
};

/// An issuer whose tokens are accepted, with everything that is to be known of it.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Whose it is.
    pub provider: &'static Provider,
    /// The values of `iss`, byte for byte. Clients are sent to the first.
    pub names: Vec<String>,
    /// Where its keys are, if that is known.
    pub jwks_uri: Option<String>,
    /// Where its keys are is to be found in its own document.
    pub discovers: bool,
    /// `LATCH_JWKS`.
    pub pinned: Option<KeySet>,
    /// A legacy HS256 secret.
    pub secret: Option<Box<Key>>,
    /// The algorithms tokens may be signed with.
    pub algorithms: Vec<Alg>,
    /// It is asked about tokens that it alone can read.
    pub introspection: Option<Introspection>,
    /// Which header `typ` is acceptable.
    pub typ: TypeRule,
    /// Whom tokens must be for.
    pub audience: Audience,
    /// OAuth clients that may enter; empty means any.
    pub client_ids: Vec<String>,
    /// What its gateway asks for with every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What is let in that is refused otherwise.
    pub allow: Allow,
}

impl Issuer {
    /// All issuers, or a mistake if there is none.
    pub(super) fn read_all(reader: &mut Reader<'_>, endpoint: Option<&Endpoint>, supabase: Option<&Supabase>) -> Vec<Self> {
        let rows = rows(reader);
        if rows.is_empty() {
            let fix = "set SUPABASE_URL (or SUPABASE_PROJECT_ID), the variable of another provider, or LATCH_ISSUER for any other \
                       issuer";
            reader.mistake_in(&var::SUPABASE_URL, None, "no identity provider is configured", fix);
        }
        let several = rows.len() > 1;
        for variable in var::OF_AN_ISSUER.iter().filter(|_| several) {
            if reader.has(variable) {
                let fix = format!("put the provider's name into its name, such as {}", named(rows[0], variable.name));
                reader.mistake_in(variable, None, "does not say which of the providers it is for", &fix);
            }
        }
        let issuers = rows.into_iter().filter_map(|row| {
            reader.within_issuer(&row.infix(), several);
            let issuer = Self::read(reader, row, endpoint, supabase);
            reader.within_nothing();
            issuer
        });
        let issuers: Vec<Self> = issuers.collect();
        refuse_twins(reader, &issuers);
        if issuers.iter().filter(|issuer| issuer.introspection.is_some()).count() > 1 {
            let fix = "keep it for one of them; an opaque token does not say whose it is, and is nobody else's business";
            reader.mistake_in(&var::LATCH_INTROSPECT_CLIENT_ID, None, "is set for several issuers", fix);
        }
        issuers
    }

    /// The Supabase project behind `LATCH_PROXY`: its tokens are the upstream's.
    pub(super) fn of_upstream(reader: &mut Reader<'_>, endpoint: Option<&Endpoint>, supabase: &Supabase) -> Option<Self> {
        let row = provider::ALL.iter().find(|row| row.name == "supabase")?;
        Self::read(reader, row, endpoint, Some(supabase))
    }

    fn read(
        reader: &mut Reader<'_>,
        row: &'static Provider,
        endpoint: Option<&Endpoint>,
        supabase: Option<&Supabase>,
    ) -> Option<Self> {
        reader.check_both_names(var::OF_AN_ISSUER, "LATCH_…");
        refuse_templates(reader, row);
        let custom = row.algorithms.is_empty();
        let given = (row.read)(reader);
        let introspection = Introspection::read(reader, given.as_ref().and_then(|given| given.introspect.clone()));
        let has_keys = reader.has(&var::LATCH_JWKS_URI) || reader.has(&var::LATCH_JWKS);
        // Without keys to verify with, all its tokens are asked about.
        let only_asked = custom && introspection.is_some() && !has_keys && !reader.has(&var::LATCH_ALGORITHMS);
        let jwks_uri = reader.url(&var::LATCH_JWKS_URI);
        let pinned = pinned(reader);
        let typ = typ(reader, row, custom);
        let supabase = supabase.filter(|_| row.name == "supabase");
        if supabase.is_some() && reader.has(&var::LATCH_JWKS_URI) {
            reader.mistake_in(&var::LATCH_JWKS_URI, None, "is for other issuers, not for a Supabase project", "remove it");
        }
        // A list, if given, is the whole list: a secret alone does not add to it.
        let has_secret = given.as_ref().is_some_and(|given| given.secret.is_some());
        let possible: Vec<Alg> = match row.algorithms {
            [] => Alg::ALL.into_iter().filter(|alg| *alg != Alg::Hs256).collect(),
            known => known.iter().copied().chain(has_secret.then_some(Alg::Hs256)).collect(),
        };
        let listed = algorithms(reader, &possible);
        if custom && !only_asked && !reader.has(&var::LATCH_ALGORITHMS) {
            let fix = "list what the issuer signs with, such as RS256 (its metadata or key set says)";
            reader.mistake_in(&var::LATCH_ALGORITHMS, None, "is missing; there is no safe default", fix);
        }
        let audience = reader.list(&var::LATCH_AUDIENCE);
        let also = reader.list(&var::LATCH_AUDIENCE_ALSO);
        let client_ids = reader.list(&var::LATCH_CLIENT_IDS);
        let Given { issuers, jwks_uri: usual, audience: expected, also: usual_also, secret, allow, .. } = given?;
        let jwks_uri = jwks_uri.or(usual);
        let resource = endpoint?.url();
        let audience = accepted(reader, row, resource, audience, expected, also.into_iter().chain(usual_also));
        Some(Self {
            provider: row,
            names: issuers,
            discovers: jwks_uri.is_none() && !has_keys && !only_asked,
            jwks_uri,
            pinned,
            secret,
            introspection,
            algorithms: if listed.is_empty() { possible } else { listed },
            typ,
            audience,
            client_ids,
            headers: supabase.map_or_else(Vec::new, Supabase::gateway_headers),
            allow,
        })
    }

    /// The issuer that clients are sent to.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The origins that must be callable to verify its tokens.
    pub(super) fn called(&self) -> impl Iterator<Item = String> {
        let document = self.names.first().filter(|_| self.discovers);
        let asked = self.introspection.as_ref().map(|introspection| &introspection.url);
        self.jwks_uri.iter().chain(document).chain(asked).map(|uri| url::origin(uri))
    }
}

/// The providers that are configured: all, or those that `LATCH_PROVIDERS` names.
fn rows(reader: &mut Reader<'_>) -> Vec<&'static Provider> {
    let names = reader.list(&var::LATCH_PROVIDERS);
    for name in &names {
        let Some(row) = provider::ALL.iter().find(|row| row.name == name) else {
            let all: Vec<_> = provider::ALL.iter().map(|row| row.name).collect();
            reader.mistake_in(&var::LATCH_PROVIDERS, Some(name), "is no provider", &format!("use some of {}", all.join(", ")));
            continue;
        };
        if !row.variables.iter().any(|variable| reader.has(variable)) {
            let fix = format!("set {}", row.variables[0].name);
            reader.mistake_in(&var::LATCH_PROVIDERS, Some(name), "is not configured", &fix);
        }
    }
    let named = |row: &&&Provider| names.is_empty() || names.iter().any(|name| name == row.name);
    let set = |row: &&&Provider| row.variables.iter().any(|variable| reader.has(variable));
    provider::ALL.iter().filter(named).filter(set).copied().collect()
}

/// Values as documentation has them, such as `https://{tenant}.example.com`: they parse, and no token ever fits them.
fn refuse_templates(reader: &mut Reader<'_>, row: &Provider) {
    let infix = format!("{}_", row.infix());
    let own = var::VARIABLES.iter().filter(|variable| variable.name.starts_with(&infix) && !variable.secret);
    let plain = [&var::LATCH_JWKS_URI, &var::LATCH_AUDIENCE, &var::LATCH_AUDIENCE_ALSO, &var::LATCH_CLIENT_IDS];
    for variable in own.chain(row.variables).copied().chain(plain) {
        if let Some(text) = reader.text(variable).filter(|text| text.contains(['{', '}', '<', '>'])) {
            reader.mistake_in(
                variable,
                // Whatever stands before an @ may be a password.
                Some(text.as_str()).filter(|text| !text.contains('@')),
                "is a template",
                "put your own value in the place of what stands between the brackets",
            );
        }
    }
}

/// An issuer's tokens go by the rules of one provider; which of two would be left to chance.
fn refuse_twins(reader: &mut Reader<'_>, issuers: &[Issuer]) {
    let set_by = |reader: &Reader<'_>, row: &Provider| row.variables.iter().copied().find(|variable| reader.has(variable));
    for (index, later) in issuers.iter().enumerate() {
        for earlier in issuers.iter().take(index) {
            let Some(name) = later.names.iter().find(|name| earlier.names.contains(name)) else { continue };
            let (Some(one), Some(other)) = (set_by(reader, earlier.provider), set_by(reader, later.provider)) else { continue };
            let problem = format!("names the same issuer as {} ({name})", one.name);
            let fix = format!(
                "remove one of the two, or list {:?} or {:?} in LATCH_PROVIDERS",
                earlier.provider.name, later.provider.name
            );
            reader.mistake_in(other, None, &problem, &fix);
        }
    }
}

/// A variable's name with a provider's in it.
fn named(row: &Provider, variable: &str) -> String {
    format!("LATCH_{}_{}", row.infix(), variable.trim_start_matches("LATCH_"))
}

fn accepted(
    reader: &mut Reader<'_>,
    row: &Provider,
    resource: &str,
    listed: Vec<String>,
    expected: Expected,
    also: impl Iterator<Item = String>,
) -> Audience {
    let explicit = !listed.is_empty();
    let shared = !explicit && matches!(expected, Expected::Shared(_));
    // A Supabase project's hook may add us, and Scalekit knows our URL beside the id.
    let also = also.chain(["supabase", "scalekit"].contains(&row.name).then(|| resource.to_owned()));
    let mut accept = match expected {
        _ if explicit => listed,
        Expected::Resource => vec![resource.to_owned()],
        Expected::OneOf(names) | Expected::Shared(names) => names,
        Expected::Unbound => return Audience::unbound(resource, also),
    }
    .into_iter();
    // The variables of mcp-use: what they named was the expected audience in its first version and is the resource in its second.
    for variable in [&var::AUTH0_AUDIENCE, &var::KEYCLOAK_AUDIENCE] {
        let other = reader.text(variable).filter(|audience| audience != resource && !explicit);
        if let Some(audience) = other.filter(|_| variable.name.to_ascii_lowercase().starts_with(row.name)) {
            let fix = "give the API the identifier MCP_URL and remove this; or, if tokens for that API shall open this endpoint too, say \
                       so in LATCH_AUDIENCE";
            reader.mistake_in(variable, Some(&audience), "is not this endpoint (MCP_URL)", fix);
        }
    }
    let first = accept.next().unwrap_or_else(|| resource.to_owned());
    let audience = Audience::new(first, accept, also);
    if shared { audience.shared() } else { audience }
}

fn typ(reader: &mut Reader<'_>, row: &Provider, custom: bool) -> TypeRule {
    if !custom && reader.has(&var::LATCH_TOKEN_TYPE) {
        reader.mistake_in(
            &var::LATCH_TOKEN_TYPE,
            None,
            "is for LATCH_ISSUER; what this provider's tokens are is known",
            "remove it",
        );
        return row.typ;
    }
    match reader.text(&var::LATCH_TOKEN_TYPE).as_deref() {
        None => row.typ,
        Some("at+jwt") => TypeRule::AccessToken,
        Some("any") => TypeRule::AccessTokenOrJwt,
        Some(other) => {
            reader.mistake_in(&var::LATCH_TOKEN_TYPE, Some(other), "is neither of its two values", "use `at+jwt` or `any`");
            TypeRule::AccessToken
        }
    }
}

fn pinned(reader: &mut Reader<'_>) -> Option<KeySet> {
    let json = reader.text(&var::LATCH_JWKS)?;
    match KeySet::parse(json.as_bytes()) {
        Ok(set) if !set.keys().is_empty() => Some(set),
        outcome => {
            let problem = outcome.map_or_else(|error| error.to_string(), |set| unusable(&set));
            // The value is not repeated: what is wrong with a key set may be that its keys are private.
            let fix = "paste the whole document your issuer serves at its `jwks_uri`";
            reader.mistake_in(&var::LATCH_JWKS, None, &problem, fix);
            None
        }
    }
}

fn unusable(set: &KeySet) -> String {
    match set.skipped.first() {
        Some(skipped) => format!("has no usable key; the first one is {}", skipped.reason),
        None => "lists no keys".to_owned(),
    }
}

fn algorithms(reader: &mut Reader<'_>, possible: &[Alg]) -> Vec<Alg> {
    let mut algorithms = Vec::new();
    for name in reader.list(&var::LATCH_ALGORITHMS) {
        match name.parse() {
            Ok(alg) if possible.contains(&alg) => algorithms.push(alg),
            _ => {
                let names: Vec<_> = possible.iter().map(|alg| alg.name()).collect();
                let fix = format!("choose from {}", names.join(", "));
                reader.mistake_in(&var::LATCH_ALGORITHMS, Some(&name), "is not possible here", &fix);
            }
        }
    }
    algorithms
}
