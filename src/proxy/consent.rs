//! `POST /consent`: the button that was pressed.
//!
//! The form holds the sealed question; the cookie that was set with the page holds what it is bound to. A foreign page can send a
//! form, but not one that fits this browser's cookie, and cannot read the cookie to make one.

use http::{HeaderMap, StatusCode, header::ORIGIN, request::Parts};

use super::{
    Form, Proxy,
    answer::{Answer, Refused, redirect},
    artefact::{Name, Question, Seed, TRANSACTION, Transaction, Underway},
    authorize::START_AGAIN,
    cookie::is_id,
    upstream::Request,
};
use crate::host::Host;

impl Proxy {
    pub(super) async fn consent(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Answer {
        let (Ok(form), true) = (Form::parse(body), self.is_own_page(&parts.headers)) else {
            let refused = Refused::new("invalid_request", "this does not come from our page");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        let ask = form.get("ask").filter(|ask| is_id(ask)).unwrap_or_default();
        let browser = self.cookies.get(&parts.headers, ask).unwrap_or_default();
        let request = form.get("request").unwrap_or_default();
        let opened = self.keys.seal().open::<Question>(request, host.now(), &self.bound(&[ask, browser]));
        let (Ok(asked), false) = (opened, browser.is_empty()) else {
            let refused =
                Refused::new("invalid_request", "this page was answered already, is too old, or belongs to another browser");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        // The client may have been taken off the list while the page was open.
        match self.clients.find(host, &asked.client).await {
            Ok(client) if client.may_redirect_to(&asked.redirect_uri) => {}
            Ok(_) => return self.no_client(host, parts, super::client::ClientError::Unknown),
            Err(error) => return self.no_client(host, parts, error),
        }
        let decision = form.get("decision").unwrap_or_default();
        let mut answer = match self.upstreams.iter().find(|upstream| upstream.kind().name() == decision) {
            Some(upstream) => {
                // Drawn for this page, and worth nothing before the transaction is in the cookie of its name.
                let (seed, state) = (Seed::new(host), ask);
                let request = Request {
                    callback: &self.callback,
                    state,
                    code_challenge: &seed.code_challenge(),
                    nonce: &seed.nonce(),
                    resource: &self.resource,
                };
                let url = upstream.authorize_url(host, request).await;
                let underway = Underway { asked, upstream: Name(upstream.kind()), seed };
                let expires = host.now().saturating_add(TRANSACTION);
                let sealed = self.keys.seal().seal::<Transaction>(host, &underway, expires, &self.bound(&[state]));
                let asked = &underway.asked;
                match (url, sealed) {
                    (Ok(url), Some(sealed)) => {
                        // Only now, after the yes, and right before the browser leaves.
                        let mut answer = redirect(StatusCode::SEE_OTHER, &url);
                        match self.cookies.set(&mut answer, &parts.headers, state, &sealed, TRANSACTION) {
                            // In the place of what the page was bound to: it cannot be answered again.
                            Some(()) => return answer,
                            None => self.deny(host, StatusCode::SEE_OTHER, asked, &too_large()),
                        }
                    }
                    (Err(trouble), _) => self.deny(host, StatusCode::SEE_OTHER, asked, &Refused::from(trouble).of(upstream)),
                    (_, None) => self.deny(host, StatusCode::SEE_OTHER, asked, &too_large()),
                }
            }
            None if decision == "deny" => {
                self.deny(host, StatusCode::SEE_OTHER, &asked, &Refused::new("access_denied", "the user declined"))
            }
            None => {
                let refused = Refused::new("invalid_request", "this is no answer that the page offers");
                return self.page(host, parts, &refused, START_AGAIN);
            }
        };
        self.cookies.remove(&mut answer, ask);
        answer
    }

    /// Browsers say where a form comes from; other programs need not. Our page sends no referrer, and so its form's `Origin` is
    /// `null` (WHATWG Fetch, "append a request `Origin` header").
    fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(ORIGIN).is_none_or(|origin| origin == self.issuer.as_str() || origin == "null");
        let site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
        origin && site
    }
}

fn too_large() -> Refused {
    Refused::new("invalid_request", "the request is too large to be kept")
}
