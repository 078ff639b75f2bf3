//! `GET /auth/callback`: the user comes back from the upstream.
//!
//! What comes back is the upstream's code. It is not redeemed here but sealed into ours: the upstream spends it once, at the
//! token endpoint, and so ours is good once, without a place to remember it.

use http::{StatusCode, request::Parts};

use super::{
    Form, Proxy,
    answer::{Answer, Refused},
    artefact::{Asked, AuthCode, CODE, Digest, Transaction, Underway, Unredeemed, is_256_bits},
    authorize::START_AGAIN,
    client::ClientError,
};
use crate::host::Host;

/// Bytes of an upstream's code. Microsoft's have some 1,200.
const MAX_CODE: usize = 3072;

impl Proxy {
    pub(super) async fn callback(&self, host: &dyn Host, parts: &Parts) -> Answer {
        let Ok(query) = Form::parse(parts.uri.query().unwrap_or_default().as_bytes()) else {
            let refused = Refused::new("invalid_request", "the identity provider's answer names something twice");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        // `txn` is where a `state` has to be carried by hand.
        let state = query.get("state").or(query.get("txn")).filter(|state| is_256_bits(state)).unwrap_or_default();
        let sealed = self.cookies.get(&parts.headers, state).unwrap_or_default();
        let Ok(underway) = self.keys.seal().open::<Transaction>(sealed, host.now(), &self.bound(&[state])) else {
            let refused = Refused::new("invalid_request", "this sign-in is over, or was started in another browser");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        let mut answer = match self.clients.find(host, &underway.asked.client).await {
            Ok(client) if client.may_redirect_to(&underway.asked.redirect_uri) => self.hand_over(host, parts, &query, underway),
            Ok(_) => self.no_client(host, parts, ClientError::Unknown),
            Err(error) => self.no_client(host, parts, error),
        };
        self.cookies.remove(&mut answer, state);
        answer
    }

    fn hand_over(&self, host: &dyn Host, parts: &Parts, query: &Form, underway: Underway) -> Answer {
        let Underway { asked, upstream, seed } = underway;
        let Some(found) = self.upstreams.iter().find(|other| other.kind() == upstream.0) else {
            let refused = Refused::new("invalid_request", "this identity provider is not used here any more");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        // Two providers and one callback: an answer of one must not be taken for the other's (RFC 9207 §2.4).
        if let (Some(iss), Some(expected)) = (query.get("iss"), found.issuer())
            && iss != expected
        {
            let refused = Refused::new("invalid_request", "the answer comes from another identity provider");
            return self.page(host, parts, &refused, START_AGAIN);
        }
        if let Some(error) = query.get("error") {
            return self.deny(host, StatusCode::FOUND, &asked, &said_no(error));
        }
        let Some(code) = query.get("code").filter(|code| code.len() <= MAX_CODE) else {
            let refused = Refused::new("server_error", "the identity provider answered nothing that can be used");
            return self.deny(host, StatusCode::FOUND, &asked, &refused.because("no code, or one that is too long"));
        };
        let unredeemed = Unredeemed {
            client: Digest::of(&asked.client),
            redirect_uri: Digest::of(&asked.redirect_uri),
            challenge: asked.challenge.clone(),
            scopes: asked.scopes.clone(),
            upstream,
            seed,
            code: code.to_owned(),
        };
        self.give(host, &asked, &unredeemed)
    }

    fn give(&self, host: &dyn Host, asked: &Asked, unredeemed: &Unredeemed) -> Answer {
        let expires = host.now().saturating_add(CODE);
        match self.keys.seal().seal::<AuthCode>(host, unredeemed, expires, &self.bound(&[])) {
            Some(code) => self.tell(StatusCode::FOUND, asked, &[("code", &code)]),
            None => self.deny(host, StatusCode::FOUND, asked, &Refused::new("server_error", "the code cannot be made")),
        }
    }
}

/// An upstream's error in our words: its own text is for the operator.
fn said_no(error: &str) -> Refused {
    let reason: String = error.chars().filter(|char| char.is_ascii_graphic()).take(60).collect();
    match error {
        "access_denied" | "consent_required" | "login_required" | "interaction_required" => {
            Refused::new("access_denied", "the user did not sign in")
        }
        "temporarily_unavailable" => Refused::new("temporarily_unavailable", "the identity provider does not answer; try again"),
        _ => Refused::new("server_error", "the identity provider did not let the user sign in"),
    }
    .because(format!("the upstream said {reason}"))
}
