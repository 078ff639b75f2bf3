//! `wasi:keyvalue@0.2.0-draft2`: one store for all instances of a host.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

use self::generated::wasi::keyvalue::{atomics, store};
use super::memory::Fault;
use super::state::State;

mod generated {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "mcp-latch:host/keyvalue",
        imports: { default: trappable },
        require_store_data_send: true,
        with: { "wasi:keyvalue/store.bucket": super::Bucket },
    });
}

/// The only name a component can open.
const NAME: &str = "default";
/// Keys in one answer of `list-keys`.
const PAGE: usize = 1000;

/// Where the values lie. Every operation happens at once or not at all, also when many threads ask.
pub(super) trait Backend: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;
    fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Fault>;
    fn delete(&self, key: &str) -> Result<(), Fault>;
    /// Adds to a counter, which starts from 0, and returns its new value.
    fn increment(&self, key: &str, delta: i64) -> Result<i64, Fault>;
    /// At most `count` keys after `after`, in their order.
    fn keys(&self, after: Option<&str>, count: usize) -> Result<Vec<String>, Fault>;
}

/// An open store. All of them are the same one.
#[allow(unreachable_pub, reason = "the generated module re-exports it")]
pub struct Bucket;

/// What an instance needs for these interfaces.
pub(super) struct View<'a> {
    pub(super) table: &'a mut ResourceTable,
    pub(super) backend: &'a Arc<dyn Backend>,
}

struct KeyValue;

impl HasData for KeyValue {
    type Data<'a> = View<'a>;
}

/// Adds both interfaces.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    store::add_to_linker::<State, KeyValue>(linker, State::key_value)?;
    atomics::add_to_linker::<State, KeyValue>(linker, State::key_value)
}

/// The outer error traps, the inner one is an answer.
type Answer<T> = wasmtime::Result<Result<T, store::Error>>;

fn other(fault: Fault) -> store::Error {
    store::Error::Other(fault.to_string())
}

impl store::Host for View<'_> {
    fn open(&mut self, identifier: String) -> Answer<Resource<Bucket>> {
        if identifier != NAME {
            return Ok(Err(store::Error::NoSuchStore));
        }
        Ok(Ok(self.table.push(Bucket)?))
    }
}

impl store::HostBucket for View<'_> {
    fn get(&mut self, _: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        Ok(self.backend.get(&key).map_err(other))
    }

    fn set(&mut self, _: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        Ok(self.backend.set(&key, value).map_err(other))
    }

    fn delete(&mut self, _: Resource<Bucket>, key: String) -> Answer<()> {
        Ok(self.backend.delete(&key).map_err(other))
    }

    fn exists(&mut self, _: Resource<Bucket>, key: String) -> Answer<bool> {
        Ok(self.backend.get(&key).map(|value| value.is_some()).map_err(other))
    }

    fn list_keys(&mut self, _: Resource<Bucket>, cursor: Option<String>) -> Answer<store::KeyResponse> {
        let page = self.backend.keys(cursor.as_deref(), PAGE).map(|keys| {
            let cursor = keys.last().filter(|_| keys.len() == PAGE).cloned();
            store::KeyResponse { keys, cursor }
        });
        Ok(page.map_err(other))
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for View<'_> {
    fn increment(&mut self, _: Resource<Bucket>, key: String, delta: i64) -> Answer<i64> {
        Ok(self.backend.increment(&key, delta).map_err(other))
    }
}
