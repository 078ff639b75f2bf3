//! `POST /consent`: the button that was pressed.
//!
//! The form holds the sealed question; the cookie that was set with the page holds what it is bound to. A foreign page can send a
//! form, but not one that fits this browser's cookie, and cannot read the cookie to make one.

use http::{HeaderMap, StatusCode, header::ORIGIN, request::Parts};

use super::{
    Form, Proxy,
    answer::{Answer, Refused, redirect},
    artefact::{Asked, Name, Question, Seed, TRANSACTION, Transaction, Underway, is_256_bits},
    authorize::START_AGAIN,
    client::ClientError,
    upstream::{Request, Upstream},
};
use crate::host::Host;

impl Proxy {
    pub(super) async fn consent(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Answer {
        let (Ok(form), true) = (Form::parse(body), self.is_own_page(&parts.headers)) else {
            let refused = Refused::new("invalid_request", "this does not come from our page");
            return self.page(host, parts, &refused, START_AGAIN);
        };
        let ask = form.get("ask").filter(|ask| is_256_bits(ask)).unwrap_or_default();
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
            Ok(_) => return self.no_client(host, parts, ClientError::Unknown),
            Err(error) => return self.no_client(host, parts, error),
        }
        let decision = form.get("decision").unwrap_or_default();
        let upstream = self.upstreams.iter().find(|upstream| upstream.kind().name() == decision);
        let refused = match upstream {
            Some(upstream) => match self.leave(host, parts, upstream, &asked, ask).await {
                // The transaction is in the place of what the page was bound to: it cannot be answered again.
                Ok(answer) => return answer,
                Err(refused) => refused,
            },
            None if decision == "deny" => Refused::new("access_denied", "the user declined"),
            None => {
                let refused = Refused::new("invalid_request", "this is no answer that the page offers");
                return self.page(host, parts, &refused, START_AGAIN);
            }
        };
        let mut answer = self.deny(host, StatusCode::SEE_OTHER, &asked, &refused);
        self.cookies.remove(&mut answer, ask);
        answer
    }

    /// Sends the browser to the upstream. `state` was drawn for the page, and is worth nothing before the transaction is in the
    /// cookie of its name: only now, after the yes, and right before the browser leaves.
    async fn leave(
        &self,
        host: &dyn Host,
        parts: &Parts,
        upstream: &Upstream,
        asked: &Asked,
        state: &str,
    ) -> Result<Answer, Refused> {
        let seed = Seed::new(host);
        let request = Request {
            callback: &self.callback,
            state,
            code_challenge: &seed.code_challenge(),
            nonce: &seed.nonce(),
            resource: &self.resource,
        };
        let url = upstream.authorize_url(host, request).await.map_err(|trouble| Refused::from(trouble).of(upstream))?;
        let underway = Underway { asked: asked.clone(), upstream: Name(upstream.kind()), seed };
        let expires = host.now().saturating_add(TRANSACTION);
        let sealed = self.keys.seal().seal::<Transaction>(host, &underway, expires, &self.bound(&[state]));
        let mut answer = redirect(StatusCode::SEE_OTHER, &url);
        let kept = sealed.and_then(|sealed| self.cookies.set(&mut answer, &parts.headers, state, &sealed, TRANSACTION));
        kept.map(|()| answer).ok_or_else(|| Refused::new("invalid_request", "the request is too large to be kept"))
    }

    /// Browsers say where a form comes from; other programs need not. Our page sends no referrer, and so its form's `Origin` is
    /// `null` (WHATWG Fetch, "append a request `Origin` header").
    fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(ORIGIN).is_none_or(|origin| origin == self.issuer.as_str() || origin == "null");
        let site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
        origin && site
    }
}
