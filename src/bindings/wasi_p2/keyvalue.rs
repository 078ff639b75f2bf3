//! `wasi:keyvalue@0.2.0-draft2`: the store that all instances share.
//!
//! WASI 0.2 has no way to wait for a store: each operation holds the instance until the host has answered.

use std::{
    cell::{Cell, OnceCell},
    future::ready,
};

use serde_json::json;

use super::{
    Wasi,
    wasi::keyvalue::{
        atomics,
        store::{self, Bucket, Error},
    },
};
use crate::{
    host::{LocalFuture, Store, StoreError},
    log::{self, Level},
};

/// The store's name. Hosts have one of this name unless told otherwise.
const BUCKET: &str = "default";

thread_local! {
    static OPEN: OnceCell<Bucket> = const { OnceCell::new() };
    static REPORTED: Cell<bool> = const { Cell::new(false) };
}

/// The store, opened by whoever needs it first.
pub(super) struct KeyValue;

/// Runs an operation on the store. If it cannot be opened, nothing that needs it succeeds; the next operation tries again, so that
/// an instance that began while the store was away is not lost.
fn with<T>(operation: impl FnOnce(&Bucket) -> Result<T, Error>) -> Result<T, StoreError> {
    OPEN.with(|open| {
        let bucket = match open.get() {
            Some(bucket) => bucket,
            None => {
                let bucket = store::open(BUCKET).map_err(failed).inspect_err(report)?;
                open.get_or_init(|| bucket)
            }
        };
        operation(bucket).map_err(failed)
    })
}

/// Tells the operator, once.
fn report(error: &StoreError) {
    if !REPORTED.replace(true) {
        let fix = "let the component use the key-value store \"default\"";
        log::event(&Wasi, Level::Error, "store_unavailable", &[("error", json!(error.to_string())), ("fix", json!(fix))]);
    }
}

fn failed(error: Error) -> StoreError {
    StoreError(match error {
        Error::NoSuchStore => format!("the host has no store \"{BUCKET}\""),
        Error::AccessDenied => format!("the host does not let this component use the store \"{BUCKET}\""),
        Error::Other(text) => text,
    })
}

impl Store for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(ready(with(|bucket| bucket.get(key))))
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(ready(with(|bucket| bucket.set(key, value))))
    }

    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(ready(with(|bucket| bucket.delete(key))))
    }

    fn increment<'a>(&'a self, key: &'a str, delta: u64) -> LocalFuture<'a, Result<u64, StoreError>> {
        let out_of_range = || StoreError("a counter is out of range".to_owned());
        let value = i64::try_from(delta)
            .map_err(|_| out_of_range())
            .and_then(|delta| with(|bucket| atomics::increment(bucket, key, delta)))
            .and_then(|value| u64::try_from(value).map_err(|_| out_of_range()));
        Box::pin(ready(value))
    }
}
