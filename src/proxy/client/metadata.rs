//! What clients say of themselves (RFC 7591 §2), wherever they say it.

use serde_json::{Map, Value};

/// Longest name, in characters.
const MAX_NAME: usize = 100;

/// A member that is there and not null: some clients write null for what they leave out.
pub(super) fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

/// A member that is a text.
pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    member(members, name).and_then(Value::as_str)
}

/// A member that is a list of texts; an error if it is anything else.
pub(super) fn texts<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<Vec<&'a str>>, ()> {
    let Some(value) = member(members, name) else { return Ok(None) };
    let texts: Option<Vec<_>> = value.as_array().ok_or(())?.iter().map(Value::as_str).collect();
    texts.map(Some).ok_or(())
}

/// Whether a client that says so can do what we do: ask for a code, and redeem it.
pub(super) fn asks_for_codes(members: &Map<String, Value>) -> bool {
    let has = |name, needed| texts(members, name).is_ok_and(|list| list.is_none_or(|list| list.contains(&needed)));
    has("grant_types", "authorization_code") && has("response_types", "code")
}

/// A name that people can read: without characters that are invisible or turn the text around, which could make a page say
/// something else than it does; at most 100 characters; none if nothing is left.
pub(super) fn name(text: &str) -> Option<String> {
    let visible: String =
        text.chars().map(|char| if char.is_whitespace() { ' ' } else { char }).filter(|char| !is_hidden(*char)).collect();
    let mut name = String::new();
    for word in visible.split(' ').filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    let cut: String = name.chars().take(MAX_NAME).collect();
    Some(cut.trim_end().to_owned()).filter(|name| !name.is_empty())
}

/// Controls, direction marks and other characters without a glyph (Unicode's `Cc` and `Default_Ignorable_Code_Point`).
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}
