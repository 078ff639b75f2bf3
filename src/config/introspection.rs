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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::config::{ClientAuth, Config, Errors};

    const CUSTOM: [(&str, &str); 5] = [
        ("MCP_URL", "https://api.example.com/mcp"),
        ("LATCH_ISSUER", "https://id.example.com"),
        ("LATCH_INTROSPECT_URL", "https://ask.example.com/introspect"),
        ("LATCH_INTROSPECT_CLIENT_ID", "us"),
        ("LATCH_INTROSPECT_CLIENT_SECRET", "canary"),
    ];
    const KEYCLOAK: [(&str, &str); 3] = [CUSTOM[0], ("KEYCLOAK_SERVER_URL", "https://kc.example.com"), ("KEYCLOAK_REALM", "one")];
    const JWK: &str = r#"{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

    fn config(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<Config, Errors> {
        let kept = base.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        Config::from_env(kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_client_switches_it_on_and_then_nothing_else_is_needed() {
        let config = config(&CUSTOM, &[]).unwrap();
        let issuer = &config.issuers()[0];
        let asked = issuer.introspection.as_ref().unwrap();
        assert_eq!((asked.url.as_str(), asked.client_id.as_str(), asked.cache), (CUSTOM[2].1, "us", 10));
        assert!(matches!(asked.client_auth, ClientAuth::Secret(_)));
        // Nothing else of the issuer is called.
        assert!(!issuer.discovers);
        assert_eq!(config.outbound(), ["https://ask.example.com"]);
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn a_provider_knows_its_endpoint_unless_the_operator_knows_better() {
        let client = [CUSTOM[3], CUSTOM[4]];
        let asked = |more: &[(&str, &str)]| {
            let config = config(&KEYCLOAK, &[&client[..], more].concat()).unwrap();
            (config.issuers()[0].introspection.clone().unwrap().url, config.outbound())
        };
        let usual = "https://kc.example.com/realms/one/protocol/openid-connect/token/introspect";
        assert_eq!(asked(&[]), (usual.to_owned(), vec!["https://kc.example.com".to_owned()]));
        let (url, outbound) = asked(&[("LATCH_KEYCLOAK_INTROSPECT_URL", "https://inner.example/i")]);
        assert_eq!((url.as_str(), outbound.len()), ("https://inner.example/i", 2));
        assert!(config(&KEYCLOAK, &[]).unwrap().issuers()[0].introspection.is_none(), "off without a client");
    }

    /// Each row: what is changed, and the variable and the words of the mistake.
    #[test]
    fn every_mistake_names_the_variable_and_the_fix() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
        let rows: [Row<'_>; 14] = [
            (&[("LATCH_INTROSPECT_CLIENT_ID", "")], "LATCH_INTROSPECT_CLIENT_SECRET", "off without a client"),
            (&[("LATCH_INTROSPECT_CLIENT_ID", "")], "LATCH_INTROSPECT_URL", "off without a client"),
            (&[("LATCH_INTROSPECT_CLIENT_ID", "")], "LATCH_ALGORITHMS", "no safe default"),
            (&[("LATCH_INTROSPECT_URL", "")], "LATCH_INTROSPECT_URL", "introspection_endpoint"),
            (&[("LATCH_INTROSPECT_URL", "http://id.example.com/i")], "LATCH_INTROSPECT_URL", "not encrypted"),
            (&[("LATCH_INTROSPECT_CLIENT_SECRET", "")], "LATCH_INTROSPECT_CLIENT_SECRET", "RFC 7662 §2.1"),
            (&[("LATCH_INTROSPECT_CLIENT_KEY", JWK)], "LATCH_INTROSPECT_CLIENT_KEY", "together with"),
            (
                &[("LATCH_INTROSPECT_CLIENT_SECRET", ""), ("LATCH_INTROSPECT_CLIENT_KEY", "canary")],
                "LATCH_INTROSPECT_CLIENT_KEY",
                "P-256",
            ),
            (&[("LATCH_INTROSPECT_CLIENT_AUTH", "digest")], "LATCH_INTROSPECT_CLIENT_AUTH", "`basic` or `post`"),
            (&[("LATCH_INTROSPECT_CACHE", "61")], "LATCH_INTROSPECT_CACHE", "0 to 60"),
            (&[("LATCH_INTROSPECT_CACHE", "-1")], "LATCH_INTROSPECT_CACHE", "0 to 60"),
            (&[("LATCH_INTROSPECT_CACHE", "1.5")], "LATCH_INTROSPECT_CACHE", "0 to 60"),
            (&[("LATCH_JWKS_URI", "https://id.example.com/k")], "LATCH_ALGORITHMS", "no safe default"),
            (
                &[KEYCLOAK[1], KEYCLOAK[2], CUSTOM[1], ("LATCH_KEYCLOAK_INTROSPECT_CLIENT_ID", "us")],
                "LATCH_INTROSPECT_CLIENT_ID",
                "which of the providers",
            ),
        ];
        for (changes, variable, words) in rows {
            let errors = config(&CUSTOM, changes).err().unwrap_or_else(|| panic!("{changes:?} is taken"));
            let found = errors.0.iter().any(|mistake| {
                mistake.variable == variable && [&mistake.problem, &mistake.fix].iter().any(|text| text.contains(words))
            });
            assert!(found && !errors.to_string().contains("canary"), "{changes:?}: {errors}");
        }
    }

    #[test]
    fn with_the_proxy_it_means_nothing() {
        let proxy = [CUSTOM[0], ("LATCH_PROXY", "google"), CUSTOM[3]];
        let text = config(&proxy, &[]).unwrap_err().to_string();
        assert!(text.contains("LATCH_INTROSPECT_CLIENT_ID: is for tokens of another issuer"), "{text}");
    }
}
