//! What people read: the consent page and the error page. No script, no outside resource but the operator's logo.

mod accept;
mod consent;
mod frame;
mod problem;

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
};

use super::client::Client;
use crate::config::Config;

/// The pages of an operator.
#[derive(Debug)]
pub(super) struct Pages {
    /// The operator's name.
    name: String,
    /// URL of the operator's logo.
    logo: Option<String>,
    /// What a browser may load for our pages.
    policy: HeaderValue,
}

/// What the user is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) client: &'a Client,
    /// Where the answer will be sent.
    pub(super) redirect_uri: &'a str,
    pub(super) scopes: &'a [String],
    /// The endpoint's URL.
    pub(super) resource: &'a str,
    /// Upstreams to choose from; with one there is no choice.
    pub(super) upstreams: &'a [Choice],
    /// Access goes on after the user has left: there will be refresh tokens.
    pub(super) stays: bool,
    /// Hidden fields of the form; it is posted to `/consent`, with the field `decision` = `deny` or an upstream's name.
    pub(super) fields: &'a [(&'static str, String)],
}

/// An upstream to sign in with.
#[derive(Debug)]
pub(super) struct Choice {
    /// What its button sends.
    pub(super) name: &'static str,
    /// What its button says.
    pub(super) label: String,
    /// What we ask it for.
    pub(super) scopes: String,
}

/// What went wrong, for a person.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) status: StatusCode,
    /// The OAuth error code, for programs that read JSON.
    pub(super) error: &'static str,
    /// One sentence: what happened.
    pub(super) what: &'a str,
    /// One sentence: what to do now.
    pub(super) advice: &'a str,
    /// The log line's `reference`, so that an operator finds it.
    pub(super) reference: &'a str,
}

impl Pages {
    pub(super) fn new(config: &Config) -> Self {
        let proxy = config.proxy();
        let origin = config.endpoint().origin();
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let logo = proxy.and_then(|proxy| proxy.logo.clone());
        Self {
            name: proxy.and_then(|proxy| proxy.name.clone()).unwrap_or_else(|| host.to_owned()),
            policy: frame::policy(logo.as_deref()),
            logo,
        }
    }

    /// Asks.
    pub(super) fn consent(&self, question: &Question<'_>) -> Response<Vec<u8>> {
        self.html(StatusCode::OK, consent::page(self, question))
    }

    /// Tells: HTML where the request's `Accept` prefers it, else JSON.
    pub(super) fn problem(&self, accept: Option<&str>, problem: &Problem<'_>) -> Response<Vec<u8>> {
        match accept::prefers_html(accept) {
            true => self.html(problem.status, problem::page(self, problem)),
            false => respond(problem.status, "application/json", problem::json(problem)),
        }
    }

    fn html(&self, status: StatusCode, html: String) -> Response<Vec<u8>> {
        let mut response = respond(status, "text/html; charset=utf-8", html);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        // `Cross-Origin-Opener-Policy` is left out: web clients open us in a pop-up, and watch when it closes.
        response
    }
}

/// An answer that nobody stores, and from which no URL is passed on.
fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 4] = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
