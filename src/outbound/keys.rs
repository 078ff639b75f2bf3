//! Where an issuer's keys are, if only its own document says.

use super::{Discovery, Found};
use crate::{
    host::{Host, LocalFuture},
    jose::{KeysDown, Locate},
};

/// The keys of an issuer, by its discovery document.
#[derive(Debug)]
pub(crate) struct DiscoveredKeys(Discovery);

impl DiscoveredKeys {
    pub(crate) fn of(issuer: &str) -> Self {
        Self(Discovery::new(issuer, "LATCH_ISSUER"))
    }
}

impl Locate for DiscoveredKeys {
    fn locate<'a>(&'a self, host: &'a dyn Host) -> LocalFuture<'a, Result<String, KeysDown>> {
        Box::pin(async {
            let found = self.0.find(host, &|document| {
                Ok(Found { jwks: document.endpoint(None, "jwks_uri", "LATCH_JWKS_URI")?, ..Found::default() })
            });
            found.await.map(|found| found.jwks.clone()).map_err(|trouble| KeysDown::NotFound(trouble.to_string()))
        })
    }

    fn name(&self) -> &str {
        &self.0.issuer
    }
}
