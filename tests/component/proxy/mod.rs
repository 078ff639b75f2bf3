//! The authorization server, driven as clients and browsers drive it. Each test is named after what it keeps from happening;
//! M1–M9, R1–R12 and the advisories are those of docs/threats.md.

mod authorize;
mod flow;
mod redeem;
mod store;
mod tokens;
pub(crate) mod user;
