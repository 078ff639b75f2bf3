//! Every provider of remote mode: the token it really issues is let in, and what is easily taken for one is refused, with its reason.
//!
//! The providers are fakes: their key sets, headers and claims have the shapes their documentation and SDKs show, on a loopback
//! issuer.

mod auth0;
mod better_auth;
mod clerk;
mod custom;
mod supabase;
mod weaknesses;
mod workos;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    bench::{Bench, Setup, change, sign_as},
    issuer::Answer,
    keys::{EC_OTHER, TestKey, members},
    mint::{self, Signer, b64},
};

/// A provider, an endpoint that takes its tokens, and a sample of them.
pub(crate) struct Provider {
    pub(crate) bench: Bench,
    key: &'static TestKey,
    jwks: &'static str,
    header: Value,
    claims: Map<String, Value>,
}

/// What a sample token is made of.
pub(crate) struct Sample {
    /// Signs it; the one usable key that is published.
    pub(crate) key: &'static TestKey,
    /// Path of the key set.
    pub(crate) jwks: &'static str,
    /// The header; `kid` is added.
    pub(crate) header: Value,
}

impl Provider {
    /// Starts an endpoint with these variables, which are given the issuer's origin, for tokens with these claims, which are given
    /// the origin and the endpoint's URL. `exp` and `iat` are added.
    pub(crate) async fn start(
        sample: Sample,
        env: impl FnOnce(&str) -> Vec<(&'static str, String)>,
        claims: impl FnOnce(&str, &str) -> Value,
    ) -> Self {
        let mut setup = Setup::bare().await;
        for (name, value) in env(setup.issuer().origin()) {
            setup = setup.env(name, value);
        }
        let bench = setup.start().await;
        let Sample { key, jwks, mut header } = sample;
        header["kid"] = json!(key.kid);
        let claims = change(
            members(json!({ "iat": bench.now(), "exp": bench.now() + 3600 })),
            claims(bench.issuer.origin(), &bench.endpoint()),
        );
        let provider = Self { bench, key, jwks, header, claims };
        provider.publish(&[key]);
        provider
    }

    /// Replaces the published key set. A key for encryption comes first, as with Keycloak.
    pub(crate) fn publish(&self, keys: &[&TestKey]) {
        let encryption = keys.iter().map(|key| key.jwk_with(json!({ "use": "enc", "alg": "RSA-OAEP" }))).take(1);
        let keys: Vec<Value> = encryption.chain(keys.iter().map(|key| key.jwk())).collect();
        self.bench.issuer.answer(self.jwks, Answer::json(json!({ "keys": keys }).to_string()));
    }

    /// The sample with claims replaced; `null` removes one.
    pub(crate) fn token(&self, claims: Value) -> String {
        self.token_as(json!({}), claims)
    }

    /// The sample with members of the header and claims replaced.
    pub(crate) fn token_as(&self, header: Value, claims: Value) -> String {
        let header = change(members(self.header.clone()), header);
        sign_as(self.key, Value::Object(header), &change(self.claims.clone(), claims))
    }

    /// The identity that `whoami` tells of the sample with claims replaced.
    pub(crate) async fn accepts(&self, claims: Value) -> Value {
        self.accepts_token(&self.token(claims)).await
    }

    pub(crate) async fn accepts_token(&self, token: &str) -> Value {
        let reply = self.bench.enter(token).await;
        assert_eq!(reply.status, StatusCode::OK, "{} {:?}", reply.text(), self.claims);
        reply.json::<Value>().unwrap()["result"]["structuredContent"].take()
    }

    /// Refuses the sample with claims replaced, for this reason.
    pub(crate) async fn refuses(&self, what: &str, claims: Value, reason: &str) {
        self.refuses_token(what, &self.token(claims), reason).await;
    }

    /// Refuses a token for this reason, with the status that goes with it, and tells the client nothing of the reason. The line for
    /// the operator is returned.
    pub(crate) async fn refuses_token(&self, what: &str, token: &str, reason: &str) -> Map<String, Value> {
        let reply = self.bench.enter(token).await;
        assert_ne!(reply.status, StatusCode::OK, "{what} was let in");
        let line = self.bench.logged("refused").await;
        assert_eq!(line["reason"], reason, "{what}: {line:?}");
        assert_eq!(json!(reply.status.as_u16()), line["status"], "{what}");
        assert!(!reply.text().contains("error_description"), "{what}: the reason is told");
        line
    }

    /// What every provider's verifier refuses: 19 rows. The issuer is asked for keys, and for nothing else.
    pub(crate) async fn refuses_what_all_refuse(&self) {
        let now = self.bench.now();
        for (what, claims, reason) in [
            ("an expired token", json!({ "exp": now - 61 }), "expired"),
            ("a token that never expires", json!({ "exp": null }), "exp_missing"),
            ("an expiry in words", json!({ "exp": "tomorrow" }), "malformed_claim"),
            ("a token for later", json!({ "nbf": now + 600 }), "not_yet_valid"),
            ("a token from later", json!({ "iat": now + 600 }), "issued_in_future"),
            ("a token of nobody", json!({ "sub": null }), "sub_missing"),
            (
                "a token bound to a key",
                json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
                "sender_constrained",
            ),
            ("a token for another resource", json!({ "resource": "https://other.example/mcp" }), "resource_mismatch"),
            ("another issuer", json!({ "iss": "https://stranger.example" }), "iss_mismatch"),
            ("the issuer with a slash more or less", json!({ "iss": self.with_other_slash() }), "iss_mismatch"),
            ("no issuer", json!({ "iss": null }), "iss_mismatch"),
        ] {
            self.refuses(what, claims, reason).await;
        }
        let payload = Value::Object(self.claims.clone());
        let unsigned = json!({ "alg": "none", "typ": self.header["typ"] });
        let hmac = Signer::Hmac(self.key.jwk().to_string().into_bytes());
        let header = |changes: Value| Value::Object(change(members(self.header.clone()), changes));
        let good = self.token(json!({}));
        for (what, token, reason) in [
            ("an unsigned token", mint::raw(unsigned.to_string(), payload.to_string(), |_| Vec::new()), "alg_not_allowed"),
            (
                "HS256 with the public key as secret",
                mint::token(&header(json!({ "alg": "HS256" })), &payload, &hmac, "HS256"),
                "alg_not_allowed",
            ),
            (
                "an encrypted token",
                format!("{}.a.b.c.d", b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM","typ":"JWT"}"#)),
                "encrypted_token",
            ),
            ("an opaque token", "0123456789abcdef0123456789abcdef".to_owned(), "opaque_token"),
            ("a token whose claims were changed", altered(&good), "bad_signature"),
            ("another kind of signed object", self.token_as(json!({ "typ": "logout+jwt" }), json!({})), "typ_mismatch"),
            ("a header with an extension", self.token_as(json!({ "crit": ["exp"] }), json!({})), "critical_header"),
        ] {
            self.refuses_token(what, &token, reason).await;
        }
        let asked = self.bench.issuer.all_hits();
        assert_eq!(asked, self.bench.issuer.hits(self.jwks), "something else than the keys was asked for");
        // The issuer knows this key id, and another key: the last row, because it makes us ask again.
        let forged = sign_as(&EC_OTHER, header(json!({ "alg": "ES256" })), &self.claims);
        let reason = if self.key.alg == "ES256" { "bad_signature" } else { self.foreign_alg() };
        self.refuses_token("a token that somebody else signed", &forged, reason).await;
    }

    /// What a token with ES256 under the key id of another kind of key is.
    fn foreign_alg(&self) -> &'static str {
        if self.takes_es256() { "key_mismatch" } else { "alg_not_allowed" }
    }

    fn takes_es256(&self) -> bool {
        self.jwks.contains("protocol/openid-connect") || self.key.alg == "EdDSA"
    }

    fn with_other_slash(&self) -> String {
        let issuer = self.claims["iss"].as_str().unwrap();
        issuer.strip_suffix('/').map_or_else(|| format!("{issuer}/"), str::to_owned)
    }

    /// A key that was not there before is fetched, once, and its predecessor is good for nothing from then on.
    pub(crate) async fn follows_a_rotation(&self, to: &'static TestKey) {
        self.accepts(json!({})).await;
        let old = self.token(json!({}));
        self.publish(&[to]);
        self.bench.advance(31);
        let header = change(members(self.header.clone()), json!({ "kid": to.kid, "alg": to.alg }));
        let new = sign_as(to, Value::Object(header), &self.claims);
        self.accepts_token(&new).await;
        assert_eq!(self.bench.issuer.hits(self.jwks), 2);
        self.refuses_token("a token signed with the withdrawn key", &old, "kid_unknown").await;
    }
}

/// A token with another subject and the same signature.
fn altered(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&mint::unb64(parts[1])).unwrap();
    claims["sub"] = json!("522b276a-0000-5f39-a13d-fabea2cd43e1");
    format!("{}.{}.{}", parts[0], b64(claims.to_string()), parts[2])
}
