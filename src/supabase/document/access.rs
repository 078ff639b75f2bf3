//! Scopes and claims that a caller must have.

use super::super::declaration::Access;
use crate::document::{Place, access};

/// The members `scopes` and `claims`.
pub(super) fn read(place: &Place<'_>) -> Access {
    let scopes = place.member("scopes").map(|member| access::scopes(&member)).unwrap_or_default();
    let claims = place.member("claims").map(|member| access::claims(&member)).unwrap_or_default();
    Access { scopes, claims }
}
