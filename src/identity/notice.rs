//! What an operator should know of tokens that do not say which endpoint they are for.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::Verifier;
use crate::{
    host::Host,
    log::{self, Level},
};

/// Given once in the life of an instance, when the first token is let in: by then it is about something that happens.
#[derive(Debug, Default)]
pub(super) struct Notice(AtomicBool);

impl Notice {
    /// Says that tokens of every client of the issuer open this endpoint, if they do.
    pub(super) fn give(&self, host: &dyn Host, verifier: &Verifier) {
        if !verifier.audience.is_shared() || !verifier.entrance.client_ids.is_empty() || self.0.swap(true, Ordering::Relaxed) {
            return;
        }
        let detail = format!(
            "tokens of every client of this issuer open this endpoint, whichever server they were asked for: list the clients in \
             LATCH_CLIENT_IDS (LATCH_{}_CLIENT_IDS beside other providers), or have the issuer name an audience and set \
             LATCH_AUDIENCE",
            verifier.provider.infix()
        );
        log::event(host, Level::Warn, "audience_unbound", &[("issuer", json!(verifier.issuer())), ("detail", json!(detail))]);
    }
}
