use crate::host::{Store, StoreError, UnixTime};

pub(super) const REPLAY_WINDOW: u64 = 30;
pub(super) struct Ledger<'a>(&'a dyn Store);
pub(super) enum Turn {
    First,
    Replay(String),
    Wait,
    Reused,
}
impl<'a> Ledger<'a> {
    pub(super) const fn new(store: &'a dyn Store) -> Self {
        Self(store)
    }
    pub(super) async fn is_revoked(&self, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }
    pub(super) async fn revoke(&self, _: &str, _: UnixTime) -> Result<(), StoreError> {
        Ok(())
    }
    pub(super) async fn spend(&self, _: &str) -> Result<bool, StoreError> {
        Ok(true)
    }
    pub(super) async fn take_turn(&self, _: &str, _: u64, _: UnixTime) -> Result<Turn, StoreError> {
        Ok(Turn::First)
    }
    pub(super) async fn finish(&self, _: &str, _: u64, _: &str, _: UnixTime) -> Result<(), StoreError> {
        Ok(())
    }
    pub(super) async fn give_back(&self, _: &str, _: u64) -> Result<(), StoreError> {
        Ok(())
    }
}
