//! `LATCH_POLICY`: who may do what.

use std::sync::Arc;

use super::{Issuer, reader::Reader, variables as var};
use crate::identity::Policy;

/// The document, or nothing but the required scopes.
pub(super) fn read(reader: &mut Reader<'_>, required: &[String]) -> Arc<Policy> {
    let policy = reader.document(&var::LATCH_POLICY).map(|text| Policy::parse(&text));
    let policy = match policy {
        None => Policy::default(),
        Some(Ok(policy)) => policy,
        Some(Err(mistakes)) => {
            reader.mistakes_of(&var::LATCH_POLICY, mistakes);
            Policy::default()
        }
    };
    Arc::new(policy.with_required_scopes(required.to_vec()))
}

/// Lets anonymous users through to the rules that decide about them.
pub(super) fn apply(policy: &Policy, issuers: &mut [Issuer]) {
    for issuer in issuers {
        issuer.allow.anonymous_users |= policy.admits_anonymous_users();
    }
}
