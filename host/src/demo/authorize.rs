//! The authorization endpoint and the decision of its user (RFC 6749 §4.1, RFC 7636, RFC 9207).

use bytes::Bytes;
use http::header::{COOKIE, ORIGIN};
use http::{Request, StatusCode};

use super::clients::Client;
use super::grants::Pending;
use super::issuer::{Issuer, PREFIX, Params, has_type};
use super::metadata::SCOPES;
use super::reply::{self, Reply};
use super::{USERS, page, random, redirect};

/// Seconds the page's cookie lives: as long as the request it belongs to.
const COOKIE_AGE: u64 = 600;
/// Bytes of a `state` or `nonce`, which are kept for the client.
const MAX_ECHO: usize = 4096;

/// An error the client learns (RFC 6749 §4.1.2.1).
type Problem = (&'static str, &'static str);

impl Issuer {
    /// `GET /oauth/authorize`: shows the page, or says why not. Where the client or its address is in doubt, only the human
    /// is told: redirecting would make this an open redirector.
    pub(super) fn authorize(&self, request: &Request<Bytes>) -> Reply {
        let params = match Params::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            Ok(params) => params,
            Err(name) => return problem(&format!("The parameter “{name}” comes twice.")),
        };
        let Some(client) = params.get("client_id").and_then(|id| self.clients().get(id)) else {
            return problem(
                "This client is not registered here. The demo forgets its clients when it stops: remove the connection in \
                 your client (or clear its authentication) and connect again.",
            );
        };
        let Some(redirect_uri) = params.get("redirect_uri").filter(|uri| client.may_redirect_to(uri)) else {
            return problem("The client asked to be answered at an address that it did not register (redirect_uri).");
        };
        match self.ask(&params, &client, redirect_uri) {
            Ok(page) => page,
            // Anybody can register, so what is registered proves nothing: a link to here that goes on to any page would let
            // that page borrow our address (RFC 9700 §4.11.2). An app on this computer is told.
            Err((_, description)) if redirect::is_on_the_web(redirect_uri) => {
                reply::html(StatusCode::BAD_REQUEST, page::refused(description, redirect_uri))
            }
            Err((error, description)) => {
                self.tell(redirect_uri, params.get("state"), &[("error", error), ("error_description", description)])
            }
        }
    }

    fn ask(&self, params: &Params, client: &Client, redirect_uri: &str) -> Result<Reply, Problem> {
        check(params)?;
        let scope = granted(params.text("scope"));
        let browser = random::secret();
        let pending = Pending {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            state: params.get("state").map(str::to_owned),
            challenge: params.text("code_challenge").to_owned(),
            scope: scope.clone(),
            nonce: params.get("nonce").map(str::to_owned),
            browser: browser.clone(),
        };
        let handle = self.grants().ask(pending, self.now());
        let page = reply::html(StatusCode::OK, page::consent(client, redirect_uri, &scope, &handle));
        Ok(reply::cookie(page, &cookie_name(&handle), &browser, &cookie_path(), COOKIE_AGE))
    }

    /// `POST /oauth/consent`: the button the user pressed.
    pub(super) fn consent(&self, request: &Request<Bytes>) -> Reply {
        let params =
            if has_type(request, "application/x-www-form-urlencoded") { Params::parse(request.body()).ok() } else { None };
        let Some(params) = params.filter(|_| self.is_own_page(request)) else {
            return problem("This does not come from the sign-in page.");
        };
        let handle = params.text("request");
        let user = USERS.into_iter().find(|user| user.key == params.text("decision"));
        if user.is_none() && params.text("decision") != "deny" {
            return problem("This is neither a user nor “deny”.");
        }
        // The cookie proves that this browser was shown the page: a foreign site can send the form but not the cookie's value,
        // and cannot make this browser decide about a request that was started elsewhere.
        let browser = cookie(request, &cookie_name(handle)).unwrap_or_default();
        let now = self.now();
        let mut grants = self.grants();
        let Some(pending) = grants.decide(handle, browser, now) else {
            return problem("This sign-in is over: it was decided, or ten minutes have passed. Start again in your client.");
        };
        let (redirect_uri, state) = (pending.redirect_uri.clone(), pending.state.clone());
        let reply = match user {
            Some(user) => {
                let code = grants.allow(pending, user, now);
                self.tell(&redirect_uri, state.as_deref(), &[("code", &code)])
            }
            None => {
                let denied = [("error", "access_denied"), ("error_description", "the user declined")];
                self.tell(&redirect_uri, state.as_deref(), &denied)
            }
        };
        reply::cookie(reply, &cookie_name(handle), "", &cookie_path(), 0)
    }

    /// Sends the browser to the client with the outcome, its `state`, and who we are: `iss` in good and bad outcomes alike
    /// (RFC 9207 §2).
    fn tell(&self, redirect_uri: &str, state: Option<&str>, outcome: &[(&str, &str)]) -> Reply {
        let mut fields = outcome.to_vec();
        fields.extend(state.map(|state| ("state", state)));
        fields.push(("iss", &self.id));
        reply::redirect(&redirect::with_query(redirect_uri, &fields))
    }

    /// Browsers say where a form comes from; other programs need not.
    fn is_own_page(&self, request: &Request<Bytes>) -> bool {
        let headers = request.headers();
        let origin = headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == self.origin.as_bytes());
        let site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
        origin && site
    }
}

fn check(params: &Params) -> Result<(), Problem> {
    if params.get("response_type").is_none() {
        return Err(("invalid_request", "response_type is missing"));
    }
    if params.text("response_type") != "code" {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "response_mode must be query"));
    }
    // A challenge is a SHA-256 digest: 43 characters of base64url (RFC 7636 §4.2).
    let challenge = params.text("code_challenge");
    if params.text("code_challenge_method") != "S256"
        || challenge.len() != 43
        || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return Err(("invalid_request", "PKCE with code_challenge_method S256 is required"));
    }
    if params.text("state").len() > MAX_ECHO || params.text("nonce").len() > MAX_ECHO {
        return Err(("invalid_request", "state or nonce is too long"));
    }
    if params.text("prompt").split(' ').any(|prompt| prompt == "none") {
        return Err(("login_required", "nobody is signed in here between requests"));
    }
    Ok(())
}

/// What is granted of the scopes asked for: those there are (RFC 6749 §3.3 allows less than was asked), `email` when there is
/// none, Supabase's default.
fn granted(asked: &str) -> String {
    let scopes: Vec<&str> = SCOPES.iter().copied().filter(|scope| asked.split(' ').any(|asked| asked == *scope)).collect();
    if scopes.is_empty() { "email".to_owned() } else { scopes.join(" ") }
}

/// One cookie per request, so that sign-ins in two tabs do not disturb each other.
fn cookie_name(handle: &str) -> String {
    format!("latch_demo_{handle}")
}

fn cookie_path() -> String {
    format!("{PREFIX}/oauth")
}

fn cookie<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    let all = request.headers().get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    all.flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|pair| pair.0 == name)
        .map(|pair| pair.1)
}

fn problem(text: &str) -> Reply {
    reply::html(StatusCode::BAD_REQUEST, page::problem(text))
}
