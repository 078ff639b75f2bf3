//! What people read: the consent page and the error page. No script, no outside resource but the operator's logo.

use http::{Response, StatusCode};

use super::client::Client;
use crate::config::Config;

/// The pages of an operator.
#[derive(Debug)]
pub(super) struct Pages {}

/// What the user is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) client: &'a Client,
    /// Where the answer will be sent.
    pub(super) redirect_uri: &'a str,
    pub(super) scopes: &'a [String],
    /// The endpoint's URL.
    pub(super) resource: &'a str,
    /// Upstreams to choose from, name and label; with one there is no choice.
    pub(super) upstreams: &'a [(&'static str, String)],
    /// Hidden fields of the form; it is posted to `/consent`, with the field `decision` = `deny` or an upstream's name.
    pub(super) fields: &'a [(&'static str, String)],
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
    pub(super) fn new(_config: &Config) -> Self {
        Self {}
    }

    /// Asks.
    pub(super) fn consent(&self, _question: &Question<'_>) -> Response<Vec<u8>> {
        Response::new(Vec::new())
    }

    /// Tells: HTML where the request's `Accept` takes it, else JSON.
    pub(super) fn problem(&self, _accept: Option<&str>, _problem: &Problem<'_>) -> Response<Vec<u8>> {
        Response::new(Vec::new())
    }
}
