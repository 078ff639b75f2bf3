//! A [`Store`] in memory, for tests. Every operation lets others go first, so that tests can mix the steps of many; and it is
//! stricter than a real one about what not all real ones allow.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    task::Poll,
};

use super::{LocalFuture, Store, StoreError};

/// What lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Written by `set`.
    Value(Vec<u8>),
    /// Written by `increment`. How a host encodes it is its own business, so it cannot be read by `get`.
    Counter(u64),
}

/// The store.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) entries: RefCell<BTreeMap<String, Entry>>,
    /// Whether it is away: every operation fails.
    pub(crate) away: Cell<bool>,
    /// Operations so far.
    pub(crate) operations: Cell<usize>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The keys, in their order.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.entries.borrow().keys().cloned().collect()
    }

    /// Everything that is written there, for tests that look for secrets.
    pub(crate) fn text(&self) -> String {
        let entries = self.entries.borrow();
        let value = |entry: &Entry| match entry {
            Entry::Value(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Entry::Counter(count) => count.to_string(),
        };
        entries.iter().map(|(key, entry)| format!("{key}={}\n", value(entry))).collect()
    }

    fn operation<'a, T: 'a>(
        &'a self,
        key: &'a str,
        run: impl FnOnce(&mut BTreeMap<String, Entry>) -> T + 'a,
    ) -> LocalFuture<'a, Result<T, StoreError>> {
        let safe = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":._-".contains(&byte);
        assert!((1..=128).contains(&key.len()) && key.bytes().all(safe), "a key that not all stores take: {key:?}");
        Box::pin(async move {
            let mut waited = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            self.operations.set(self.operations.get() + 1);
            if self.away.get() {
                return Err(StoreError("the store is away".to_owned()));
            }
            Ok(run(&mut self.entries.borrow_mut()))
        })
    }
}

impl Store for Memory {
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        self.operation(key, move |entries| match entries.get(key) {
            Some(Entry::Value(value)) => Some(value.clone()),
            Some(Entry::Counter(_)) => panic!("a counter is read: {key}"),
            None => None,
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>> {
        self.operation(key, move |entries| {
            let old = entries.insert(key.to_owned(), Entry::Value(value.to_vec()));
            assert!(!matches!(old, Some(Entry::Counter(_))), "a counter is overwritten: {key}");
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>> {
        self.operation(key, move |entries| drop(entries.remove(key)))
    }

    fn increment<'a>(&'a self, key: &'a str, delta: u64) -> LocalFuture<'a, Result<u64, StoreError>> {
        self.operation(key, move |entries| match entries.entry(key.to_owned()).or_insert(Entry::Counter(0)) {
            Entry::Counter(count) => {
                *count += delta;
                *count
            }
            Entry::Value(_) => panic!("a value is counted up: {key}"),
        })
    }
}
