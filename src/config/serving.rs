//! How the endpoint serves: who sees what, what callers without a token may do, how they are told, and what is logged.

use super::{reader::Reader, variables as var};
use crate::{
    identity::Policy,
    mcp::{Guest, Listing},
};

/// How a tool call that needs a sign-in is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeStyle {
    /// HTTP 401 or 403 with `WWW-Authenticate`.
    Http,
    /// HTTP 200 with a result that is an error and has the challenge in its `_meta`.
    Result,
}

/// Which decisions are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// All.
    All,
    /// Refusals alone.
    Refused,
}

pub(super) fn listing(reader: &mut Reader<'_>) -> Listing {
    let text = reader.text(&var::LATCH_LISTING).map(|text| text.to_ascii_lowercase());
    match text.as_deref() {
        None | Some("reachable") => Listing::Reachable,
        Some("granted") => Listing::Granted,
        Some("everything") => Listing::Everything,
        Some(other) => {
            let fix = "use `reachable`, `granted` or `everything`";
            reader.mistake_in(&var::LATCH_LISTING, Some(other), "is none of its three values", fix);
            Listing::default()
        }
    }
}

pub(super) fn guest(reader: &mut Reader<'_>, policy: &Policy) -> Option<Guest> {
    if policy.has_public() && !reader.has(&var::LATCH_ANONYMOUS) {
        let fix = "set LATCH_ANONYMOUS=tools (docs/anonymous.md says what that costs), or remove `anonymous = true`";
        reader.mistake_in(&var::LATCH_ANONYMOUS, None, "is not set, and LATCH_POLICY makes something public", fix);
    }
    let text = reader.text(&var::LATCH_ANONYMOUS).map(|text| text.to_ascii_lowercase());
    match text.as_deref() {
        None | Some("off") => None,
        Some("discovery") => Some(Guest::Discovery),
        Some("tools") => {
            if !policy.has_public() {
                let fix = "let LATCH_POLICY say what is: [tools.name] anonymous = true; or use `discovery`";
                reader.mistake_in(&var::LATCH_ANONYMOUS, Some("tools"), "is for what is public, and nothing is public", fix);
            }
            Some(Guest::Tools)
        }
        Some(other) => {
            let fix = "use `off`, `discovery` or `tools`";
            reader.mistake_in(&var::LATCH_ANONYMOUS, Some(other), "is none of its three values", fix);
            None
        }
    }
}

pub(super) fn audit(reader: &mut Reader<'_>) -> Audit {
    if reader.switch(&var::LATCH_AUDIT, "refused", "all") { Audit::Refused } else { Audit::All }
}

pub(super) fn challenge(reader: &mut Reader<'_>) -> ChallengeStyle {
    if reader.switch(&var::LATCH_CHALLENGE, "result", "http") { ChallengeStyle::Result } else { ChallengeStyle::Http }
}
