//! The tokens: how they are made, and how they are opened again.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    Proxy,
    answer::Refused,
    artefact::{Access, Admission, Digest, Name, Refresh, Renewal},
    ledger::Ledger,
    upstream::{Grant, Upstream},
};
use crate::{
    config::TokenFormat,
    host::{Host, UnixTime},
    identity::{Explanation, Identity, Refusal},
    jose::{Compact, MAX_TOKEN_BYTES},
    log::{self, Level},
    seal::{Purpose, Unsealed},
};

/// Most seconds that an access token lives. The user's leave is asked for again after that.
pub(super) const ACCESS: u64 = 15 * 60;
/// Seconds that a refresh token lives unused, and all of its family together.
const IDLE: u64 = 30 * 24 * 60 * 60;
const ABSOLUTE: u64 = 90 * 24 * 60 * 60;
/// The latter where nobody notices that a refresh token is used twice: no store, and an upstream that does not rotate.
const UNWATCHED: u64 = 24 * 60 * 60;

/// The claim of a signed token that only we can read.
const SEALED: &str = "latch";

/// What tokens are made of.
pub(super) struct Issue<'a> {
    pub(super) client: &'a str,
    pub(super) scopes: Vec<String>,
    /// Scopes that the client wants this time.
    pub(super) narrowed: Option<Vec<String>>,
    pub(super) grant: String,
    pub(super) generation: u64,
    pub(super) since: UnixTime,
    pub(super) upstream: &'a Upstream,
    pub(super) granted: Grant,
}

/// An answer of the token endpoint, kept for whoever asks a second time right away.
pub(super) enum Replay {}

impl Purpose for Replay {
    const NAME: &'static str = "proxy replay";
    type Content = String;
}

/// When the last refresh token of a family that lives now is of no use any more.
pub(super) const fn last_refresh(now: UnixTime) -> UnixTime {
    now.saturating_add(ABSOLUTE)
}

impl Proxy {
    /// The answer of the token endpoint (RFC 6749 §5.1).
    pub(super) fn issue(&self, host: &dyn Host, issue: Issue<'_>) -> Result<Map<String, Value>, Refused> {
        let Issue { client, mut scopes, narrowed, grant, generation, since, upstream, granted } = issue;
        let now = host.now();
        let expires_at = granted.expires_at.unwrap_or(UnixTime::MAX).min(now.saturating_add(ACCESS));
        if expires_at <= now {
            let reason = "the upstream's token has expired already";
            return Err(Refused::new("invalid_grant", "the grant is not valid any more; sign in again").because(reason));
        }
        // The operator may have removed one since.
        scopes.retain(|scope| self.scopes.contains(scope));
        // A scope of ours that we asked the upstream for by the same name is granted if it was granted there.
        if let Some(there) = &granted.scopes {
            scopes.retain(|scope| !upstream.scopes().contains(scope) || there.contains(scope));
        }
        let renewal = granted.keep.as_ref().map(|keep| Renewal {
            client: Digest::of(client),
            subject: granted.subject.clone(),
            scopes: scopes.clone(),
            grant: grant.clone(),
            generation,
            since,
            upstream: Name(upstream.kind()),
            keep: keep.expose().to_owned(),
            claims: granted.claims.clone(),
        });
        if let Some(narrowed) = narrowed {
            scopes.retain(|scope| narrowed.contains(scope));
        }
        let admission = Admission {
            client: client.to_owned(),
            subject: granted.subject,
            scope: scopes.join(" "),
            grant,
            upstream: Name(upstream.kind()),
            issued_at: now,
            expires_at,
            claims: granted.claims,
            token: self.keeps_tokens.then(|| granted.access_token.expose().to_owned()),
        };
        let failed = || Refused::new("server_error", "the tokens cannot be made");
        let mut answer = Map::new();
        let token = self.access_token(host, &admission).ok_or_else(failed)?;
        if token.len() > MAX_TOKEN_BYTES {
            // We would not take it ourselves.
            return Err(
                failed().because(format!("with the upstream's inside, the access token would have {} bytes", token.len()))
            );
        }
        answer.insert("access_token".into(), json!(token));
        answer.insert("token_type".into(), json!("Bearer"));
        answer.insert("expires_in".into(), json!(expires_at - now));
        if let Some(renewal) = renewal {
            let last = self.last_use(host, upstream, now, since);
            if last > now {
                let token = self.keys.seal().seal::<Refresh>(host, &renewal, last, &self.bound(&[]));
                answer.insert("refresh_token".into(), json!(token.ok_or_else(failed)?));
            }
        }
        if !admission.scope.is_empty() {
            answer.insert("scope".into(), json!(admission.scope));
        }
        let fields = [
            ("upstream", json!(upstream.kind().name())),
            ("subject", json!(admission.subject)),
            ("grant", json!(admission.grant)),
            ("generation", json!(generation)),
            ("scope", json!(admission.scope)),
        ];
        log::event(host, Level::Info, "tokens_issued", &fields);
        Ok(answer)
    }

    /// When a refresh token that is made now is of no use any more.
    fn last_use(&self, host: &dyn Host, upstream: &Upstream, now: UnixTime, since: UnixTime) -> UnixTime {
        let (idle, absolute) =
            if upstream.rotates() || host.store().is_some() { (IDLE, ABSOLUTE) } else { (UNWATCHED, UNWATCHED) };
        now.saturating_add(idle).min(since.saturating_add(absolute))
    }

    fn access_token(&self, host: &dyn Host, admission: &Admission) -> Option<String> {
        let expires = admission.expires_at;
        let Some(key) = &self.sign else {
            return self.keys.seal().seal::<Access>(host, admission, expires, &self.bound(&[]));
        };
        let mut id = [0; 16];
        host.random(&mut id);
        let id = URL_SAFE_NO_PAD.encode(id);
        // RFC 9068 §2.2. What other resource servers need not know is sealed.
        let mut claims = self.claims(admission);
        claims.insert("jti".into(), json!(id));
        claims.insert(SEALED.into(), json!(self.keys.seal().seal::<Access>(host, admission, expires, &self.bound(&[&id]))?));
        Some(key.sign("at+jwt", &claims))
    }

    /// The claims that RFC 9068 §2.2 names.
    fn claims(&self, admission: &Admission) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("iss".into(), json!(self.issuer));
        claims.insert("sub".into(), json!(admission.subject));
        claims.insert("aud".into(), json!(self.resource));
        claims.insert("client_id".into(), json!(admission.client));
        claims.insert("iat".into(), json!(admission.issued_at));
        claims.insert("exp".into(), json!(admission.expires_at));
        if !admission.scope.is_empty() {
            claims.insert("scope".into(), json!(admission.scope));
        }
        claims
    }

    /// Lets the bearer of one of our tokens in. With the identity comes the token that tools use: the upstream's, where there is
    /// a use for it.
    pub(crate) async fn admit(&self, host: &dyn Host, token: &str) -> Result<(Identity, String), Refusal> {
        let admission = self.admission(host, token).await?;
        if let Some(store) = host.store() {
            match Ledger::new(store).is_revoked(&admission.grant).await {
                Ok(false) => {}
                Ok(true) => return Err(Refusal::Revoked),
                Err(error) => return Err(Refusal::StoreDown(error.to_string())),
            }
        }
        let (provider, claims) = self.told(&admission)?;
        let identity = self.verifier.admit(provider, claims, host.now())?;
        Ok((identity, admission.token.unwrap_or_default()))
    }

    /// What every rule says of one of our tokens. Whether its grant was revoked is not asked.
    pub(crate) async fn explain(&self, host: &dyn Host, token: &str) -> Explanation {
        let admission = match self.admission(host, token).await {
            Ok(admission) => admission,
            Err(refusal) => return Explanation::of("token", refusal),
        };
        match self.told(&admission) {
            Ok((provider, claims)) => self.verifier.explanation(provider, claims, host.now()),
            Err(refusal) => Explanation::of("upstream", refusal),
        }
    }

    /// Whose user it is, and what is known of them.
    fn told(&self, admission: &Admission) -> Result<(&'static str, Map<String, Value>), Refusal> {
        let Name(kind) = admission.upstream;
        let is_used = self.upstreams.iter().any(|upstream| upstream.kind() == kind);
        if !is_used || (kind.is_supabase() && admission.token.is_none()) {
            return Err(Refusal::NotIssuedHere);
        }
        let mut claims = match &admission.token {
            // The project's own claims, which were verified before they were sealed.
            Some(token) if kind.is_supabase() => Compact::parse(token)?.claims,
            _ => admission.claims.clone(),
        };
        for name in ["resource", "cnf", "nbf", "azp", "cid", "appid", "scp", "scope"] {
            claims.remove(name);
        }
        claims.extend(self.claims(admission));
        Ok((if kind.is_supabase() { "supabase" } else { kind.name() }, claims))
    }

    /// Opens an access token of the form that is issued; another form is refused.
    pub(super) async fn admission(&self, host: &dyn Host, token: &str) -> Result<Admission, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::Token(crate::jose::Error::TooLarge));
        }
        let open = |sealed: &str, binding: &[u8]| {
            self.keys.seal().open::<Access>(sealed, host.now(), binding).map_err(|unsealed| match unsealed {
                Unsealed::Foreign => Refusal::NotIssuedHere,
                Unsealed::Expired => Refusal::Expired { since: None },
            })
        };
        if self.format == TokenFormat::Sealed {
            return open(token, &self.bound(&[]));
        }
        let claims = self.verifier.authenticate(host, token).await?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("aud") != self.resource {
            return Err(Refusal::NotIssuedHere);
        }
        open(text(SEALED), &self.bound(&[text("jti")]))
    }
}
