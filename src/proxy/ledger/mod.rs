//! What must be remembered between requests if there is a store: which grants were revoked, which codes were spent, and whose turn
//! it is with a refresh token.
//!
//! The store gives `get`, `set`, `delete` and an atomic `increment`; it has no compare-and-swap and forgets nothing by itself.
//! So whatever must happen once is decided by who counts a counter from 0 to 1, and a counter is never read by `get`.
//!
//! # Turns
//!
//! The refresh tokens of one grant are a *family*, numbered by *generation* from 0. A token is good for one successor. Each family
//! has one record: the next generation, and the sealed answer to the last one.
//!
//! ```text
//! take_turn ─► no record of the family ──────────────────────────────► Lost      sign in again
//!           ─► older than the record's last ─────────────────────────► Reused    revoke the grant
//!           ─► the last: 30 s long, until its successor is presented ─► Replay    the same answer again; then Reused
//!           ─► next: who counts `turn` of this attempt to 1 ──────────► First     ask the upstream, then `finish` or `give_back`
//!                    everyone else, for 15 s ───────────────────────► Wait
//!                    after 15 s: the next attempt, as above
//! ```
//!
//! **Who took the turn may die.** Then nobody answers for 15 s ([`PATIENCE`]: longer than an upstream is waited for), after which
//! the next who asks makes the next attempt. Whoever loses also writes the time down, so this holds even if the winner died before
//! it could. Clocks only decide how long is waited. That a generation has one answer is decided by a counter, when an answer is
//! *finished*: should a slow winner and its replacement both come to an end, one of them is told `false` and throws its answer away
//! (a third party may still have seen both: the upstream. What it says to the second is its own business).
//!
//! The one gap: who dies *inside* `finish`, between that counter and the record (two operations in a row), leaves a generation
//! that nobody can finish. The next attempt notices and is `Lost`: the user signs in again. Two answers are never given.
//!
//! # What is forgotten
//!
//! | a store that lost | costs |
//! |---|---|
//! | a family | a sign-in: its refresh tokens are refused |
//! | a spent code | nothing, where the upstream's code inside is good once |
//! | a revocation | access tokens of the grant work until they expire; refresh tokens stay dead, because the family went with it |
//!
//! # What is deleted, and when
//!
//! A generation's counters are deleted when the *next* one is finished: whoever still holds an old count then finds the record ahead
//! of it. Codes, revocations and families are good until a time that is known when they are written; `broom` keeps a list of
//! them in that order, and whoever adds one removes up to two that are over. So the store holds what is still valid, and at
//! most as much again.
//!
//! Names are hashed (`key`), answers are sealed by the caller: a store tells its reader how many grants there are, and nothing else.

mod broom;
mod key;
mod record;
#[cfg(test)]
mod tests;
mod turn;

#[cfg(test)]
use self::turn::PATIENCE;
pub(super) use self::turn::{Attempt, Turn, WINDOW};
use self::{
    broom::Kind,
    key::key,
    record::{Family, number, text},
};
use crate::host::{Store, StoreError, UnixTime};

/// The store, as the proxy uses it. A family is named by its grant.
pub(super) struct Ledger<'a>(&'a dyn Store);

impl<'a> Ledger<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self(store)
    }

    /// Begins the family of a new grant, whose refresh token of generation 0 is good until a time.
    pub(super) async fn begin(&self, grant: &str, until: UnixTime, now: UnixTime) -> Result<(), StoreError> {
        let family = Family::begin(until, now);
        self.0.set(&key(Kind::Family.name(), grant), family.to_string().as_bytes()).await?;
        self.note(Kind::Family, grant, family.noted, now).await;
        Ok(())
    }

    /// Whether a grant was revoked.
    pub(super) async fn is_revoked(&self, grant: &str) -> Result<bool, StoreError> {
        Ok(self.0.get(&key(Kind::Revoked.name(), grant)).await?.is_some())
    }

    /// Whether a grant began, and was neither revoked nor forgotten.
    pub(super) async fn knows(&self, grant: &str) -> Result<bool, StoreError> {
        Ok(self.family(&key::hash(grant)).await?.is_some())
    }

    /// Revokes a grant, once. `until`: when the last of the tokens it can have been given expires; nothing is given after this.
    pub(super) async fn revoke(&self, grant: &str, until: UnixTime, now: UnixTime) -> Result<(), StoreError> {
        let revoked = key(Kind::Revoked.name(), grant);
        if self.0.get(&revoked).await?.is_none() {
            self.0.set(&revoked, text(until).as_bytes()).await?;
            self.note(Kind::Revoked, grant, until, now).await;
        }
        // Last: should this fail, the grant is revoked all the same.
        self.forget(&key::hash(grant)).await
    }

    /// `true` for the first who spends a code, which is good until a time.
    pub(super) async fn spend(&self, code: &str, until: UnixTime, now: UnixTime) -> Result<bool, StoreError> {
        let first = self.0.increment(&key(Kind::Code.name(), code), 1).await? == 1;
        if first {
            self.note(Kind::Code, code, until, now).await;
        }
        Ok(first)
    }

    /// The value of a key, as text.
    async fn read(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = self.0.get(key).await?;
        value.map(String::from_utf8).transpose().map_err(|_| StoreError(format!("the record {key} is not readable")))
    }
}
