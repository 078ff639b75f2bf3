//! Who signed in, and the little that is kept of what an upstream says about them: it travels in every token we issue.

use serde_json::{Map, Value};

use super::Trouble;
use crate::{config::Kind, host::UnixTime};

/// Somebody who signed in.
#[derive(Debug)]
pub(super) struct Who {
    pub(super) subject: String,
    pub(super) claims: Map<String, Value>,
    /// Known better than from the token endpoint's answer.
    pub(super) expires_at: Option<UnixTime>,
    /// Likewise.
    pub(super) scopes: Option<Vec<String>>,
}

impl Who {
    pub(super) const fn new(subject: String, claims: Map<String, Value>) -> Self {
        Self { subject, claims, expires_at: None, scopes: None }
    }
}

/// Claims that are a text, and how many bytes of it are kept at most; a longer one is left out.
const TEXTS: [(&str, usize); 8] = [
    ("email", 254),
    ("name", 128),
    ("preferred_username", 128),
    ("picture", 512),
    ("hd", 128),
    ("tid", 64),
    ("oid", 64),
    ("org_id", 128),
];
/// Claims that are lists of texts.
const LISTS: [&str; 2] = ["groups", "roles"];
/// Most items of a list, and most bytes of an item; else the list is left out as a whole.
const MAX_ITEMS: usize = 20;
const MAX_ITEM: usize = 64;
/// Longest identifier of a user, in bytes (OpenID Connect Core §2).
const MAX_SUBJECT: usize = 255;

/// The claims that are kept.
pub(super) fn of(all: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, longest) in TEXTS {
        if let Some(Value::String(text)) = all.get(name)
            && !text.is_empty()
            && text.len() <= longest
        {
            kept.insert(name.to_owned(), Value::String(text.clone()));
        }
    }
    // Google's older endpoints write it as a string.
    match all.get("email_verified") {
        Some(Value::Bool(verified)) if kept.contains_key("email") => {
            kept.insert("email_verified".to_owned(), Value::Bool(*verified));
        }
        Some(Value::String(text)) if kept.contains_key("email") && (text == "true" || text == "false") => {
            kept.insert("email_verified".to_owned(), Value::Bool(text == "true"));
        }
        _ => {}
    }
    let short = |item: &Value| item.as_str().is_some_and(|text| text.len() <= MAX_ITEM);
    for name in LISTS {
        if let Some(Value::Array(items)) = all.get(name)
            && items.len() <= MAX_ITEMS
            && items.iter().all(short)
        {
            kept.insert(name.to_owned(), Value::Array(items.clone()));
        }
    }
    kept
}

/// A subject that no other upstream has.
pub(super) fn subject(kind: Kind, id: &str) -> Result<String, Trouble> {
    if id.is_empty() || id.len() > MAX_SUBJECT || id.chars().any(char::is_control) {
        return Err(Trouble::Refused("it does not say who signed in".to_owned()));
    }
    Ok(format!("{}|{id}", kind.name()))
}
