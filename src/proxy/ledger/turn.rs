//! Whose turn it is with a refresh token. The rules are told in the module above.

use super::{
    Ledger,
    broom::Kind,
    key::{hash, hashed},
    record::Family,
};
use crate::host::{StoreError, UnixTime};

/// Seconds for which an answer is given again to who did not get it.
pub(in crate::proxy) const WINDOW: u64 = 30;
/// Seconds after which who took a turn is taken for dead.
pub(in crate::proxy) const PATIENCE: u64 = 15;
/// Attempts at one generation whose counters are kept: while an upstream is down, each request makes one.
const KEPT: u64 = 64;
/// The time of an attempt that was given back.
const GIVEN_BACK: UnixTime = 0;

/// What to do with a refresh token that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::proxy) enum Turn {
    /// Nobody else is at it: ask the upstream.
    First(Attempt),
    /// It was answered a moment ago: here is that answer, sealed.
    Replay(String),
    /// Somebody else is at it: ask again in a moment.
    Wait,
    /// It was used before by somebody else: one of the two is a thief.
    Reused,
    /// The store does not know the family, or lost an answer: the user signs in again.
    Lost,
}

/// Which attempt at a generation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::proxy) struct Attempt(u64);

/// The keys of one generation.
struct Keys<'a> {
    hash: &'a str,
    generation: u64,
}

impl Keys<'_> {
    /// Who counts it to 1 has the turn.
    fn turn(&self, attempt: u64) -> String {
        format!("latch:turn:{}:{}:{attempt}", self.hash, self.generation)
    }

    /// Which attempt is being made, and since when.
    fn since(&self) -> String {
        format!("latch:since:{}:{}", self.hash, self.generation)
    }

    /// Whose count of it is 1 has answered.
    fn answered(&self) -> String {
        format!("latch:answered:{}:{}", self.hash, self.generation)
    }
}

impl Ledger<'_> {
    /// The refresh token of a generation was presented.
    pub(in crate::proxy) async fn take_turn(&self, grant: &str, generation: u64, now: UnixTime) -> Result<Turn, StoreError> {
        let keys = Keys { hash: &hash(grant), generation };
        if let Some(turn) = self.settled(&keys, now).await? {
            return Ok(turn);
        }
        let attempt = match self.since(&keys).await? {
            Some((_, since)) if now.saturating_sub(since) < PATIENCE => return Ok(Turn::Wait),
            Some((attempt, _)) => attempt.saturating_add(1),
            None => 0,
        };
        let first = self.0.increment(&keys.turn(attempt), 1).await? == 1;
        // Who comes second writes it down too: the first may be dead already.
        self.0.set(&keys.since(), format!("{attempt} {now}").as_bytes()).await?;
        if let Some(old) = attempt.checked_sub(KEPT) {
            self.0.delete(&keys.turn(old)).await?;
        }
        let answered = attempt > 0 && self.0.increment(&keys.answered(), 0).await? > 0;
        // Last. Since the look at the record, this generation may have been answered, and even cleared away.
        if let Some(turn) = self.settled(&keys, now).await? {
            if !matches!(turn, Turn::Replay(_)) {
                self.0.delete(&keys.turn(attempt)).await?;
                self.clear(&keys).await?;
            }
            return Ok(turn);
        }
        if !first {
            return Ok(Turn::Wait);
        }
        Ok(if answered { Turn::Lost } else { Turn::First(Attempt(attempt)) })
    }

    /// Ends a turn with its answer, which the caller has sealed; `until`: when the refresh token in it expires. `false`: somebody
    /// else has ended it, or the grant is gone; this answer must not be given.
    pub(in crate::proxy) async fn finish(
        &self,
        grant: &str,
        generation: u64,
        answer: &str,
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let hash = hash(grant);
        let keys = Keys { hash: &hash, generation };
        let first = self.0.increment(&keys.answered(), 1).await? == 1;
        // After the count, not before: see `clear`.
        let Some(family) = self.family(&hash).await?.filter(|family| family.next <= generation) else {
            self.0.delete(&keys.answered()).await?;
            return Ok(false);
        };
        if !first {
            return Ok(false);
        }
        let (family, late) = family.after(generation, answer, until, now);
        if late {
            // Before the record says so: an entry too many does no harm.
            self.note(Kind::Family, grant, family.noted, now).await;
        }
        self.0.set(&hashed(Kind::Family.name(), &hash), family.to_string().as_bytes()).await?;
        if let Some(before) = generation.checked_sub(1) {
            // The answer counts from here on, whether or not the old is cleared away.
            let _ = self.clear(&Keys { hash: &hash, generation: before }).await;
        }
        Ok(true)
    }

    /// The upstream could not be asked: the turn may be taken again at once.
    pub(in crate::proxy) async fn give_back(&self, grant: &str, generation: u64, attempt: Attempt) -> Result<(), StoreError> {
        let keys = Keys { hash: &hash(grant), generation };
        match self.since(&keys).await? {
            // The counter stays: whoever makes the next attempt counts another one.
            Some((current, _)) if current == attempt.0 => {
                self.0.set(&keys.since(), format!("{current} {GIVEN_BACK}").as_bytes()).await
            }
            // Who was taken for dead has nothing left to give.
            _ => Ok(()),
        }
    }

    /// What the family's record says of a generation; `None` if it has no answer yet.
    async fn settled(&self, keys: &Keys<'_>, now: UnixTime) -> Result<Option<Turn>, StoreError> {
        let Some(family) = self.family(keys.hash).await? else {
            return Ok(Some(Turn::Lost));
        };
        if family.next <= keys.generation {
            return Ok(None);
        }
        let successor = Keys { hash: keys.hash, generation: keys.generation.saturating_add(1) };
        let again = family.next == successor.generation
            && now.saturating_sub(family.finished) < WINDOW
            && self.since(&successor).await?.is_none_or(|(_, since)| since == GIVEN_BACK);
        Ok(Some(if again { Turn::Replay(family.answer) } else { Turn::Reused }))
    }

    pub(super) async fn family(&self, hash: &str) -> Result<Option<Family>, StoreError> {
        let key = hashed(Kind::Family.name(), hash);
        let Some(text) = self.read(&key).await? else { return Ok(None) };
        Family::parse(&text).map(Some).ok_or_else(|| StoreError(format!("the record {key} is not readable")))
    }

    async fn since(&self, keys: &Keys<'_>) -> Result<Option<(u64, UnixTime)>, StoreError> {
        let key = keys.since();
        let Some(text) = self.read(&key).await? else { return Ok(None) };
        let parsed = text.split_once(' ').and_then(|(attempt, since)| Some((attempt.parse().ok()?, since.parse().ok()?)));
        parsed.map(Some).ok_or_else(|| StoreError(format!("the record {key} is not readable")))
    }

    /// Removes a family and what its last generations left.
    pub(super) async fn forget(&self, hash: &str) -> Result<(), StoreError> {
        let Some(family) = self.family(hash).await? else { return Ok(()) };
        self.0.delete(&hashed(Kind::Family.name(), hash)).await?;
        self.clear(&Keys { hash, generation: family.next }).await?;
        match family.next.checked_sub(1) {
            Some(generation) => self.clear(&Keys { hash, generation }).await,
            None => Ok(()),
        }
    }

    /// Removes a generation's keys. Only once the family's record is ahead of it, or gone: who counts one of them from 0
    /// again looks at the record next, and finds that it is too late.
    async fn clear(&self, keys: &Keys<'_>) -> Result<(), StoreError> {
        let last = self.since(keys).await?.map_or(0, |(attempt, _)| attempt);
        // One more: who was slow to write its attempt down may have done so over a later one. Over several later ones is so rare
        // that their counters may stay.
        for attempt in last.saturating_sub(KEPT)..=last.saturating_add(1) {
            self.0.delete(&keys.turn(attempt)).await?;
        }
        self.0.delete(&keys.answered()).await?;
        self.0.delete(&keys.since()).await
    }
}
