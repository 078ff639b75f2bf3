//! Which identity provider issues the tokens, and what must be known of it.

use super::{reader::Reader, url, variables as var};
use crate::{
    jose::{Alg, Key, base64url, hs256::MIN_SECRET_BYTES},
    json::object,
    secret::Secret,
};

/// The identity provider.
#[derive(Debug, Clone)]
pub enum Provider {
    /// A Supabase project.
    Supabase(Supabase),
    /// Any issuer of JWT access tokens (RFC 9068).
    Custom(Custom),
    /// None: we issue the tokens ourselves, to users of an upstream that is not Supabase.
    Ourselves,
}

/// A Supabase project.
#[derive(Debug, Clone)]
pub struct Supabase {
    /// `{url}/auth/v1`.
    pub issuer: String,
    /// Opens the project's API gateway; not a credential of a user.
    pub publishable_key: Option<Secret>,
    /// The legacy HS256 key.
    pub jwt_secret: Option<Box<Key>>,
    /// Accept first-party session tokens, which carry no `client_id`.
    pub session_tokens: bool,
    /// The algorithms tokens may be signed with.
    pub algorithms: Vec<Alg>,
}

/// Any issuer of JWT access tokens.
#[derive(Debug, Clone)]
pub struct Custom {
    /// Its identifier.
    pub issuer: String,
    /// Where its keys are; without it only `LATCH_JWKS` is used.
    pub jwks_uri: Option<String>,
    /// The algorithms tokens may be signed with. There is no default.
    pub algorithms: Vec<Alg>,
    /// Which header `typ` is acceptable.
    pub token_types: TokenTypes,
}

/// Which header `typ` a token may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypes {
    /// `at+jwt` only, as RFC 9068 §4 demands.
    AccessToken,
    /// Also `JWT` or none, for issuers that predate RFC 9068.
    Any,
}

impl Provider {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let supabase = reader.has(&var::SUPABASE_URL) || reader.has(&var::SUPABASE_PROJECT_ID);
        if reader.has(&var::LATCH_PROXY) {
            return Self::behind_the_proxy(reader, supabase);
        }
        match (supabase, reader.has(&var::LATCH_ISSUER)) {
            (true, false) => Supabase::read(reader).map(Self::Supabase),
            (false, true) => Custom::read(reader).map(Self::Custom),
            (true, true) => {
                reader.mistake_in(&var::LATCH_ISSUER, None, "is set together with a Supabase project", "remove one of the two");
                None
            }
            (false, false) => {
                let fix = "set SUPABASE_URL (or SUPABASE_PROJECT_ID), or LATCH_ISSUER for any other issuer";
                reader.mistake_in(&var::SUPABASE_URL, None, "no identity provider is configured", fix);
                None
            }
        }
    }

    /// The provider whose data the tools reach, if it is a Supabase project.
    fn behind_the_proxy(reader: &mut Reader<'_>, supabase: bool) -> Option<Self> {
        let wanted = reader.list(&var::LATCH_PROXY).iter().any(|name| name.starts_with("supabase"));
        match (wanted, supabase) {
            (true, true) => Supabase::read(reader).map(Self::Supabase),
            (true, false) => {
                let fix = "set SUPABASE_URL (or SUPABASE_PROJECT_ID)";
                reader.mistake_in(&var::SUPABASE_URL, None, "the project to sign in with is missing", fix);
                None
            }
            (false, true) => {
                let fix = "remove it, or use LATCH_PROXY=supabase";
                reader.mistake_in(&var::SUPABASE_URL, None, "is set together with another upstream", fix);
                None
            }
            (false, false) => Some(Self::Ourselves),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Supabase(_) => "supabase",
            Self::Custom(_) => "custom",
            Self::Ourselves => "proxy",
        }
    }

    /// What a client should ask for. Supabase knows no custom scopes; `email` is what it grants by default, and unlike
    /// `openid` it works on projects that still sign with HS256.
    pub(super) fn default_scopes(&self) -> Vec<String> {
        match self {
            Self::Supabase(_) => vec!["email".to_owned()],
            Self::Custom(_) | Self::Ourselves => Vec::new(),
        }
    }
}

impl Supabase {
    /// The project's data API (PostgREST), without a slash at the end.
    pub fn data_api(&self) -> String {
        format!("{}/rest/v1", url::origin(&self.issuer))
    }

    /// What Supabase Auth can sign with, besides HS256.
    const ALGORITHMS: [Alg; 5] = [Alg::Es256, Alg::Rs256, Alg::Es512, Alg::Rs512, Alg::EdDsa];

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        for variable in [&var::LATCH_JWKS_URI, &var::LATCH_TOKEN_TYPE] {
            if reader.has(variable) {
                reader.mistake_in(variable, None, "is for LATCH_ISSUER, not for a Supabase project", "remove it");
            }
        }
        let origin = Self::origin(reader);
        let publishable_key = Self::publishable_key(reader);
        let jwt_secret = reader.secret(&var::SUPABASE_JWT_SECRET).and_then(|secret| {
            let key = Key::from_secret(&secret);
            if key.is_none() {
                let problem = format!("is shorter than {MIN_SECRET_BYTES} bytes");
                reader.mistake_in(
                    &var::SUPABASE_JWT_SECRET,
                    None,
                    &problem,
                    "copy the whole JWT secret from the project's settings",
                );
            }
            key.map(Box::new)
        });
        // A list, if given, is the whole list: the secret alone does not add to it.
        let secret = jwt_secret.iter().map(|_| Alg::Hs256);
        let possible: Vec<Alg> = Self::ALGORITHMS.into_iter().chain(secret).collect();
        let listed = algorithms(reader, &possible);
        let algorithms = if listed.is_empty() { possible } else { listed };
        let session_tokens = reader.switch(&var::SUPABASE_SESSION_TOKENS, "allow", "refuse");
        Some(Self { issuer: format!("{}/auth/v1", origin?), publishable_key, jwt_secret, session_tokens, algorithms })
    }

    /// The project's origin. As in mcp-use, the URL wins over the project id.
    fn origin(reader: &mut Reader<'_>) -> Option<String> {
        if reader.has(&var::SUPABASE_URL) {
            let text = reader.url(&var::SUPABASE_URL)?;
            if url::parse(&text).is_ok_and(|url| url::is_origin(&url)) {
                return Some(url::origin(&text));
            }
            let fix = format!("use {}", url::origin(&text));
            reader.mistake_in(&var::SUPABASE_URL, Some(&text), "has a path; the project's URL has none", &fix);
            return None;
        }
        let id = reader.text(&var::SUPABASE_PROJECT_ID)?;
        if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(format!("https://{}.supabase.co", id.to_ascii_lowercase()));
        }
        let fix = "use the reference from the dashboard's address, such as abcdefghijklmnop, or set SUPABASE_URL";
        reader.mistake_in(&var::SUPABASE_PROJECT_ID, Some(&id), "is not a project reference", fix);
        None
    }

    /// The publishable (or legacy anon) key. A secret key would let every tool bypass row-level security.
    fn publishable_key(reader: &mut Reader<'_>) -> Option<Secret> {
        let key = reader.secret(&var::SUPABASE_PUBLISHABLE_KEY)?;
        let role = || {
            let payload = base64url(key.expose().split('.').nth(1)?)?;
            object(&payload).ok()?.get("role")?.as_str().map(str::to_owned)
        };
        if key.expose().starts_with("sb_secret_") || role().as_deref() == Some("service_role") {
            let problem = "is a secret key, which bypasses row-level security";
            reader.mistake_in(
                &var::SUPABASE_PUBLISHABLE_KEY,
                None,
                problem,
                "use the key that starts with sb_publishable_ (or the anon key)",
            );
            return None;
        }
        Some(key)
    }
}

impl Custom {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        for variable in [&var::SUPABASE_JWT_SECRET, &var::SUPABASE_SESSION_TOKENS] {
            if reader.has(variable) {
                reader.mistake_in(variable, None, "is for a Supabase project, not for LATCH_ISSUER", "remove it");
            }
        }
        let issuer = reader.url(&var::LATCH_ISSUER);
        let jwks_uri = reader.url(&var::LATCH_JWKS_URI);
        if !reader.has(&var::LATCH_ALGORITHMS) {
            let fix = "list what the issuer signs with, such as RS256 (its metadata or key set says)";
            reader.mistake_in(&var::LATCH_ALGORITHMS, None, "is missing; there is no safe default", fix);
        }
        let asymmetric = Alg::ALL.into_iter().filter(|alg| *alg != Alg::Hs256).collect::<Vec<_>>();
        let algorithms = algorithms(reader, &asymmetric);
        let token_types = match reader.text(&var::LATCH_TOKEN_TYPE).as_deref() {
            None | Some("at+jwt") => TokenTypes::AccessToken,
            Some("any") => TokenTypes::Any,
            Some(other) => {
                reader.mistake_in(&var::LATCH_TOKEN_TYPE, Some(other), "is neither of its two values", "use `at+jwt` or `any`");
                TokenTypes::AccessToken
            }
        };
        Some(Self { issuer: issuer?, jwks_uri, algorithms, token_types })
    }
}

fn algorithms(reader: &mut Reader<'_>, possible: &[Alg]) -> Vec<Alg> {
    let mut algorithms = Vec::new();
    for name in reader.list(&var::LATCH_ALGORITHMS) {
        match name.parse() {
            Ok(alg) if possible.contains(&alg) => algorithms.push(alg),
            _ => {
                let names: Vec<_> = possible.iter().map(|alg| alg.name()).collect();
                reader.mistake_in(
                    &var::LATCH_ALGORITHMS,
                    Some(&name),
                    "is not possible here",
                    &format!("choose from {}", names.join(", ")),
                );
            }
        }
    }
    algorithms
}
