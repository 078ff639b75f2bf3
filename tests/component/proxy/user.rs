//! A client, and the browser of its user.

use std::{cell::RefCell, collections::BTreeMap};

use mcp_latch_host::client::{self, Reply};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use crate::{
    bench::{Bench, Setup},
    mint::b64,
    upstream::{Upstream, pairs},
};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:33418/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An endpoint in front of a fake provider.
pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) upstream: Upstream,
}

/// A browser: it keeps cookies and follows nothing by itself.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What a consent page holds.
pub(crate) struct Page {
    pub(crate) ask: String,
    pub(crate) request: String,
    pub(crate) reply: Reply,
}

pub(crate) async fn world() -> World {
    start(Setup::proxy().await).await
}

pub(crate) async fn start(setup: Setup) -> World {
    let upstream = Upstream::on(setup.issuer());
    World { bench: setup.start().await, upstream }
}

impl Browser {
    fn remember(&self, reply: &Reply) {
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn cookies(&self) -> String {
        self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn cookie_names(&self) -> Vec<String> {
        self.cookies.borrow().keys().cloned().collect()
    }

    pub(crate) async fn get(&self, url: &str) -> Reply {
        let reply = client::get(url).header("cookie", self.cookies()).header("accept", "text/html").send().await.unwrap();
        self.remember(&reply);
        reply
    }

    pub(crate) async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from(url, fields, "same-origin").await
    }

    /// Posts from a page of this or another site.
    pub(crate) async fn post_from(&self, url: &str, fields: &[(&str, &str)], site: &str) -> Reply {
        self.post_with(url, fields, &[("origin", "null"), ("sec-fetch-site", site)]).await
    }

    /// Posts with the headers that some browser sends.
    pub(crate) async fn post_with(&self, url: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let mut call = client::post(url).header("cookie", self.cookies());
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let reply = call.form(fields.iter().copied()).send().await.unwrap();
        self.remember(&reply);
        reply
    }
}

impl World {
    /// Registers a client with these redirect URIs; its `client_id` comes back.
    pub(crate) async fn register(&self, redirect_uris: &[&str]) -> String {
        let body = json!({ "client_name": "Test client", "redirect_uris": redirect_uris });
        let reply = client::post(self.bench.url("/register")).json(&body).send().await.unwrap();
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json::<Value>().unwrap()["client_id"].as_str().unwrap().to_owned()
    }

    /// A good authorization request, with parameters replaced; an empty one is removed.
    pub(crate) fn authorize_url(&self, client_id: &str, changes: &[(&str, &str)]) -> String {
        let challenge = b64(Sha256::digest(VERIFIER));
        let resource = self.bench.endpoint();
        let good = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
            ("state", "client-state"),
            ("scope", "notes:read"),
            ("resource", &resource),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<(&str, &str)> = good.to_vec();
        for (name, value) in changes {
            all.retain(|(other, _)| other != name);
            if !value.is_empty() {
                all.push((name, value));
            }
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        self.bench.url(&format!("/authorize?{query}"))
    }

    /// Opens the consent page.
    pub(crate) async fn page(&self, browser: &Browser, url: &str) -> Page {
        let reply = browser.get(url).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let text = reply.text();
        let field = |name: &str| {
            let tag =
                text.split('<').find(|tag| tag.contains(&format!("name=\"{name}\""))).unwrap_or_else(|| panic!("no {name}"));
            tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        Page { ask: field("ask"), request: field("request"), reply }
    }

    /// Presses a button.
    pub(crate) async fn decide(&self, browser: &Browser, page: &Page, decision: &str) -> Reply {
        let fields = [("ask", page.ask.as_str()), ("request", page.request.as_str()), ("decision", decision)];
        browser.post(&self.bench.url("/consent"), &fields).await
    }

    /// From the page to the client: where the browser is sent in the end.
    pub(crate) async fn sign_in(&self, browser: &Browser, url: &str) -> Reply {
        let page = self.page(browser, url).await;
        let there = self.decide(browser, &page, "oidc").await;
        assert_eq!(there.status, 303, "{}", there.text());
        let back = client::get(location(&there)).send().await.unwrap();
        browser.get(&location(&back)).await
    }

    /// A code for a client.
    pub(crate) async fn code(&self, client_id: &str) -> String {
        let reply = self.sign_in(&Browser::default(), &self.authorize_url(client_id, &[])).await;
        assert_eq!(reply.status, 302, "{}", reply.text());
        answered(&reply)["code"].clone()
    }

    /// A request to the token endpoint.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Reply {
        client::post(self.bench.url("/token")).form(fields.iter().copied()).send().await.unwrap()
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Reply {
        let endpoint = self.bench.endpoint();
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT),
            ("resource", &endpoint),
        ])
        .await
    }

    /// Renews.
    pub(crate) async fn refresh(&self, client_id: &str, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", token)]).await
    }

    /// All of it: the token endpoint's answer.
    pub(crate) async fn tokens(&self, client_id: &str) -> Value {
        let code = self.code(client_id).await;
        let reply = self.redeem(client_id, &code).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json().unwrap()
    }
}

pub(crate) fn location(reply: &Reply) -> String {
    reply.header("location").unwrap_or_else(|| panic!("{} {}", reply.status, reply.text())).to_owned()
}

/// The parameters of the answer that a client is sent.
pub(crate) fn answered(reply: &Reply) -> std::collections::HashMap<String, String> {
    let url = Url::parse(&location(reply)).unwrap();
    pairs(url.query().unwrap_or_default().as_bytes())
}

/// A text member.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
