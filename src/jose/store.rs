//! The keys we verify with, and when to ask the issuer for them again.
//!
//! | moment | what happens |
//! |---|---|
//! | no keys yet, or older than their lifetime | fetch; on failure keep using keys up to [`MAX_STALE`] old and retry after [`COOL_DOWN`], or after [`RETRY`] without keys |
//! | unknown `kid`, or a signature that fails under a known one | fetch once, unless the keys came for this very token; then not again for this reason within [`COOL_DOWN`] |
//! | several requests need keys at once | one fetch, the others wait for it |
//!
//! The fetched set replaces the old one as a whole, so a withdrawn key stops working.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::{
    Alg, Compact, Error, Key, KeySet, KeysDown,
    jwks::{self, Published},
};
use crate::{
    host::{Host, UnixTime},
    log::{self, Level},
};

pub use super::jwks::{Locate, Remote};

/// Seconds between two fetches caused by tokens that do not verify. Also the shortest lifetime of a key set.
pub const COOL_DOWN: u64 = 30;
/// Seconds between two attempts while the issuer is down and there are no keys.
pub const RETRY: u64 = 5;
/// Seconds for which keys are used although the issuer cannot be asked.
pub const MAX_STALE: u64 = 24 * 60 * 60;

/// The keys of one issuer.
#[derive(Debug)]
pub struct KeyStore {
    secret: Option<Key>,
    remote: Option<Remote>,
    state: Mutex<State>,
    /// Held while fetching, so that there is one flight at a time.
    flight: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<Held>,
    /// Counts replacements of `keys`: who waited for a flight sees that it brought something.
    generation: u64,
    /// Start of the last fetch caused by a token that did not verify.
    last_miss: Option<UnixTime>,
    /// The last attempt, if it failed.
    failure: Option<(UnixTime, KeysDown)>,
}

#[derive(Debug, Clone)]
struct Held {
    set: Arc<KeySet>,
    /// When they came; `None` for pinned keys before their first use.
    since: Option<UnixTime>,
    ttl: u64,
}

/// The keys to verify with.
struct Current {
    set: Arc<KeySet>,
    generation: u64,
    /// They came for this very token: asking again would bring the same.
    just_fetched: bool,
}

/// Why a fetch is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Lifetime,
    Miss,
}

impl KeyStore {
    /// A store that verifies with the keys an issuer publishes, pinned keys until the first fetch, or both. Pinned keys age
    /// like fetched ones; with a `remote` of `None` they are good for ever.
    pub fn new(pinned: Option<KeySet>, remote: Option<Remote>) -> Self {
        let keys = pinned.map(|set| Held { set: Arc::new(set), since: None, ttl: 10 * 60 });
        Self { secret: None, remote, state: Mutex::new(State { keys, ..State::default() }), flight: async_lock::Mutex::new(()) }
    }

    /// Whether there is nothing to verify with, now or ever.
    pub fn is_none(&self) -> bool {
        self.secret.is_none() && self.remote.is_none() && self.state().keys.is_none()
    }

    /// Adds a legacy HS256 secret. It is used for HS256 tokens only, whatever their `kid`, and for no others.
    #[must_use]
    pub fn with_secret(self, secret: Key) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// Checks a token's algorithm against the allow-list and its signature against the keys.
    pub async fn verify(&self, host: &dyn Host, token: &Compact<'_>, allowed: &[Alg]) -> Result<Alg, Error> {
        let alg = token.header.alg.parse().ok().filter(|alg| allowed.contains(alg)).ok_or(Error::AlgNotAllowed)?;
        if alg == Alg::Hs256 {
            let key = self.secret.as_ref().ok_or(Error::AlgNotAllowed)?;
            let matches = key.verify(alg, token.signing_input, &token.signature);
            return if matches { Ok(alg) } else { Err(Error::BadSignature) };
        }
        let current = self.current(host).await?;
        let Err(first) = current.set.verify(token, alg) else { return Ok(alg) };
        if current.just_fetched {
            return Err(first);
        }
        match self.refresh(host, Need::Miss, current.generation).await {
            Ok(Some(newer)) => newer.verify(token, alg).map(|()| alg),
            Ok(None) => Err(first),
            // The key may exist where we cannot look: not the token's fault, so not a 401.
            Err(down) if matches!(first, Error::KidUnknown | Error::KeySetEmpty) => Err(Error::KeysDown(down)),
            Err(_) => Err(first),
        }
    }

    /// The keys to use now, fetched if there are none or their lifetime is over.
    async fn current(&self, host: &dyn Host) -> Result<Current, Error> {
        let now = host.now();
        let (held, generation) = {
            let mut state = self.state();
            if let Some(held) = &mut state.keys {
                held.since.get_or_insert(now);
            }
            (state.keys.clone(), state.generation)
        };
        if let Some(held) = &held
            && (self.remote.is_none() || held.is_within(now, held.ttl.max(COOL_DOWN)))
        {
            return Ok(Current { set: Arc::clone(&held.set), generation, just_fetched: false });
        }
        let refreshed = self.refresh(host, Need::Lifetime, generation).await;
        let state = self.state();
        let generation = state.generation;
        match (refreshed, &state.keys) {
            // As new as can be: not to be measured with `now`, which was read before the fetch.
            (Ok(Some(set)), _) => Ok(Current { set, generation, just_fetched: true }),
            (_, Some(held)) if held.is_within(now, MAX_STALE) => {
                Ok(Current { set: Arc::clone(&held.set), generation, just_fetched: false })
            }
            (Err(down), _) => Err(Error::KeysDown(down)),
            (Ok(None), _) => Err(Error::KidUnknown),
        }
    }

    /// Asks the issuer, unless it was asked too recently. `Ok(Some)` brings keys newer than `generation`, `Ok(None)` means
    /// that asking is not due, `Err` that the last attempt failed.
    async fn refresh(&self, host: &dyn Host, need: Need, generation: u64) -> Result<Option<Arc<KeySet>>, KeysDown> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let _flight = self.flight.lock().await;
        let now = host.now();
        {
            let mut state = self.state();
            if state.generation != generation {
                return Ok(state.keys.as_ref().map(|held| Arc::clone(&held.set)));
            }
            if !state.is_due(need, now) {
                return state.failure.as_ref().map_or(Ok(None), |(_, down)| Err(down.clone()));
            }
            if need == Need::Miss {
                state.last_miss = Some(now);
            }
        }
        let answer = jwks::fetch(host, remote).await;
        report(host, remote, need, &answer);
        let mut state = self.state();
        match answer {
            Ok(Published { set, ttl }) => {
                let set = Arc::new(set);
                state.keys = Some(Held { set: Arc::clone(&set), since: Some(now), ttl });
                state.generation += 1;
                state.failure = None;
                Ok(Some(set))
            }
            Err(down) => {
                // Not `now`: an attempt that hangs lasts as long as the pause that is to follow it.
                state.failure = Some((host.now(), down.clone()));
                Err(down)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock, and every state is consistent: a poisoned lock is still good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_due(&self, need: Need, now: UnixTime) -> bool {
        // While older keys serve, an attempt that hangs would only hold up somebody who could be let in.
        let usable = self.keys.as_ref().is_some_and(|held| held.is_within(now, MAX_STALE));
        let pause = if usable { COOL_DOWN } else { RETRY };
        let retry = self.failure.as_ref().is_none_or(|(at, _)| !is_within(*at, now, pause));
        match need {
            Need::Lifetime => retry,
            Need::Miss => retry && self.last_miss.is_none_or(|at| !is_within(at, now, COOL_DOWN)),
        }
    }
}

impl Held {
    fn is_within(&self, now: UnixTime, seconds: u64) -> bool {
        self.since.is_none_or(|since| is_within(since, now, seconds))
    }
}

/// Whether `now` is in the `seconds` after `since`. A clock that was set back counts as "no": then we ask again, rather than
/// trust for as long as the clock needs to catch up.
fn is_within(since: UnixTime, now: UnixTime, seconds: u64) -> bool {
    (since..since.saturating_add(seconds)).contains(&now)
}

fn report(host: &dyn Host, remote: &Remote, need: Need, answer: &Result<Published, KeysDown>) {
    let cause = match need {
        Need::Lifetime => "lifetime",
        Need::Miss => "token_did_not_verify",
    };
    match answer {
        Ok(Published { set, ttl }) => {
            let skipped: Vec<_> = set
                .skipped
                .iter()
                .map(|skipped| json!({ "kid": skipped.kid.as_deref().map(shorten), "reason": skipped.reason.to_string() }))
                .collect();
            let fields = [
                ("uri", json!(without_query(remote.name()))),
                ("cause", json!(cause)),
                ("keys", json!(set.keys().len())),
                ("ttl_s", json!(ttl.max(&COOL_DOWN))),
                ("skipped", if skipped.is_empty() { json!(null) } else { json!(skipped) }),
            ];
            log::event(host, Level::Info, "keys_fetched", &fields);
        }
        Err(down) => {
            let fields =
                [("uri", json!(without_query(remote.name()))), ("cause", json!(cause)), ("error", json!(down.to_string()))];
            log::event(host, Level::Error, "keys_unavailable", &fields);
        }
    }
}

/// A query may hold an API key.
fn without_query(uri: &str) -> &str {
    uri.split('?').next().unwrap_or_default()
}

/// A stranger's string, cut to what a log line can bear.
fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
