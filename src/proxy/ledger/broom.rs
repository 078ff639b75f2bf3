//! Removes what is over.
//!
//! Per kind there is a list: `…:tail` counts its entries, each entry names something and when it is over, and `…:head` is the first
//! entry not yet removed. Things of one kind live about equally long, so the oldest entry is the first to be over; one that lives
//! longer only makes those behind it wait.
//!
//! Two may sweep at a time. Both remove the same, or one writes an older `head` than the other: then entries that are gone are
//! looked at again. Nothing here can fail an operation; what is not removed now is removed later, or, if somebody dies between
//! counting an entry and writing it, stays.

use super::{
    Ledger,
    key::{hash, hashed},
    number, text,
};
use crate::host::{StoreError, UnixTime};

/// What is swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Revoked,
    Family,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Revoked => "revoked",
            Self::Family => "family",
        }
    }

    fn list(self, place: &str) -> String {
        format!("latch:list:{}:{place}", self.name())
    }
}

/// Entries looked at for each that is added: more than one, so that a list gets shorter.
const SWEPT: usize = 2;
/// Clocks differ: nothing is removed before the slowest of them says that it is over. Seconds.
pub(super) const SLACK: u64 = 300;

impl Ledger<'_> {
    /// Lists something that is over at a time, and removes what is over now.
    pub(super) async fn note(&self, kind: Kind, name: &str, until: UnixTime, now: UnixTime) {
        let _ = self.list(kind, &hash(name), until, now).await;
    }

    async fn list(&self, kind: Kind, hash: &str, until: UnixTime, now: UnixTime) -> Result<(), StoreError> {
        let place = self.0.increment(&kind.list("tail"), 1).await?;
        self.0.set(&kind.list(&text(place)), format!("{until} {hash}").as_bytes()).await?;
        self.sweep(kind, place, now).await
    }

    async fn sweep(&self, kind: Kind, tail: u64, now: UnixTime) -> Result<(), StoreError> {
        let first = self.0.get(&kind.list("head")).await?.and_then(|head| number(&head)).unwrap_or(1);
        let mut head = first;
        for _ in 0..SWEPT {
            // Those from here on may be about to be written.
            if head >= tail {
                break;
            }
            let entry = kind.list(&text(head));
            if let Some(line) = self.read(&entry).await? {
                let (until, hash) = line.split_once(' ').unwrap_or_default();
                let until = until.parse().unwrap_or(0);
                if over(until, now) {
                    self.remove(kind, hash, until).await?;
                    self.0.delete(&entry).await?;
                } else {
                    break;
                }
            }
            head += 1;
        }
        if head != first {
            self.0.set(&kind.list("head"), text(head).as_bytes()).await?;
        }
        Ok(())
    }

    /// Removes something, unless it was made to last longer since: then it is listed a second time.
    async fn remove(&self, kind: Kind, hash: &str, until: UnixTime) -> Result<(), StoreError> {
        let key = hashed(kind.name(), hash);
        match kind {
            Kind::Code => self.0.delete(&key).await,
            Kind::Revoked => match self.0.get(&key).await?.and_then(|value| number(&value)) {
                Some(later) if later > until => Ok(()),
                _ => self.0.delete(&key).await,
            },
            Kind::Family => match self.family(hash).await? {
                Some(family) if family.noted > until => Ok(()),
                _ => self.forget(hash).await,
            },
        }
    }
}

fn over(until: UnixTime, now: UnixTime) -> bool {
    until.saturating_add(SLACK) <= now
}
