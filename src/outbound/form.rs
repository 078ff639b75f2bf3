//! Posting a form as our client. It is built from what we know; nothing that a client sent us is passed on, but a token to be asked
//! about.

use std::time::Duration;

use http::{
    Method,
    header::{CONTENT_TYPE, HeaderValue},
};

use super::{Call, Client, Headers, Trouble, send};
use crate::host::{Fetched, Host};

/// The fields of a form.
pub(crate) type Form = Vec<(&'static str, String)>;

/// Where to post a form, and as whom.
pub(crate) struct Post<'a> {
    /// What is asked, for the log.
    pub(crate) what: &'static str,
    pub(crate) url: &'a str,
    pub(crate) client: &'a Client,
    /// What an assertion of our client is for, unless the client says otherwise.
    pub(crate) token_endpoint: &'a str,
    /// Discovery says that a secret belongs into the form.
    pub(crate) secret_in_form: bool,
    /// What a gateway asks for.
    pub(crate) headers: Headers,
    pub(crate) timeout: Duration,
}

impl Post<'_> {
    /// Sends the form, to which what authenticates us is added.
    pub(crate) async fn send(mut self, host: &dyn Host, form: &mut Form) -> Result<Fetched, Trouble> {
        self.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")));
        self.client.authenticate(host, self.token_endpoint, self.secret_in_form, form, &mut self.headers);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in form {
            body.append_pair(name, value);
        }
        let body = body.finish();
        let Self { what, url, headers, timeout, .. } = self;
        send(host, Call { what, method: Method::POST, url, headers, body: body.as_bytes(), timeout }).await
    }
}
