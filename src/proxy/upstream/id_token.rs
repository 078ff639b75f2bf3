//! ID tokens (OpenID Connect Core §2, §3.1.3.7): who signed in, said to our client alone, in answer to this very request.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::{
    Trouble, Upstream,
    endpoints::Found,
    profile::{self, Who},
};
use crate::{
    config::Kind,
    host::{Host, UnixTime},
    jose::{Alg, Compact, Error, KeyStore, Remote},
    outbound::{self, answer::text, cut},
    uuid::is_uuid,
};

/// What ID tokens may be signed with. HS256 is not: its key would be our client secret, and a secret is no proof of who signed.
const ALGORITHMS: [Alg; 4] = [Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa];
/// Clock differences forgiven, in seconds.
const LEEWAY: u64 = 60;
/// In an issuer: the tenant a token says it is of.
pub(super) const TENANT: &str = "{tenantid}";

/// Which ID tokens are acceptable.
#[derive(Debug)]
pub(super) struct IdTokens {
    /// The spellings of the issuer, compared byte for byte.
    issuers: Vec<String>,
    /// Who may sign in: Entra's tenants or Google's domains; empty means all whom the issuer knows.
    tenants: Vec<String>,
    /// The keys, and where they were published: that may be known only from discovery.
    keys: Mutex<Option<(String, Arc<KeyStore>)>>,
}

impl IdTokens {
    pub(super) fn new(issuers: Vec<String>, tenants: &[String]) -> Self {
        Self { issuers, tenants: tenants.to_vec(), keys: Mutex::default() }
    }

    /// Who signed in. `nonce` is that of our request; a refreshed ID token has none.
    pub(super) async fn verify(
        &self,
        upstream: &Upstream,
        host: &dyn Host,
        found: &Found,
        token: &str,
        nonce: Option<&str>,
    ) -> Result<Who, Trouble> {
        let token = Compact::parse(token).map_err(|error| refuse(&error.to_string()))?;
        let claims = &token.claims;
        // Before any key is looked up: a token of another issuer causes no fetch.
        self.check_issuer(claims)?;
        let keys = self.keys(&found.jwks);
        let verified = outbound::in_time(
            host,
            outbound::CHECK,
            Box::pin(async {
                keys.verify(host, &token, &ALGORITHMS).await.map_err(|error| match error {
                    Error::KeysDown(down) => Trouble::Down(format!("the upstream's keys: {down}")),
                    error => refuse(&error.to_string()),
                })
            }),
        );
        verified.await?;
        // An access token or a logout token may bear the same signature.
        if token.header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(refuse("it is another kind of token"));
        }
        check_lifetime(claims, host.now())?;
        check_audience(claims, &upstream.client.id)?;
        if let Some(nonce) = nonce
            && text(claims, "nonce") != Some(nonce)
        {
            return Err(refuse("its nonce is not that of our request"));
        }
        let subject = match upstream.kind {
            Kind::Entra => self.directory_user(claims)?,
            Kind::Google => {
                self.check_domain(claims)?;
                profile::subject(Kind::Google, text(claims, "sub").unwrap_or_default())?
            }
            kind => profile::subject(kind, text(claims, "sub").unwrap_or_default())?,
        };
        Ok(Who::new(subject, profile::of(claims)))
    }

    fn keys(&self, uri: &str) -> Arc<KeyStore> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match &*keys {
            Some((known, store)) if known == uri => Arc::clone(store),
            _ => {
                let store = Arc::new(KeyStore::new(None, Some(Remote::at(uri, Vec::new()))));
                *keys = Some((uri.to_owned(), Arc::clone(&store)));
                store
            }
        }
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), Trouble> {
        let issuer = text(claims, "iss").unwrap_or_default();
        let is_it = |expected: &String| match text(claims, "tid").filter(|tid| is_uuid(tid)) {
            Some(tid) => expected.replace(TENANT, tid) == issuer,
            None => expected == issuer && !expected.contains(TENANT),
        };
        if self.issuers.iter().any(is_it) {
            return Ok(());
        }
        Err(refuse(&format!("its issuer is {:?}, not {:?}", cut(issuer), self.issuers.join(" or "))))
    }

    /// Entra: `sub` differs for each client; user and tenant are known by two other claims.
    fn directory_user(&self, claims: &Map<String, Value>) -> Result<String, Trouble> {
        let (tid, oid) = (text(claims, "tid").unwrap_or_default(), text(claims, "oid").unwrap_or_default());
        if text(claims, "idtyp") == Some("app") {
            return Err(refuse("it is of an app, not of a user"));
        }
        if !is_uuid(tid) || !is_uuid(oid) {
            return Err(refuse("it does not say who signed in (`tid` and `oid`)"));
        }
        if !self.tenants.is_empty() && !self.tenants.iter().any(|tenant| tenant.eq_ignore_ascii_case(tid)) {
            return Err(Trouble::NotAllowed(format!("the tenant {tid} is not in LATCH_PROXY_TENANTS")));
        }
        profile::subject(Kind::Entra, &format!("{tid}.{oid}"))
    }

    /// Google: the claim `hd` says the domain; what we asked for in the request of that name, and the e-mail address, do not.
    fn check_domain(&self, claims: &Map<String, Value>) -> Result<(), Trouble> {
        let domain = text(claims, "hd").unwrap_or_default();
        if self.tenants.is_empty() || self.tenants.iter().any(|tenant| tenant.eq_ignore_ascii_case(domain)) {
            return Ok(());
        }
        let what = if domain.is_empty() {
            "a personal account, of no domain,".to_owned()
        } else {
            format!("the domain {:?}", cut(domain))
        };
        Err(Trouble::NotAllowed(format!("{what} is not in LATCH_PROXY_TENANTS")))
    }
}

/// All of `aud` is us: a token that names a second client could be replayed by it.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Trouble> {
    let ours = |value: &Value| value.as_str() == Some(client_id);
    let audience = match claims.get("aud") {
        Some(Value::Array(items)) => !items.is_empty() && items.iter().all(ours),
        Some(one) => ours(one),
        None => false,
    };
    if audience && claims.get("azp").is_none_or(ours) { Ok(()) } else { Err(refuse("it is for another client than ours")) }
}

fn check_lifetime(claims: &Map<String, Value>, now: UnixTime) -> Result<(), Trouble> {
    let date =
        |name: &str| claims.get(name).map(|date| date.as_u64().ok_or_else(|| refuse("a date of it is not a number"))).transpose();
    let (Some(expiry), Some(issued)) = (date("exp")?, date("iat")?) else {
        return Err(refuse("it does not say when it was issued and expires"));
    };
    if now >= expiry.saturating_add(LEEWAY) {
        return Err(refuse("it has expired"));
    }
    let start = date("nbf")?.unwrap_or(issued).max(issued);
    if start > now.saturating_add(LEEWAY) {
        return Err(refuse("it is of the future; compare the clocks"));
    }
    Ok(())
}

fn refuse(why: &str) -> Trouble {
    Trouble::Refused(format!("the ID token: {why}"))
}
