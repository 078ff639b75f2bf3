//! What was answered, for seconds. Tokens are known by their SHA-256 here: a memory dump opens nothing.

use std::{collections::VecDeque, fmt};

use crate::host::UnixTime;

/// SHA-256 of a token.
pub(super) type Key = [u8; 32];

/// Most live tokens remembered; the oldest go.
const MAX_LIVE: usize = 1024;
/// Most bytes of answers about them; likewise. A usual answer has some 500.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Most dead tokens remembered: an attacker makes up as many as they like.
const MAX_DEAD: usize = 256;
/// Most seconds for which a token stays dead: an issuer of several machines may not know a new one everywhere.
const DEAD_SECONDS: u64 = 2;

/// Answers, oldest first. There are few, and each is looked at for 32 bytes: a walk costs microseconds where a question costs
/// milliseconds.
pub(super) struct Cache {
    /// Seconds.
    lifetime: u64,
    live: VecDeque<Held>,
    dead: VecDeque<Held>,
    /// Of the answers in `live`.
    bytes: usize,
}

struct Held {
    key: Key,
    since: UnixTime,
    /// The first moment at which it counts no more.
    until: UnixTime,
    body: Vec<u8>,
}

impl Cache {
    pub(super) fn new(lifetime: u64) -> Self {
        Self { lifetime, live: VecDeque::new(), dead: VecDeque::new(), bytes: 0 }
    }

    /// The body of an answer that still counts. A clock that was set back ends it: then we ask again, rather than trust for as long
    /// as the clock needs to catch up.
    pub(super) fn get(&self, key: &Key, now: UnixTime) -> Option<Vec<u8>> {
        let counts = |held: &&Held| held.key == *key && (held.since..held.until).contains(&now);
        self.live.iter().chain(&self.dead).find(counts).map(|held| held.body.clone())
    }

    /// Remembers an answer to a question of `since`: about a token that is good until `expiry`, or about none.
    pub(super) fn put(&mut self, key: Key, since: UnixTime, expiry: Option<UnixTime>, body: Vec<u8>) {
        self.forget(&key);
        let until = match expiry {
            Some(expiry) => expiry.min(since.saturating_add(self.lifetime)),
            None => since.saturating_add(self.lifetime.min(DEAD_SECONDS)),
        };
        if until <= since {
            return;
        }
        if expiry.is_none() {
            while self.dead.len() >= MAX_DEAD {
                self.dead.pop_front();
            }
            // That it is not active is all there is to know; the issuer may have said more, at length.
            return self.dead.push_back(Held { key, since, until, body: b"{}".to_vec() });
        }
        self.bytes += body.len();
        self.live.push_back(Held { key, since, until, body });
        while self.live.len() > MAX_LIVE || self.bytes > MAX_BYTES {
            let Some(oldest) = self.live.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }

    fn forget(&mut self, key: &Key) {
        self.dead.retain(|held| held.key != *key);
        let bytes = &mut self.bytes;
        self.live.retain(|held| {
            let stays = held.key != *key;
            if !stays {
                *bytes -= held.body.len();
            }
            stays
        });
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({} live, {} dead)", self.live.len(), self.dead.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: UnixTime = 1_800_000_000;

    fn key(number: usize) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        key
    }

    fn knows(cache: &Cache, number: usize, now: UnixTime) -> bool {
        cache.get(&key(number), now).is_some()
    }

    #[test]
    fn an_answer_counts_for_its_time_and_not_beyond_the_tokens() {
        let mut cache = Cache::new(10);
        cache.put(key(1), NOW, Some(NOW + 3600), b"a".to_vec());
        cache.put(key(2), NOW, Some(NOW + 4), b"b".to_vec());
        cache.put(key(3), NOW, None, b"c".to_vec());
        let known = |now| [1, 2, 3].map(|number| knows(&cache, number, now));
        assert_eq!(known(NOW), [true; 3]);
        assert_eq!(known(NOW + 2), [true, true, false]);
        assert_eq!(known(NOW + 4), [true, false, false]);
        assert_eq!(known(NOW + 9), [true, false, false]);
        assert_eq!(known(NOW + 10), [false; 3]);
        assert_eq!(known(NOW - 1), [false; 3], "a clock that was set back");
    }

    #[test]
    fn without_a_lifetime_nothing_is_kept() {
        let mut cache = Cache::new(0);
        cache.put(key(1), NOW, Some(NOW + 3600), b"a".to_vec());
        cache.put(key(2), NOW, None, b"{}".to_vec());
        assert!(cache.live.is_empty() && cache.dead.is_empty());
        // Nor longer than the lifetime.
        let mut cache = Cache::new(1);
        cache.put(key(2), NOW, None, b"{}".to_vec());
        assert!(knows(&cache, 2, NOW) && !knows(&cache, 2, NOW + 1));
    }

    #[test]
    fn the_oldest_go() {
        let mut cache = Cache::new(60);
        for number in 0..2000 {
            cache.put(key(number), NOW, Some(NOW + 3600), b"a".to_vec());
            cache.put(key(number + 10_000), NOW, None, vec![b' '; 60_000]);
        }
        assert_eq!((cache.live.len(), cache.dead.len(), cache.bytes), (1024, 256, 1024));
        assert!(knows(&cache, 1999, NOW) && knows(&cache, 976, NOW) && !knows(&cache, 975, NOW));
        assert!(knows(&cache, 11_999, NOW) && knows(&cache, 11_744, NOW) && !knows(&cache, 11_743, NOW));
        assert!(cache.dead.iter().all(|held| held.body.len() == 2));
    }

    #[test]
    fn long_answers_are_bounded_together() {
        let mut cache = Cache::new(60);
        for number in 0..100 {
            cache.put(key(number), NOW, Some(NOW + 3600), vec![b'a'; 64 * 1024]);
        }
        assert_eq!((cache.live.len(), cache.bytes), (32, MAX_BYTES));
        // What replaces an answer does not count twice.
        cache.put(key(99), NOW, Some(NOW + 3600), vec![b'a'; 10]);
        assert_eq!((cache.live.len(), cache.bytes), (32, 31 * 64 * 1024 + 10));
        cache.put(key(99), NOW + 1, None, Vec::new());
        assert_eq!((cache.live.len(), cache.bytes), (31, 31 * 64 * 1024));
        assert_eq!(cache.get(&key(99), NOW + 1).unwrap(), b"{}");
    }
}
