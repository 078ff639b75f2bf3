//! Why somebody was not let in. What the client reads is generic; what the operator reads names the cause and the fix.

use http::StatusCode;

use crate::{
    host::UnixTime,
    jose::{self, Alg, Header},
};

/// A refusal. [`code`](Self::code) is stable and goes into the log; [`Display`](std::fmt::Display) is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `Authorization` header.
    #[error("no token")]
    NoToken,
    /// An `Authorization` header of another scheme.
    #[error("the Authorization header's scheme is not Bearer")]
    Scheme,
    /// `Bearer` without a well-formed token behind it (RFC 6750 §2.1).
    #[error("the Authorization header is not `Bearer <token>`")]
    Credentials,
    /// More than one token, in two headers or in header and query.
    #[error("the request carries more than one token")]
    TokenTwice,
    /// A token in the query string, where it ends up in logs (OAuth 2.1 §5.1 forbids it).
    #[error("the token is in the query string; it belongs into the Authorization header")]
    TokenInQuery,
    /// The token is not authentic.
    #[error(transparent)]
    Token(#[from] jose::Error),
    /// Likewise, with what the token says of its key.
    #[error("{error}: {about}")]
    Signature {
        /// What is wrong.
        error: jose::Error,
        /// The token's side, and ours.
        about: String,
    },
    /// `iss` is not the configured issuer.
    #[error("the token's issuer is {got:?}, not {}", quoted(.expected.split(' ')))]
    Issuer {
        /// What the token says.
        got: String,
        /// What is configured, separated by spaces.
        expected: String,
    },
    /// The header's `typ` names another kind of object.
    #[error(
        "the token's typ is {got:?}, not at+jwt; LATCH_TOKEN_TYPE=any is for a LATCH_ISSUER that marks its access tokens otherwise"
    )]
    Type {
        /// What the token says.
        got: String,
    },
    /// A claim has the wrong JSON type or no content.
    #[error("the token's claim `{0}` is malformed")]
    Claim(&'static str),
    /// No `exp`.
    #[error("the token never expires")]
    ExpiryMissing,
    /// `exp` is past.
    #[error("the token has expired{}; if it is younger than that, compare the clocks", .since.map(ago).unwrap_or_default())]
    Expired {
        /// Seconds since then, where known.
        since: Option<UnixTime>,
    },
    /// `nbf` is in the future.
    #[error("the token is not valid yet; compare the clocks")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future; compare the clocks")]
    IssuedInTheFuture,
    /// No `sub`.
    #[error("the token names no subject")]
    SubjectMissing,
    /// Bound to a key (`cnf`) but presented as a plain bearer token (RFC 9449 §7.1).
    #[error("the token is bound to a key of its client and was presented without proof")]
    SenderConstrained,
    /// An ID token.
    #[error("this is an ID token: it tells the client who signed in and opens nothing")]
    IdToken,
    /// Some other token that is not an access token, by its payload's `typ`.
    #[error("this is not an access token")]
    NotAnAccessToken,
    /// Clerk: some other token, by its header's `cat`.
    #[error("this is {0}: MCP clients get an OAuth access token, with the typ at+jwt")]
    Category(&'static str),
    /// Supabase: `role` is `service_role`, which bypasses row-level security.
    #[error("the token has the role service_role, which bypasses row-level security")]
    ServiceRole,
    /// Supabase: `role` is not `authenticated`.
    #[error("the token's role is {got:?}, not \"authenticated\"")]
    Role {
        /// What the token says.
        got: String,
    },
    /// Supabase: no `session_id`.
    #[error("the token belongs to no session")]
    SessionMissing,
    /// Supabase, Better Auth: `is_anonymous`.
    #[error("the user signed in anonymously")]
    AnonymousUser,
    /// Supabase: a first-party session token.
    #[error("this is a session token of the project's own app (no client_id); set SUPABASE_SESSION_TOKENS=allow to accept those")]
    SessionToken,
    /// A `resource` claim that names another resource.
    #[error("the token was issued for the resource {got:?}")]
    Resource {
        /// What the token says.
        got: String,
    },
    /// No user.
    #[error("the token is an application's own, without a user; only Entra's can be let in, with ENTRA_APP_TOKENS=allow")]
    AppToken,
    /// Opaque or encrypted.
    #[error("{error}; {hint}")]
    Unreadable {
        /// Which of the two.
        error: jose::Error,
        /// What to do about it with this provider.
        hint: &'static str,
    },
    /// The issuer was asked about the token, and does not vouch for it.
    #[error("the issuer says that the token is not active: it expired, was revoked, or is none of its own")]
    Inactive,
    /// The issuer is to be asked about the token, and does not answer.
    #[error("{0}")]
    IntrospectionDown(String),
    /// No `aud`.
    #[error("the token names no audience; {hint}")]
    AudienceMissing {
        /// What to do about it with this provider.
        hint: &'static str,
    },
    /// `aud` names us, and others too.
    #[error(
        "the token is for {others} too, which may not stand beside this endpoint: one API per token, or add it to LATCH_AUDIENCE_ALSO"
    )]
    AudienceBeside {
        /// Who may not, each in quotes.
        others: String,
    },
    /// `aud` does not name us.
    #[error("the token's audience is {got}, not {expected}; {hint}")]
    Audience {
        /// What the token says, each in quotes.
        got: String,
        /// What is accepted, each in quotes.
        expected: String,
        /// What to do about it with this provider.
        hint: &'static str,
    },
    /// The OAuth client is not on the list.
    #[error("the token's client is not in LATCH_CLIENT_IDS")]
    ClientNotAllowed,
    /// The caller may not enter.
    #[error("{0}")]
    Barred(super::Barred),
    /// A server without sign-in was reached under a name that is not this machine's.
    #[error("the request was not sent to a loopback address; a server without sign-in answers no other")]
    NotThisMachine,
    /// The token is good by our rules, and the API behind us does not take it.
    #[error("the data API refused the token: {0}")]
    Upstream(String),
    /// With `LATCH_PROXY`: not a token of ours for this endpoint.
    #[error("the token was not issued here, or not for this endpoint")]
    NotIssuedHere,
    /// With `LATCH_PROXY`: its grant was revoked.
    #[error("the token's grant was revoked")]
    Revoked,
    /// With `LATCH_PROXY`: whether it was revoked is not known.
    #[error("{0}")]
    StoreDown(String),
    /// The token lacks a scope.
    #[error("the token lacks a scope of {needed:?}")]
    InsufficientScope {
        /// All scopes the request needs.
        needed: Vec<String>,
    },
}

/// What a refusal means for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// 401: sign in. No `error` parameter when there were no credentials (RFC 6750 §3.1).
    SignIn {
        /// `invalid_token` or `invalid_request`.
        error: Option<&'static str>,
    },
    /// 403 without a challenge: signing in again changes nothing.
    NotAllowed,
    /// 403 `insufficient_scope`: ask the user for more.
    StepUp {
        /// All scopes the request needs.
        needed: &'a [String],
    },
    /// 503: not the token's fault, so no 401, which would make clients throw a good token away.
    Unavailable,
}

impl Outcome<'_> {
    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::UNAUTHORIZED,
            Self::NotAllowed | Self::StepUp { .. } => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Refusal {
    /// What it means for the client.
    pub fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Token(jose::Error::KeysDown(_)) | Self::StoreDown(_) | Self::IntrospectionDown(_) => Outcome::Unavailable,
            Self::ClientNotAllowed | Self::Barred(_) | Self::NotThisMachine => Outcome::NotAllowed,
            Self::InsufficientScope { needed } => Outcome::StepUp { needed },
            Self::NoToken | Self::Scheme => Outcome::SignIn { error: None },
            // RFC 6750 §3.1 pairs invalid_request with 400. MCP clients act on 401 only, so the status stays 401.
            Self::TokenTwice | Self::TokenInQuery | Self::Credentials => Outcome::SignIn { error: Some("invalid_request") },
            _ => Outcome::SignIn { error: Some("invalid_token") },
        }
    }

    /// The stable reason code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Scheme => "scheme_not_bearer",
            Self::Credentials => "malformed_authorization",
            Self::TokenTwice => "token_twice",
            Self::TokenInQuery => "token_in_query",
            Self::Token(error) => error.code(),
            Self::Issuer { .. } => "iss_mismatch",
            Self::Type { .. } => "typ_mismatch",
            Self::Claim(_) => "malformed_claim",
            Self::ExpiryMissing => "exp_missing",
            Self::Expired { .. } => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInTheFuture => "issued_in_future",
            Self::SubjectMissing => "sub_missing",
            Self::SenderConstrained => "sender_constrained",
            Self::IdToken => "id_token",
            Self::NotAnAccessToken | Self::Category(_) => "not_an_access_token",
            Self::ServiceRole => "service_role",
            Self::Role { .. } => "role_mismatch",
            Self::SessionMissing => "session_missing",
            Self::AnonymousUser => "anonymous_user",
            Self::SessionToken => "session_token",
            Self::Resource { .. } => "resource_mismatch",
            Self::AppToken => "app_token",
            Self::Unreadable { error, .. } | Self::Signature { error, .. } => error.code(),
            Self::Inactive => "inactive_token",
            Self::IntrospectionDown(_) => "introspection_unavailable",
            Self::AudienceMissing { .. } => "aud_missing",
            Self::Audience { .. } | Self::AudienceBeside { .. } => "aud_mismatch",
            Self::ClientNotAllowed => "client_not_allowed",
            Self::Barred(barred) => barred.code(),
            Self::NotThisMachine => "not_this_machine",
            Self::Upstream(_) => "refused_upstream",
            Self::NotIssuedHere => "not_issued_here",
            Self::Revoked => "revoked",
            Self::StoreDown(_) => "store_down",
            Self::InsufficientScope { .. } => "insufficient_scope",
        }
    }
}

/// What to do about a token of five parts: nobody is asked about it, whatever is configured.
pub(super) const ENCRYPTED: &str = "no issuer is asked about such tokens: have it sign access tokens and not encrypt them";

impl Refusal {
    /// A signature that was not found good, with what the operator compares.
    pub(super) fn of_signature(error: jose::Error, header: &Header, allowed: &[Alg], issuer: &str) -> Self {
        let alg = format!("{:?}", shorten(&header.alg));
        let key = header.kid.as_deref().map_or_else(|| "none".to_owned(), |kid| format!("{:?}", shorten(kid)));
        let about = match error {
            jose::Error::AlgNotAllowed => {
                let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
                format!("it is {alg}, allowed is {}", allowed.join(", "))
            }
            jose::Error::KidUnknown => format!("it is {key}; the issuer is {issuer}"),
            jose::Error::KeyMismatch => format!("the kid is {key}, the algorithm {alg}; the issuer is {issuer}"),
            jose::Error::BadSignature => format!(
                "the kid is {key}, the algorithm {alg}; the token was changed, or {issuer} did not sign it with the key that is known \
                 under this kid"
            ),
            error => return error.into(),
        };
        Self::Signature { error, about }
    }
}

/// How long something is past.
fn ago(seconds: UnixTime) -> String {
    let (unit, length) = match seconds {
        0..120 => ("seconds", 1),
        120..7_200 => ("minutes", 60),
        7_200..172_800 => ("hours", 3_600),
        _ => ("days", 86_400),
    };
    format!(" {} {unit} ago", seconds / length)
}

/// Each in quotes, without control characters, cut to what a log line can bear.
pub(super) fn quoted<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    quoted_within(200, items)
}

/// The same, in so many characters.
pub(super) fn quoted_within<T: AsRef<str>>(limit: usize, items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("{:?}", item.as_ref())).collect();
    let mut all = items.join(", ");
    if let Some((end, _)) = all.char_indices().nth(limit) {
        all.truncate(end);
        all.push('…');
    }
    all
}

/// A stranger's string, cut to what a log line can bear.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}
