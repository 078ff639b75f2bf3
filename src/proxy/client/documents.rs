//! Which documents are asked for, and when: of hosts that the operator listed, one flight at a time for each, and not again while
//! what came is good. A URL of a client is fetched nowhere else in the house.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::{
    ClientError,
    document::{self, Document, Failure},
};
use crate::{
    config::Config,
    host::{Host, UnixTime},
    log::{self, Level},
    proxy::redirect::{self, Place},
};

/// Most documents that are kept.
const MAX_KEPT: usize = 64;
/// Seconds between two attempts after a failure.
const RETRY: u64 = 10;

/// Metadata documents of clients.
#[derive(Debug)]
pub(super) struct Documents {
    /// `host[:port]`, in lower case.
    hosts: Vec<String>,
    /// The endpoint is on this machine, so documents may be too, unencrypted.
    local: bool,
    kept: Mutex<Vec<Kept>>,
    /// One lock for each URL that is being fetched.
    flights: Mutex<Vec<(String, Arc<async_lock::Mutex<()>>)>>,
}

#[derive(Debug)]
struct Kept {
    url: String,
    outcome: Result<Document, ClientError>,
    since: UnixTime,
    /// Seconds it is good for.
    ttl: u64,
}

impl Documents {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            hosts: config.proxy().map_or_else(Vec::new, |proxy| proxy.cimd_hosts.clone()),
            local: config.endpoint().is_loopback(),
            kept: Mutex::default(),
            flights: Mutex::default(),
        }
    }

    /// The host that vouches for an identifier: of a URL with a path and nothing behind it, on a listed host, spelt as listed.
    pub(super) fn authority<'a>(&self, id: &'a str) -> Option<&'a str> {
        let parts = redirect::parse(id)?;
        let authority = id.strip_prefix(parts.scheme)?.strip_prefix("://")?.split('/').next()?;
        let encrypted = match parts.place() {
            Place::Web => true,
            Place::Loopback => self.local,
            Place::App => false,
        };
        let plain = parts.query.is_none() && parts.path.len() > 1;
        (encrypted && plain && self.hosts.iter().any(|host| host == authority)).then_some(authority)
    }

    /// The document at a URL that has an [`authority`](Self::authority).
    pub(super) async fn get(&self, host: &dyn Host, url: &str) -> Result<Document, ClientError> {
        if let Some(outcome) = self.kept(url, host.now()) {
            return outcome;
        }
        let flight = self.flight(url);
        let _flight = flight.lock().await;
        // Somebody else may have brought it meanwhile.
        if let Some(outcome) = self.kept(url, host.now()) {
            return outcome;
        }
        let (outcome, ttl) = match document::fetch(host, url).await {
            Ok((document, ttl)) => (Ok(document), ttl),
            Err(failure) => {
                let (reason, error) = match failure {
                    Failure::Invalid(reason) => (reason.to_owned(), ClientError::Unknown),
                    Failure::Down(reason) => (reason.clone(), ClientError::Unavailable(reason)),
                };
                log::event(host, Level::Warn, "client_document_refused", &[("url", json!(url)), ("reason", json!(reason))]);
                (Err(error), RETRY)
            }
        };
        // Not the time before: an attempt that hangs would use up the pause that is to follow it.
        self.keep(Kept { url: url.to_owned(), outcome: outcome.clone(), since: host.now(), ttl });
        outcome
    }

    fn kept(&self, url: &str, now: UnixTime) -> Option<Result<Document, ClientError>> {
        let kept = lock(&self.kept);
        kept.iter().find(|kept| kept.url == url && kept.is_good(now)).map(|kept| kept.outcome.clone())
    }

    fn keep(&self, new: Kept) {
        let mut kept = lock(&self.kept);
        kept.retain(|old| old.url != new.url && old.is_good(new.since));
        if kept.len() >= MAX_KEPT {
            // The oldest failure, else the oldest: what strangers make up does not push out what is in use.
            let place = kept.iter().position(|old| old.outcome.is_err()).unwrap_or(0);
            kept.remove(place);
        }
        kept.push(new);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        lock(&self.kept).len().max(lock(&self.flights).len())
    }

    fn flight(&self, url: &str) -> Arc<async_lock::Mutex<()>> {
        let mut flights = lock(&self.flights);
        // Whoever is or was under way holds its lock too.
        flights.retain(|(_, flight)| Arc::strong_count(flight) > 1);
        if let Some((_, flight)) = flights.iter().find(|(other, _)| other == url) {
            return Arc::clone(flight);
        }
        let flight = Arc::default();
        flights.push((url.to_owned(), Arc::clone(&flight)));
        flight
    }
}

impl Kept {
    /// A clock that was set back counts as "no".
    fn is_good(&self, now: UnixTime) -> bool {
        (self.since..self.since.saturating_add(self.ttl)).contains(&now)
    }
}

/// The origins of documents, for a host's outbound allow-list.
pub(super) fn outbound(config: &Config) -> Vec<String> {
    let mut origins = Vec::new();
    for host in config.proxy().map_or(&[][..], |proxy| &proxy.cimd_hosts) {
        let local = format!("http://{host}");
        if config.endpoint().is_loopback() && redirect::acceptable(&local) {
            origins.push(local);
        }
        origins.push(format!("https://{host}"));
    }
    origins
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while holding a lock, and every state is consistent: a poisoned lock is still good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
