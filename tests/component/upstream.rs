//! A fake OpenID Connect provider: what `LATCH_PROXY=oidc` signs in with. Codes and refresh tokens are good once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use mcp_latch::keys::Keys;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::{
    bench::sign,
    issuer::{Answer, Issuer, JWKS, Seen},
    keys::{RSA, members},
    mint::b64,
};

pub(crate) const CLIENT_ID: &str = "latch-at-upstream";
pub(crate) const CLIENT_SECRET: &str = "upstream-client-secret";
/// Fixed, so that two endpoints share them.
pub(crate) static KEYS: LazyLock<String> = LazyLock::new(|| keys(7));

/// A value of `LATCH_KEYS`.
pub(crate) fn keys(first: u8) -> String {
    let mut byte = first;
    let value = Keys::generate(|key: &mut [u8; 32]| {
        key.fill(byte);
        byte += 1;
    });
    value.expose().to_owned()
}

#[derive(Default)]
struct State {
    codes: HashMap<String, HashMap<String, String>>,
    refresh: HashSet<String>,
    issued: Vec<String>,
    counter: usize,
    /// Codes stay good.
    forgetful: bool,
    /// Claims of the next ID tokens that differ.
    claims: Value,
    /// Members of the next token answers that differ; `null` removes one.
    answer: Value,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Upstream {
    issuer: String,
    state: Arc<Mutex<State>>,
}

impl Upstream {
    /// Puts it on an issuer's server.
    pub(crate) fn on(issuer: &Issuer) -> Self {
        let origin = issuer.origin().to_owned();
        let upstream = Self { issuer: origin.clone(), state: Arc::default() };
        let at = |path: &str| json!(format!("{origin}{path}"));
        let discovery = json!({
            "issuer": origin, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at(JWKS),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        });
        issuer.answer("/.well-known/openid-configuration", Answer::json(discovery.to_string()));
        let this = upstream.clone();
        issuer.answer("/authorize", Answer::Call(Arc::new(move |seen| this.authorize(seen))));
        let this = upstream.clone();
        issuer.answer("/token", Answer::Call(Arc::new(move |seen| this.token(seen))));
        upstream
    }

    /// Changes what the next ID tokens say.
    pub(crate) fn claims(&self, changes: Value) {
        self.state.lock().unwrap().claims = changes;
    }

    /// Changes what the token endpoint answers.
    pub(crate) fn answers(&self, changes: Value) {
        self.state.lock().unwrap().answer = changes;
    }

    /// Every secret it ever gave out.
    pub(crate) fn issued(&self) -> Vec<String> {
        self.state.lock().unwrap().issued.clone()
    }

    /// From now on a code is good more than once.
    pub(crate) fn takes_codes_again(&self) {
        self.state.lock().unwrap().forgetful = true;
    }

    /// Forgets who is signed in.
    pub(crate) fn sign_out(&self) {
        self.state.lock().unwrap().refresh.clear();
    }

    fn authorize(&self, seen: &Seen) -> Answer {
        let query = pairs(seen.uri.query().unwrap_or_default().as_bytes());
        assert_eq!((query["client_id"].as_str(), query["response_type"].as_str()), (CLIENT_ID, "code"));
        let mut state = self.state.lock().unwrap();
        let code = state.secret("code");
        let to = format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]);
        state.codes.insert(code, query);
        Answer::status(302).with_header("location", &to)
    }

    fn token(&self, seen: &Seen) -> Answer {
        let form = pairs(&seen.body);
        let basic = format!("Basic {}", base64(&format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        if seen.headers.get("authorization").is_none_or(|value| *value != *basic) {
            return Answer::rest(401, r#"{"error":"invalid_client"}"#);
        }
        let invalid = || Answer::rest(400, r#"{"error":"invalid_grant","error_description":"upstream-says-no"}"#);
        let mut state = self.state.lock().unwrap();
        let nonce = match form["grant_type"].as_str() {
            "authorization_code" => {
                let Some(asked) = state.codes.remove(&form["code"]) else { return invalid() };
                if state.forgetful {
                    state.codes.insert(form["code"].clone(), asked.clone());
                }
                let fits = asked["redirect_uri"] == form["redirect_uri"]
                    && asked["code_challenge"] == b64(Sha256::digest(&form["code_verifier"]));
                if !fits {
                    return invalid();
                }
                Some(asked["nonce"].clone())
            }
            "refresh_token" => {
                if !state.refresh.remove(&form["refresh_token"]) {
                    return invalid();
                }
                None
            }
            other => panic!("the upstream was asked for {other}"),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = members(json!({
            "iss": self.issuer, "sub": "ada", "aud": CLIENT_ID, "exp": now + 600, "iat": now,
            "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
        }));
        if let Some(nonce) = nonce {
            claims.insert("nonce".into(), json!(nonce));
        }
        let claims = crate::bench::change(claims, object(&state.claims));
        let refresh = state.secret("refresh");
        state.refresh.insert(refresh.clone());
        let answer = members(json!({
            "access_token": state.secret("access"), "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": refresh, "id_token": sign(&RSA, &claims), "scope": "openid email profile",
        }));
        let answer = crate::bench::change(answer, object(&state.answer));
        Answer::rest(200, Value::Object(answer).to_string())
    }
}

impl State {
    fn secret(&mut self, what: &str) -> String {
        self.counter += 1;
        let secret = format!("upstream-{what}-{}", self.counter);
        self.issued.push(secret.clone());
        secret
    }
}

fn object(value: &Value) -> Value {
    if value.is_null() { json!({}) } else { value.clone() }
}

fn base64(text: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}

/// The parameters of a form or query.
pub(crate) fn pairs(bytes: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}
