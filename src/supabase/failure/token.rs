//! An answer of 401: what is wrong with the token in the data API's eyes, and whether a new sign-in would mend it.
//!
//! The token was verified before it was sent, so most of these are disagreements between PostgREST and us. A client that is told
//! to sign in again for one of them gets an equal token and is refused again, for ever. So a new sign-in is asked for only where
//! the answer says that the token is over.

use super::Failure;

/// What the data API has against the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It has expired or was revoked: a new one will do.
    Over,
    /// It is not valid yet: PostgREST's clock is behind the issuer's. Seen on hosted projects, and gone a moment later.
    Early,
    /// PostgREST trusts other keys than those that we verified it with.
    Keys,
    /// PostgREST wants another `aud` (`jwt-aud`).
    Audience,
    /// The database has no such role as the token's.
    Role,
    /// It did not arrive.
    Absent,
    /// Something else.
    Other,
}

/// The `error_description` of a challenge (RFC 6750 §3).
fn description(challenge: &str) -> Option<&str> {
    const NAME: &str = "error_description=\"";
    // ASCII only, so that places stay the same.
    let start = challenge.to_ascii_lowercase().find(NAME)? + NAME.len();
    challenge.get(start..)?.split('"').next()
}

impl Trouble {
    /// `None` if the answer is about something else, such as our `apikey` or a missing grant. `challenge` is that of the Bearer
    /// scheme.
    pub(super) fn of(failure: &Failure, challenge: Option<&str>) -> Option<Self> {
        if failure.status != 401 {
            return None;
        }
        match failure.code() {
            // `raise sqlstate 'PT401'` is how a database says that a session has ended.
            "PT401" => Some(Self::Over),
            // PostgREST 14; before, and for other parameters, it is 400.
            "22023" => Some(Self::Role),
            "PGRST302" => Some(Self::by_words(&failure.message, challenge).unwrap_or(Self::Absent)),
            "PGRST301" | "PGRST303" => Some(Self::by_words(&failure.message, challenge).unwrap_or(Self::Other)),
            // Without a code the body is a gateway's, which has keys of its own that expire.
            "" if challenge.is_some() => Some(Self::by_words("", challenge).unwrap_or(Self::Other)),
            _ => None,
        }
    }

    /// One code stands for all that can be wrong with claims, so words must decide: of 12 (`JWTIssuedAtFuture`) and of 13 (`JWT
    /// issued at future`) alike.
    fn by_words(message: &str, challenge: Option<&str>) -> Option<Self> {
        let said = format!("{message} {}", challenge.and_then(description).unwrap_or_default());
        let said: String = said.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect();
        let words = [
            ("expired", Self::Over),
            ("revoked", Self::Over),
            ("issuedatfuture", Self::Early),
            ("notyetvalid", Self::Early),
            ("notinaudience", Self::Audience),
            ("invalidsignature", Self::Keys),
            ("suitablekey", Self::Keys),
            ("wrongkeytype", Self::Keys),
        ];
        if said.contains("apikey") {
            return None;
        }
        words.into_iter().find(|(word, _)| said.contains(word)).map(|(_, trouble)| trouble)
    }

    /// For the model, and through it for the operator.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Over => "The data API says that the user's session is over. The user must sign in again.",
            Self::Early => {
                "The data API says that the user's token is not valid yet: its clock is a little behind that of the issuer. Call \
                 again in a moment."
            }
            Self::Keys => {
                "The data API does not trust the key that signed the user's token, so signing in again will not help. The \
                 operator must let PostgREST verify with the project's current signing keys, and check that SUPABASE_URL is this \
                 project."
            }
            Self::Audience => {
                "The data API wants another audience in the user's token, so signing in again will not help. The operator must \
                 compare PostgREST's jwt-aud with the `aud` of the project's tokens (`authenticated` at Supabase)."
            }
            Self::Role => {
                "The database does not have the role that the user's token names, so signing in again will not help. The operator \
                 must create the role, or correct the issuer's `role` claim."
            }
            Self::Absent => {
                "The data API answered as if nobody were signed in, although the user's token was sent. The operator must check \
                 that nothing in front of PostgREST removes the Authorization header."
            }
            Self::Other => {
                "The data API does not accept the user's token, although it is a good one here, so signing in again will not \
                 help. The operator must look into the project's API logs."
            }
        }
    }
}
