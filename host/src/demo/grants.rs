//! What users allowed: requests they still have to decide, and grants in their two stages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::User;
use super::expiring::Expiring;
use super::random;

/// Seconds a user may look at the page.
const PENDING: u64 = 600;
/// Seconds between consent and the token request (RFC 6749 §4.1.2: at most 10 minutes; shorter is safer).
const CODE: u64 = 60;
/// Seconds a refresh token lives without being used.
const REFRESH: u64 = 24 * 3600;
/// Entries of either kind at a time.
const MAX: usize = 1000;

/// An authorization request that waits for its user.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// In a cookie of the browser that was shown the page; only that browser may decide.
    pub(super) browser: String,
}

/// What was allowed to whom. The same entry is first good for a code, then for one refresh token after the other.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) user: User,
    pub(super) scope: String,
    pub(super) session: String,
    pub(super) nonce: Option<String>,
    stage: Stage,
    /// The second half of the one value that is good now.
    secret: String,
}

#[derive(Clone)]
enum Stage {
    Code { redirect_uri: String, challenge: String, expires: u64 },
    Refresh,
}

pub(super) struct Grants {
    pending: Expiring<Pending>,
    grants: Expiring<Grant>,
}

impl Grants {
    pub(super) fn new() -> Self {
        Self { pending: Expiring::new(MAX), grants: Expiring::new(MAX) }
    }

    /// Keeps a request and returns its handle for the page.
    pub(super) fn ask(&mut self, pending: Pending, now: u64) -> String {
        let handle = random::secret();
        self.pending.insert(handle.clone(), pending, now + PENDING, now);
        handle
    }

    /// Takes the request if `browser` is the one it was shown to; another one's attempt changes nothing.
    pub(super) fn decide(&mut self, handle: &str, browser: &str, now: u64) -> Option<Pending> {
        let known = same(&self.pending.get(handle, now)?.browser, browser);
        if known { self.pending.remove(handle, now) } else { None }
    }

    /// The user said yes: a code (`grant.secret`).
    pub(super) fn allow(&mut self, pending: Pending, user: User, now: u64) -> String {
        let Pending { client_id, redirect_uri, challenge, scope, nonce, .. } = pending;
        let stage = Stage::Code { redirect_uri, challenge, expires: now + CODE };
        let secret = random::secret();
        let grant = Grant { client_id, user, scope, session: random::uuid(), nonce, stage, secret: secret.clone() };
        let id = random::secret();
        let code = format!("{id}.{secret}");
        self.grants.insert(id, grant, now + REFRESH, now);
        code
    }

    /// Redeems a code for the grant and its first refresh token. `None` covers every reason (RFC 6749 §5.2 `invalid_grant`).
    ///
    /// Any attempt spends the code. An attempt with a spent one ends the whole grant: either the client or somebody else
    /// has it who should not (RFC 6749 §4.1.2).
    pub(super) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        now: u64,
    ) -> Option<(Grant, String)> {
        let (id, secret) = code.split_once('.')?;
        let grant = self.grants.remove(id, now)?;
        let Stage::Code { redirect_uri: expected, challenge, expires } = &grant.stage else { return None };
        let good = same(&grant.secret, secret)
            && grant.client_id == client_id
            && expected == redirect_uri
            && *expires > now
            && proves(verifier, challenge);
        good.then(|| self.rotate(id, grant, now))
    }

    /// Exchanges a refresh token for the grant and the next one. A token that was used before ends the grant
    /// (RFC 9700 §4.14.2).
    pub(super) fn refresh(&mut self, token: &str, client_id: &str, now: u64) -> Option<(Grant, String)> {
        let (id, secret) = token.split_once('.')?;
        // A client that presents another's token must not be able to end that other's grant.
        if self.grants.get(id, now)?.client_id != client_id {
            return None;
        }
        let grant = self.grants.remove(id, now)?;
        let good = matches!(grant.stage, Stage::Refresh) && same(&grant.secret, secret);
        good.then(|| self.rotate(id, grant, now))
    }

    fn rotate(&mut self, id: &str, mut grant: Grant, now: u64) -> (Grant, String) {
        grant.stage = Stage::Refresh;
        grant.secret = random::secret();
        let token = format!("{id}.{}", grant.secret);
        self.grants.insert(id.to_owned(), grant.clone(), now + REFRESH, now);
        (grant, token)
    }
}

/// PKCE with S256 (RFC 7636 §4.6).
fn proves(verifier: &str, challenge: &str) -> bool {
    same(&URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), challenge)
}

/// Equality whose time does not depend on where the first difference is.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::super::USERS;
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const CB: &str = "http://127.0.0.1/cb";

    fn pending() -> Pending {
        Pending {
            client_id: "c".into(),
            redirect_uri: CB.into(),
            state: None,
            challenge: CHALLENGE.into(),
            scope: "email".into(),
            nonce: None,
            browser: "b".into(),
        }
    }

    #[test]
    fn only_the_browser_that_saw_the_page_decides_and_once() {
        let mut grants = Grants::new();
        let handle = grants.ask(pending(), 0);
        assert!(grants.decide(&handle, "other", 0).is_none());
        assert!(grants.decide(&handle, "b", 0).is_some());
        assert!(grants.decide(&handle, "b", 0).is_none());
        let late = grants.ask(pending(), 0);
        assert!(grants.decide(&late, "b", PENDING).is_none());
    }

    #[test]
    fn a_code_is_good_once_for_its_client_place_proof_and_minute() {
        let mut grants = Grants::new();
        let code = grants.allow(pending(), USERS[0], 0);
        let (_, refresh) = grants.redeem(&code, "c", CB, VERIFIER, CODE - 1).unwrap();
        assert!(grants.redeem(&code, "c", CB, VERIFIER, CODE - 1).is_none());
        assert!(grants.refresh(&refresh, "c", CODE).is_none(), "a replayed code ends the grant");
        for (client, place, proof, now) in [
            ("x", CB, VERIFIER, 0),
            ("c", "http://127.0.0.1/other", VERIFIER, 0),
            ("c", CB, "wrong", 0),
            ("c", CB, "", 0),
            ("c", CB, VERIFIER, CODE),
        ] {
            let code = grants.allow(pending(), USERS[0], 0);
            assert!(grants.redeem(&code, client, place, proof, now).is_none());
            assert!(grants.redeem(&code, "c", CB, VERIFIER, 0).is_none(), "an attempt spends it");
        }
    }

    #[test]
    fn a_refresh_token_is_good_once_and_a_second_use_ends_the_session() {
        let mut grants = Grants::new();
        let code = grants.allow(pending(), USERS[1], 0);
        let (first, one) = grants.redeem(&code, "c", CB, VERIFIER, 0).unwrap();
        let (second, two) = grants.refresh(&one, "c", 10).unwrap();
        assert_eq!(first.session, second.session);
        assert!(grants.refresh(&two, "other", 10).is_none(), "another client changes nothing");
        let (_, three) = grants.refresh(&two, "c", 20).unwrap();
        assert!(grants.refresh(&one, "c", 30).is_none());
        assert!(grants.refresh(&three, "c", 30).is_none());
    }
}
