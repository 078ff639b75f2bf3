//! Names: what may be one.

use crate::document::Place;

/// PostgreSQL's limit of an identifier.
const MAX_SOURCE: usize = 63;
const MAX_DESCRIPTION: usize = 1_000;

/// Notes a mistake if the name of a table or function does not fit into a tool's name.
pub(super) fn check_tool(name: &str, place: &Place<'_>) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !(1..=48).contains(&name.len()) || !name.bytes().all(allowed) {
        let fix = "use 1 to 48 letters, digits, _ and -, and give its name in the database as a member";
        place.mistake_here("the name does not fit into a tool's name", fix);
    }
}

/// Notes a mistake if callers could not use the name of a column or argument. A minus at the start means "descending" in an
/// order; the rest is what the APIs of models demand of members of an `inputSchema`.
pub(super) fn check_exposed(name: &str, place: &Place<'_>, member: &str) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(allowed) || name.starts_with('-') {
        let fix = format!(
            "use 1 to 64 letters, digits, _, . and -, no - at the start, and give the name in the database as `{member}`"
        );
        place.mistake_here("the name does not fit into a tool's arguments", &fix);
    }
}

/// The name in the database: the member's text, else the key.
pub(super) fn source(place: &Place<'_>, member: &str, key: &str) -> String {
    if place.member(member).is_some() {
        return database(place, member).unwrap_or_default();
    }
    if !is_source(key) {
        place.mistake_here("the key is no name in a database", &format!("give that name as `{member}`"));
    }
    key.to_owned()
}

/// A member that is a name in the database.
pub(super) fn database(place: &Place<'_>, member: &str) -> Option<String> {
    let member = place.member(member)?;
    let name = member.text()?;
    if !is_source(name) {
        member.mistake("is no name in a database", "use 1 to 63 bytes without control characters, not ., .. or *");
    }
    Some(name.to_owned())
}

/// Paths resolve `.` and `..`, and PostgREST takes even a quoted `*` for all columns (seen on 12.0.2).
fn is_source(name: &str) -> bool {
    (1..=MAX_SOURCE).contains(&name.len()) && !name.chars().any(char::is_control) && !matches!(name, "." | ".." | "*")
}

/// The member `description`; an empty one is none.
pub(super) fn description(place: &Place<'_>) -> Option<String> {
    let member = place.member("description")?;
    let text = member.text()?;
    if text.chars().count() > MAX_DESCRIPTION {
        member.mistake_here(
            "the description is longer than 1000 characters",
            "shorten it; it is sent to the model in every session",
        );
    }
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
