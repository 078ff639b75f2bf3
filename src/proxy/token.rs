//! `POST /token` (RFC 6749 §4.1.3, §6; RFC 7636 §4.5; RFC 8707 §2.2): tokens for a code or a refresh token.
//!
//! Nothing of the request reaches the upstream but the code or refresh token that we sealed ourselves: its request is built, never
//! forwarded, so no grant type and no parameter of a stranger gets there under our client's name.

use std::time::Duration;

use http::{StatusCode, request::Parts};
use serde_json::{Map, Value, json};

use super::{
    Form, Proxy,
    answer::{Answer, Refused, json, reference, refuse},
    artefact::{AuthCode, CODE, Digest, Name, Refresh, Renewal, Unredeemed, grant_of, s256},
    client::ClientError,
    issue::{ACCESS, Issue, Replay, last_refresh},
    ledger::{Attempt, Ledger, Turn, WINDOW},
    upstream::{Redeem, Trouble, Upstream},
};
use crate::{
    host::{Host, StoreError},
    log::{self, Level},
};

/// How often, and how long each time, a second request waits for the first one with the same refresh token.
const WAITS: u32 = 15;
const WAIT: Duration = Duration::from_millis(200);

/// What to do with a refresh token, by the ledger.
enum Go {
    /// It is our turn to ask the upstream.
    Ahead(Attempt),
    /// Another request asked a moment ago: with its answer.
    Home(Value),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::new("temporarily_unavailable", "try again").because(error.to_string())
    }
}

impl Proxy {
    pub(super) async fn token(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Answer {
        match self.tokens(host, parts, body).await {
            Ok(tokens) => json(StatusCode::OK, &tokens),
            Err(refused) => refuse(host, "token_refused", &refused),
        }
    }

    async fn tokens(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Result<Value, Refused> {
        let form = super::form::of_body(&parts.headers, body)?;
        let grant_type = form.get("grant_type").ok_or_else(|| Refused::new("invalid_request", "grant_type is missing"))?;
        if !["authorization_code", "refresh_token"].contains(&grant_type) {
            return Err(Refused::new("unsupported_grant_type", "grant_type must be authorization_code or refresh_token"));
        }
        let client = self.client_of(host, parts, &form)?;
        if !self.is_ours(form.get("resource")) {
            return Err(Refused::new("invalid_target", "the resource is not this server's"));
        }
        let tokens = match grant_type {
            "authorization_code" => self.redeem(host, &client, &form).await?,
            _ => self.renew(host, &client, &form).await?,
        };
        log::event(
            host,
            Level::Info,
            "tokens_issued",
            &[("grant_type", json!(grant_type)), ("reference", json!(reference(host)))],
        );
        Ok(tokens)
    }

    /// The client that asks, authenticated as it registered.
    pub(super) fn client_of(&self, host: &dyn Host, parts: &Parts, form: &Form) -> Result<String, Refused> {
        self.clients.authenticate(&parts.headers, form, host.now()).map_err(|error| {
            let reason = match error {
                ClientError::Unknown => "unknown, or not authenticated as it registered".to_owned(),
                ClientError::Unavailable(reason) => reason,
            };
            Refused::new("invalid_client", "the client is not known here; register again").because(reason)
        })
    }

    async fn redeem(&self, host: &dyn Host, client: &str, form: &Form) -> Result<Value, Refused> {
        let code = form.get("code").ok_or_else(|| Refused::new("invalid_request", "code is missing"))?;
        let opened = self.keys.seal().open::<AuthCode>(code, host.now(), &self.bound(&[]));
        let unredeemed = opened.map_err(|error| not_valid(error.to_string()))?;
        check(client, form, &unredeemed)?;
        let grant = grant_of(code);
        let now = host.now();
        let upstream = self.upstream(unredeemed.upstream)?;
        let redeem = Redeem {
            code: &unredeemed.code,
            code_verifier: &unredeemed.seed.code_verifier(),
            nonce: &unredeemed.seed.nonce(),
            callback: &self.callback,
            resource: &self.resource,
        };
        let granted = match upstream.redeem(host, redeem).await {
            Ok(granted) => granted,
            Err(trouble) => {
                if matches!(trouble, Trouble::Refused(_)) {
                    came_back(host, &grant).await?;
                }
                return Err(trouble.into());
            }
        };
        let until = if granted.keep.is_some() { last_refresh(now) } else { now.saturating_add(ACCESS) };
        let scopes = unredeemed.scopes;
        let issue = Issue { client, scopes, narrowed: None, grant: grant.clone(), generation: 0, since: now, upstream, granted };
        let answer = Value::Object(self.issue(host, issue)?);
        if let Some(store) = host.store() {
            let ledger = Ledger::new(store);
            if !ledger.spend(&grant, now.saturating_add(2 * CODE), now).await? {
                ledger.revoke(&grant, last_refresh(now), now).await?;
                return Err(not_valid("the code was spent before, and the upstream did not notice"));
            }
            ledger.begin(&grant, until, now).await?;
        }
        Ok(answer)
    }

    async fn renew(&self, host: &dyn Host, client: &str, form: &Form) -> Result<Value, Refused> {
        let token = form.get("refresh_token").ok_or_else(|| Refused::new("invalid_request", "refresh_token is missing"))?;
        let opened = self.keys.seal().open::<Refresh>(token, host.now(), &self.bound(&[]));
        let renewal = opened.map_err(|error| not_valid(error.to_string()))?;
        if renewal.client != Digest::of(client) {
            return Err(not_valid("the refresh token is another client's"));
        }
        let upstream = self.upstream(renewal.upstream)?;
        let narrowed = form.get("scope").map(|scopes| scopes.split(' ').map(str::to_owned).collect::<Vec<_>>());
        if narrowed.as_ref().is_some_and(|narrowed| !renewal.scopes.iter().any(|scope| narrowed.contains(scope))) {
            return Err(Refused::new("invalid_scope", "none of these scopes was granted"));
        }
        let Some(store) = host.store() else { return self.ask_again(host, client, upstream, renewal, narrowed).await };
        let ledger = Ledger::new(store);
        if ledger.is_revoked(&renewal.grant).await? {
            return Err(not_valid("the grant was revoked"));
        }
        loop {
            let (grant, generation) = (renewal.grant.as_str(), renewal.generation);
            let attempt = match self.take_turn(host, &ledger, grant, generation).await? {
                Go::Ahead(attempt) => attempt,
                Go::Home(answer) => return Ok(answer),
            };
            match self.ask_again(host, client, upstream, renewal.clone(), narrowed.clone()).await {
                Ok(answer) => {
                    let (now, binding) = (host.now(), self.bound(&[grant, &generation.to_string()]));
                    let sealed = self.keys.seal().seal::<Replay>(host, &answer.to_string(), now.saturating_add(WINDOW), &binding);
                    let sealed = sealed.unwrap_or_default();
                    if ledger.finish(grant, generation, &sealed, last_refresh(now), now).await? {
                        return Ok(answer);
                    }
                    // We were too slow, and somebody else's answer is the one.
                }
                Err(refused) => {
                    if refused.error != "invalid_grant" {
                        ledger.give_back(grant, generation, attempt).await?;
                    }
                    return Err(refused);
                }
            }
        }
    }

    /// Our turn with a refresh token; or the answer that another request was given a moment ago.
    async fn take_turn(&self, host: &dyn Host, ledger: &Ledger<'_>, grant: &str, generation: u64) -> Result<Go, Refused> {
        for _ in 0..WAITS {
            match ledger.take_turn(grant, generation, host.now()).await? {
                Turn::First(attempt) => return Ok(Go::Ahead(attempt)),
                Turn::Wait => host.sleep(WAIT).await,
                Turn::Replay(sealed) => {
                    let binding = self.bound(&[grant, &generation.to_string()]);
                    let opened = self.keys.seal().open::<Replay>(&sealed, host.now(), &binding);
                    let answer = opened.ok().and_then(|answer| serde_json::from_str(&answer).ok());
                    return answer.map(Go::Home).ok_or_else(|| not_valid("the successor cannot be read"));
                }
                Turn::Lost => return Err(not_valid("the store knows nothing of this grant")),
                Turn::Reused => {
                    let now = host.now();
                    ledger.revoke(grant, last_refresh(now), now).await?;
                    return Err(not_valid("the refresh token was used before: its whole family is revoked"));
                }
            }
        }
        Err(Refused::new("temporarily_unavailable", "another request with this refresh token is underway; try again"))
    }

    /// Asks the upstream whether the user may still enter: who was removed there gets no new tokens here.
    async fn ask_again(
        &self,
        host: &dyn Host,
        client: &str,
        upstream: &Upstream,
        renewal: Renewal,
        narrowed: Option<Vec<String>>,
    ) -> Result<Value, Refused> {
        let mut granted = upstream.renew(host, &renewal.keep, &renewal.subject).await?;
        remember(&mut granted.claims, renewal.claims);
        if granted.subject != renewal.subject {
            return Err(Trouble::Refused("the upstream answered for another user".to_owned()).into());
        }
        let issue = Issue {
            client,
            scopes: renewal.scopes,
            narrowed,
            grant: renewal.grant,
            generation: renewal.generation.saturating_add(1),
            since: renewal.since,
            upstream,
            granted,
        };
        Ok(Value::Object(self.issue(host, issue)?))
    }

    fn upstream(&self, Name(kind): Name) -> Result<&Upstream, Refused> {
        let found = self.upstreams.iter().find(|upstream| upstream.kind() == kind);
        found.ok_or_else(|| not_valid(format!("{} is not used here any more", kind.name())))
    }
}

/// A code that the upstream does not take, although it is ours: if it was redeemed before, somebody has a copy, and what was
/// issued for it is taken back (RFC 6749 §4.1.2). Only a sign-in that succeeded leaves something to take back.
async fn came_back(host: &dyn Host, grant: &str) -> Result<(), Refused> {
    let Some(store) = host.store() else { return Ok(()) };
    let (ledger, now) = (Ledger::new(store), host.now());
    if ledger.knows(grant).await? {
        ledger.revoke(grant, last_refresh(now), now).await?;
    }
    Ok(())
}

/// Not every upstream repeats who it is. How the user is called and reached stays; what somebody may do by it (groups, roles,
/// tenants) is what was said last.
fn remember(claims: &mut Map<String, Value>, before: Map<String, Value>) {
    let has_email = claims.contains_key("email");
    for (name, value) in before {
        let stays = match name.as_str() {
            "email" | "email_verified" => !has_email,
            "name" | "preferred_username" | "picture" => !claims.contains_key(&name),
            _ => false,
        };
        if stays {
            claims.insert(name, value);
        }
    }
}

/// One answer to every fault of a code or refresh token: whoever made it up learns nothing.
fn not_valid(reason: impl Into<String>) -> Refused {
    Refused::new("invalid_grant", "the code or refresh token is not valid; sign in again").because(reason)
}

/// Whether a code belongs to this request. All of it is checked before the upstream hears of it.
fn check(client: &str, form: &Form, code: &Unredeemed) -> Result<(), Refused> {
    if code.client != Digest::of(client) {
        return Err(not_valid("the code is another client's"));
    }
    // OAuth 2.1 clients may leave it out: the code is bound to the verifier anyway. Who sends one must send the same.
    if form.get("redirect_uri").is_some_and(|uri| code.redirect_uri != Digest::of(uri)) {
        return Err(not_valid("the redirect_uri is not that of the authorization request"));
    }
    let verifier = form.get("code_verifier").ok_or_else(|| Refused::new("invalid_request", "code_verifier is missing"))?;
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_one = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    if is_one && s256(verifier) == code.challenge { Ok(()) } else { Err(not_valid("the code_verifier does not fit")) }
}
