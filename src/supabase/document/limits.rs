//! Bounds of rows, bytes and time.

use super::super::declaration::{Limits, Rows};
use crate::document::Place;

/// Most rows of a result, whatever is declared.
const MAX_ROWS: u32 = 999;
/// Most rows that one write may touch, whatever is declared.
const MAX_AFFECTED: u32 = 100;
const MAX_SERVER_ROWS: u32 = 1_000_000;

/// What a table or function has when it does not say.
pub(super) struct Defaults {
    rows: u32,
    max_rows: u32,
    max_affected: u32,
    server_rows: u32,
}

/// The section `limits`: what holds for every call, and what tables and functions start from.
pub(super) fn read(place: Option<&Place<'_>>) -> (Limits, Defaults) {
    if let Some(place) = place {
        place.only(&["rows", "max_rows", "max_affected", "bytes", "seconds", "server_rows"]);
    }
    let number = |name: &str, least: u32, most: u32, default: u32| {
        place.and_then(|place| place.member(name)).and_then(|member| member.number(least, most)).unwrap_or(default)
    };
    let server_rows = number("server_rows", 2, MAX_SERVER_ROWS, 1_000);
    let bytes = number("bytes", 4_096, 1_048_576, 262_144);
    let seconds = number("seconds", 1, 8, 6);
    let defaults = Defaults { rows: 50, max_rows: 200.min(server_rows - 1), max_affected: 20.min(server_rows - 1), server_rows };
    let max_affected = place.map_or(defaults.max_affected, |place| max_affected(place, &defaults));
    let rows = place.map_or_else(|| rows_without(&defaults), |place| rows(place, &defaults));
    let limits = Limits { bytes: bytes as usize, seconds: seconds.into(), server_rows };
    (limits, Defaults { rows: rows.default, max_rows: rows.max, max_affected, server_rows })
}

const fn rows_without(defaults: &Defaults) -> Rows {
    let (rows, max) = (defaults.rows, defaults.max_rows);
    Rows { default: if rows < max { rows } else { max }, max }
}

/// The members `rows` and `max_rows`. A default is lowered to what a table sets as its most; a number that is written is not.
pub(super) fn rows(place: &Place<'_>, defaults: &Defaults) -> Rows {
    let most = place.member("max_rows");
    let max = most.as_ref().and_then(|most| most.number(1, MAX_ROWS)).unwrap_or(defaults.max_rows);
    check_uncut(most.as_ref(), max, defaults);
    let default = place.member("rows").and_then(|rows| {
        let number = rows.number(1, MAX_ROWS)?;
        if number > max {
            rows.mistake(&format!("is more than max_rows ({max})"), "lower it, or raise max_rows");
        }
        Some(number)
    });
    Rows { default: default.unwrap_or(defaults.rows).min(max), max }
}

/// The member `max_affected`. A write that touches more rows is known by the row too many that comes back.
pub(super) fn max_affected(place: &Place<'_>, defaults: &Defaults) -> u32 {
    let member = place.member("max_affected");
    let most = member.as_ref().and_then(|member| member.number(1, MAX_AFFECTED)).unwrap_or(defaults.max_affected);
    check_uncut(member.as_ref(), most, defaults);
    most
}

/// Notes a mistake if one row more than `most` could be cut off by the server, so that nobody would see that there are more.
fn check_uncut(member: Option<&Place<'_>>, most: u32, defaults: &Defaults) {
    if let Some(member) = member.filter(|_| most >= defaults.server_rows) {
        let problem = format!("is not less than server_rows ({}), where the server cuts without a word", defaults.server_rows);
        member.mistake(&problem, "lower it, or raise limits.server_rows if PostgREST's db-max-rows is higher");
    }
}
