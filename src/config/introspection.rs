//! `LATCH_INTROSPECT_…`: an issuer that is asked about tokens which only it can read (RFC 7662).

use super::{ClientAuth, Reader, client_auth::ClientVariables, variables as var};

/// Most seconds for which an answer may be used: as long as a revoked token may still be good.
const MAX_CACHE: u64 = 60;
const DEFAULT_CACHE: u64 = 10;

/// Where to ask about tokens, and as whom.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// The `introspection_endpoint`.
    pub url: String,
    /// Our client there.
    pub client_id: String,
    /// How we prove to be it. Never [`ClientAuth::None`]: RFC 7662 §2.1 wants the endpoint protected, or anybody could try tokens.
    pub client_auth: ClientAuth,
    /// Seconds for which an answer is used, 0 to 60.
    pub cache: u64,
}

const CLIENT: ClientVariables = ClientVariables {
    secret: &var::LATCH_INTROSPECT_CLIENT_SECRET,
    key: &var::LATCH_INTROSPECT_CLIENT_KEY,
    method: &var::LATCH_INTROSPECT_CLIENT_AUTH,
};

impl Introspection {
    /// Reads it; nothing without a client. `usual` is where the provider has its endpoint.
    pub(super) fn read(reader: &mut Reader<'_>, usual: Option<String>) -> Option<Self> {
        let Some(client_id) = reader.text(&var::LATCH_INTROSPECT_CLIENT_ID) else {
            for variable in [&var::LATCH_INTROSPECT_URL, CLIENT.secret, CLIENT.key, CLIENT.method, &var::LATCH_INTROSPECT_CACHE] {
                if reader.has(variable) {
                    let fix = "set LATCH_INTROSPECT_CLIENT_ID too, or remove it";
                    reader.mistake_in(variable, None, "is for introspection, which is off without a client", fix);
                }
            }
            return None;
        };
        let given = reader.url(&var::LATCH_INTROSPECT_URL);
        if usual.is_none() && !reader.has(&var::LATCH_INTROSPECT_URL) {
            let fix = "set it to the issuer's `introspection_endpoint`";
            reader.mistake_in(&var::LATCH_INTROSPECT_URL, None, "is missing: where to ask is not known", fix);
        }
        let client_auth = CLIENT.read(reader);
        if ![CLIENT.secret, CLIENT.key, CLIENT.method].into_iter().any(|variable| reader.has(variable)) {
            let fix =
                "set it, or LATCH_INTROSPECT_CLIENT_KEY; an endpoint that answers everybody is not safe to use (RFC 7662 §2.1)";
            reader.mistake_in(CLIENT.secret, None, "is missing", fix);
        }
        let cache = cache(reader);
        Some(Self { url: given.or(usual)?, client_id, client_auth, cache })
    }
}

fn cache(reader: &mut Reader<'_>) -> u64 {
    let Some(text) = reader.text(&var::LATCH_INTROSPECT_CACHE) else { return DEFAULT_CACHE };
    let seconds = text.parse().ok().filter(|seconds| *seconds <= MAX_CACHE);
    seconds.unwrap_or_else(|| {
        let fix = "use a whole number of seconds from 0 to 60";
        reader.mistake_in(&var::LATCH_INTROSPECT_CACHE, Some(&text), "is not a number of seconds up to 60", fix);
        0
    })
}
