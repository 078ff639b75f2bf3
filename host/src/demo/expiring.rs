//! A map that forgets: entries end at their time, and the oldest makes room for one too many.

use std::collections::BTreeMap;

/// At most `max` entries.
pub(super) struct Expiring<V> {
    entries: BTreeMap<String, Entry<V>>,
    /// Keys by age.
    order: BTreeMap<u64, String>,
    next: u64,
    max: usize,
}

struct Entry<V> {
    age: u64,
    expires: u64,
    value: V,
}

impl<V> Expiring<V> {
    pub(super) fn new(max: usize) -> Self {
        Self { entries: BTreeMap::new(), order: BTreeMap::new(), next: 0, max }
    }

    /// Keeps `value` until `expires` (seconds since the Unix epoch).
    pub(super) fn insert(&mut self, key: String, value: V, expires: u64, now: u64) {
        self.take(&key);
        self.entries.retain(|_, entry| entry.expires > now);
        self.order.retain(|_, key| self.entries.contains_key(key));
        while self.entries.len() >= self.max {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.entries.remove(&oldest);
        }
        let age = self.next;
        self.next += 1;
        self.order.insert(age, key.clone());
        self.entries.insert(key, Entry { age, expires, value });
    }

    /// The entry, if its time is not over.
    pub(super) fn get(&self, key: &str, now: u64) -> Option<&V> {
        self.entries.get(key).filter(|entry| entry.expires > now).map(|entry| &entry.value)
    }

    /// Takes the entry out.
    pub(super) fn remove(&mut self, key: &str, now: u64) -> Option<V> {
        self.take(key).filter(|entry| entry.expires > now).map(|entry| entry.value)
    }

    fn take(&mut self, key: &str) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&entry.age);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::Expiring;

    #[test]
    fn entries_end_at_their_time() {
        let mut map = Expiring::new(10);
        map.insert("a".into(), 1, 100, 0);
        assert_eq!(map.get("a", 99), Some(&1));
        assert_eq!(map.get("a", 100), None);
        assert_eq!(map.remove("a", 100), None);
    }

    #[test]
    fn the_oldest_makes_room_and_memory_is_bounded() {
        let mut map = Expiring::new(3);
        for n in 0..100 {
            map.insert(n.to_string(), n, 100, 0);
            map.insert("kept young".into(), n, 100, 0);
            assert!(map.entries.len() <= 3 && map.order.len() == map.entries.len());
        }
        assert!(map.get("kept young", 0).is_some() && map.get("99", 0).is_some() && map.get("97", 0).is_none());
        map.insert("later".into(), 0, 200, 100);
        assert_eq!(map.entries.len(), 1, "what is over is dropped");
    }
}
