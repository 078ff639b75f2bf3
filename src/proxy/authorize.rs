//! `GET /authorize` (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2): who asks, for what, and where is the answer to go?
//!
//! A client or a redirect URI that is in doubt is told to the person before the browser and to nobody else: whatever is answered to
//! an address that somebody made up is answered to an attacker. Other faults go to the client, but not to a page on the web or an app
//! that registered itself a moment ago: a link to here that goes on to anywhere would let that place borrow our address
//! (RFC 9700 §4.11.2). A program that listens on this computer is told.

use http::{StatusCode, request::Parts};

use super::{
    Form, Proxy,
    answer::{Answer, Refused},
    artefact::{Asked, Question, TRANSACTION, is_256_bits, random},
    client::{Client, ClientError, Origin},
    page, redirect,
    upstream::Upstream,
};
use crate::host::Host;

/// Bytes of the client's `state`, which is carried in a cookie.
const MAX_STATE: usize = 1024;
/// What to do when nothing else helps.
pub(super) const START_AGAIN: &str = "Go back to the application and start again.";
const CONNECT_AGAIN: &str = "In the application, remove this connection (or clear its authentication) and connect again.";

impl Proxy {
    pub(super) async fn authorize(&self, host: &dyn Host, parts: &Parts) -> Answer {
        let Ok(query) = Form::parse(parts.uri.query().unwrap_or_default().as_bytes()) else {
            let refused = Refused::new("invalid_request", "the link names something twice");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        let client = match self.clients.find(host, query.get("client_id").unwrap_or_default()).await {
            Ok(client) => client,
            Err(error) => return self.no_client(host, parts, error),
        };
        let Some(redirect_uri) = query.get("redirect_uri").filter(|uri| client.may_redirect_to(uri)) else {
            let refused = Refused::new("invalid_request", "the application wants the answer at an address that is not its own");
            let uri: String = query.get("redirect_uri").unwrap_or_default().chars().take(120).collect();
            let reason =
                format!("redirect_uri {uri:?} is not one that the client registered, or LATCH_PROXY_REDIRECTS does not list it");
            return self.page(host, parts, &refused.because(reason), CONNECT_AGAIN);
        };
        let mut asked = Asked {
            client: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            state: query.get("state").filter(|state| state.len() <= MAX_STATE).map(str::to_owned),
            challenge: String::new(),
            scopes: self.scopes_for(query.get("scope")),
        };
        match self.check(&query) {
            Ok(challenge) => asked.challenge = challenge,
            Err(refused) if client.origin == Origin::Registered && !redirect::is_loopback(redirect_uri) => {
                return self.page(host, parts, &refused, START_AGAIN);
            }
            Err(refused) => return self.deny(host, StatusCode::FOUND, &asked, &refused),
        }
        self.ask(host, parts, &client, &asked)
    }

    pub(super) fn no_client(&self, host: &dyn Host, parts: &Parts, error: ClientError) -> Answer {
        match error {
            ClientError::Unknown => {
                let refused = Refused::new("invalid_client", "this application is not registered here");
                self.page(host, parts, &refused, CONNECT_AGAIN)
            }
            ClientError::Unavailable(reason) => {
                let refused =
                    Refused::new("temporarily_unavailable", "the application's description cannot be read at the moment");
                self.page(host, parts, &refused.because(reason), "Try again in a minute.")
            }
        }
    }

    /// Everything but the client: the client's challenge comes back.
    fn check(&self, query: &Form) -> Result<String, Refused> {
        let invalid = |description| Refused::new("invalid_request", description);
        for (parameter, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
            if query.get(parameter).is_some() {
                return Err(Refused::new(error, "request objects are not supported"));
            }
        }
        match query.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(Refused::new("unsupported_response_type", "response_type must be code")),
            None => return Err(invalid("response_type is missing")),
        }
        if query.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(invalid("response_mode must be query"));
        }
        // A challenge is a SHA-256 digest: 43 characters of base64url (RFC 7636 §4.2). Without a method it would be `plain`.
        let challenge = query.get("code_challenge").filter(|challenge| is_256_bits(challenge));
        let challenge = challenge.filter(|_| query.get("code_challenge_method") == Some("S256"));
        let challenge = challenge
            .ok_or_else(|| invalid("code_challenge with code_challenge_method S256 is required, 43 characters of base64url"))?;
        if query.get("state").is_some_and(|state| state.len() > MAX_STATE) {
            return Err(invalid("state is too long"));
        }
        if query.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|prompt| prompt == "none")) {
            return Err(Refused::new("consent_required", "the user is asked every time"));
        }
        if !self.is_ours(query.get("resource")) {
            return Err(Refused::new("invalid_target", "the resource is not this server's"));
        }
        Ok(challenge.to_owned())
    }

    /// Shows the page. Its form is worth nothing without the cookie that is set with it.
    fn ask(&self, host: &dyn Host, parts: &Parts, client: &Client, asked: &Asked) -> Answer {
        let (id, browser) = (random(host), random(host));
        let expires = host.now().saturating_add(TRANSACTION);
        let Some(sealed) = self.keys.seal().seal::<Question>(host, asked, expires, &self.bound(&[&id, &browser])) else {
            return self.deny(host, StatusCode::FOUND, asked, &Refused::new("server_error", "the request cannot be kept"));
        };
        let choice = |upstream: &Upstream| page::Choice {
            name: upstream.kind().name(),
            label: upstream.label(),
            scopes: upstream.scopes().join(" "),
        };
        let upstreams: Vec<_> = self.upstreams.iter().map(choice).collect();
        let question = page::Question {
            client,
            redirect_uri: &asked.redirect_uri,
            scopes: &asked.scopes,
            resource: &self.resource,
            upstreams: &upstreams,
            stays: self.upstreams.iter().any(Upstream::renews),
            fields: &[("ask", id.clone()), ("request", sealed)],
        };
        let mut answer = self.pages.consent(&question);
        if self.cookies.set(&mut answer, &parts.headers, &id, &browser, TRANSACTION).is_none() {
            return self.deny(host, StatusCode::FOUND, asked, &Refused::new("server_error", "the request cannot be kept"));
        }
        answer
    }

    /// Whether a `resource` parameter names this endpoint. Without one it is meant. ChatGPT adds a query, the TypeScript SDK a
    /// slash where there is no path; nothing else is forgiven.
    pub(super) fn is_ours(&self, resource: Option<&str>) -> bool {
        let Some(resource) = resource else { return true };
        if resource.contains('#') {
            return false;
        }
        let bare = resource.split('?').next().unwrap_or_default();
        bare == self.resource || bare.strip_suffix('/') == Some(&self.resource)
    }

    /// The scopes to grant: those asked for that there are. Others are dropped: clients ask for what they know, and RFC 6749 §3.3
    /// lets a server grant other ones, which the page shows. Who asks for none that there is gets what the endpoint says a client
    /// should ask for.
    pub(super) fn scopes_for(&self, asked: Option<&str>) -> Vec<String> {
        match asked {
            None => self.scopes.clone(),
            Some(asked) => {
                let is_asked = |scope: &&String| asked.split(' ').any(|asked| asked == scope.as_str());
                let found: Vec<_> = self.scopes.iter().filter(is_asked).cloned().collect();
                if found.is_empty() { self.scopes.clone() } else { found }
            }
        }
    }
}
