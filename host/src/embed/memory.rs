//! A key-value store in memory. It ends with the host, and it never grows without end.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::keyvalue::Backend;

/// What the store may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) keys: usize,
    /// Bytes of one key.
    pub(super) key: usize,
    /// Bytes of one value.
    pub(super) value: usize,
    /// Bytes of all keys and values together.
    pub(super) total: usize,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self { keys: 100_000, key: 512, value: 64 * 1024, total: 64 << 20 };
}

/// Why an operation was not done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    KeyTooLong,
    ValueTooLong,
    /// `increment` of what is no counter.
    NoCounter,
    Overflow,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::KeyTooLong => "the key is too long",
            Self::ValueTooLong => "the value is too long",
            Self::NoCounter => "the value is no counter",
            Self::Overflow => "the counter is at its end",
        })
    }
}

/// The values, and the order in which they were written.
pub(super) struct Memory {
    limits: Limits,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<String, Entry>,
    /// Keys by their last write, oldest first.
    written: BTreeMap<u64, String>,
    writes: u64,
    bytes: usize,
}

struct Entry {
    value: Vec<u8>,
    write: u64,
}

impl Memory {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics halfway.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, key: &str) -> Result<(), Fault> {
        if key.len() > self.limits.key { Err(Fault::KeyTooLong) } else { Ok(()) }
    }
}

impl Inner {
    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= key.len() + entry.value.len();
            self.written.remove(&entry.write);
        }
    }

    fn put(&mut self, key: &str, value: Vec<u8>, limits: Limits) {
        self.remove(key);
        let bytes = key.len() + value.len();
        if self.entries.len() >= limits.keys || self.bytes + bytes > limits.total {
            self.sweep(bytes, limits);
        }
        let write = self.writes;
        self.writes += 1;
        self.bytes += bytes;
        self.written.insert(write, key.to_owned());
        self.entries.insert(key.to_owned(), Entry { value, write });
    }

    /// Drops what was written longest ago, a hundredth at a time: a full store is not to write a log line per write.
    fn sweep(&mut self, room: usize, limits: Limits) {
        let keys = limits.keys - limits.keys.div_ceil(100);
        let bytes = (limits.total - limits.total / 100).min(limits.total.saturating_sub(room));
        let before = self.entries.len();
        while self.entries.len() > keys || self.bytes > bytes {
            let Some((_, oldest)) = self.written.pop_first() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.bytes -= oldest.len() + entry.value.len();
            }
        }
        let dropped = before - self.entries.len();
        tracing::warn!(
            dropped,
            kept = self.entries.len(),
            "the key-value store is full: what was written longest ago is dropped"
        );
    }
}

impl Backend for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.check(key)?;
        Ok(self.inner().entries.get(key).map(|entry| entry.value.clone()))
    }

    fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Fault> {
        self.check(key)?;
        if value.len() > self.limits.value {
            return Err(Fault::ValueTooLong);
        }
        self.inner().put(key, value, self.limits);
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        self.check(key)?;
        self.inner().remove(key);
        Ok(())
    }

    fn increment(&self, key: &str, delta: i64) -> Result<i64, Fault> {
        self.check(key)?;
        let mut inner = self.inner();
        let old = match inner.entries.get(key) {
            Some(entry) => i64::from_le_bytes(entry.value.as_slice().try_into().map_err(|_| Fault::NoCounter)?),
            None => 0,
        };
        let new = old.checked_add(delta).ok_or(Fault::Overflow)?;
        inner.put(key, new.to_le_bytes().to_vec(), self.limits);
        Ok(new)
    }

    fn keys(&self, after: Option<&str>, count: usize) -> Result<Vec<String>, Fault> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let inner = self.inner();
        Ok(inner.entries.range::<str, _>((from, Bound::Unbounded)).take(count).map(|(key, _)| key.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;

    fn memory(keys: usize, total: usize) -> Memory {
        Memory::new(Limits { keys, key: 8, value: 16, total })
    }

    #[test]
    fn what_is_written_is_read_until_it_is_deleted() {
        let memory = memory(10, 1000);
        assert_eq!(memory.get("a").unwrap(), None);
        memory.set("a", b"1".to_vec()).unwrap();
        memory.set("a", b"22".to_vec()).unwrap();
        assert_eq!(memory.get("a").unwrap(), Some(b"22".to_vec()));
        assert_eq!(memory.inner().bytes, 3);
        memory.delete("a").unwrap();
        memory.delete("a").unwrap();
        assert_eq!(memory.get("a").unwrap(), None);
        let inner = memory.inner();
        assert_eq!((inner.bytes, inner.written.len()), (0, 0));
    }

    #[test]
    fn no_two_callers_get_the_same_count() {
        let memory = memory(10, 1000);
        let counts: BTreeSet<i64> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..500).map(|_| memory.increment("n", 1).unwrap()).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counts, (1..=4000).collect());
    }

    #[test]
    fn a_counter_is_eight_bytes_and_does_not_wrap() {
        let memory = memory(10, 1000);
        assert_eq!(memory.increment("n", 0), Ok(0));
        assert_eq!(memory.increment("n", i64::MAX), Ok(i64::MAX));
        assert_eq!(memory.increment("n", 1), Err(Fault::Overflow));
        assert_eq!(memory.get("n").unwrap(), Some(i64::MAX.to_le_bytes().to_vec()));
        memory.set("t", b"text".to_vec()).unwrap();
        assert_eq!(memory.increment("t", 1), Err(Fault::NoCounter));
    }

    #[test]
    fn limits_hold() {
        let memory = memory(10, 1000);
        let long = "k".repeat(9);
        assert_eq!(memory.set(&long, Vec::new()), Err(Fault::KeyTooLong));
        assert_eq!(memory.get(&long), Err(Fault::KeyTooLong));
        assert_eq!(memory.increment(&long, 1), Err(Fault::KeyTooLong));
        assert_eq!(memory.delete(&long), Err(Fault::KeyTooLong));
        assert_eq!(memory.set("k", vec![0; 17]), Err(Fault::ValueTooLong));
        assert_eq!(memory.keys(None, 10).unwrap(), [""; 0]);
    }

    #[test]
    fn a_full_store_drops_what_was_written_longest_ago() {
        let memory = memory(3, 1000);
        for key in ["a", "b", "c"] {
            memory.set(key, Vec::new()).unwrap();
        }
        // Written again, so no longer the oldest.
        memory.increment("n", 1).unwrap();
        assert_eq!(memory.keys(None, 10).unwrap(), ["b", "c", "n"]);
        memory.set("b", Vec::new()).unwrap();
        memory.set("d", Vec::new()).unwrap();
        assert_eq!(memory.keys(None, 10).unwrap(), ["b", "d", "n"]);
    }

    #[test]
    fn bytes_count_too() {
        let memory = memory(100, 40);
        for key in ["a", "b", "c", "d"] {
            memory.set(key, vec![0; 15]).unwrap();
            assert!(memory.inner().bytes <= 40);
        }
        assert_eq!(memory.keys(None, 10).unwrap(), ["c", "d"]);
    }

    #[test]
    fn keys_come_page_by_page() {
        let memory = memory(10, 1000);
        for key in ["c", "a", "b"] {
            memory.set(key, Vec::new()).unwrap();
        }
        assert_eq!(memory.keys(None, 2).unwrap(), ["a", "b"]);
        assert_eq!(memory.keys(Some("b"), 2).unwrap(), ["c"]);
    }
}
