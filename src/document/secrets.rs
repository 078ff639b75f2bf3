//! Keys that bypass row-level security. The component never needs one, so one in a document is a leak in the making.

use super::{
    mistake::{Mistake, Mistakes},
    node::{Node, Value},
};
use crate::{jose::base64url, json::object};

/// Notes every text and every name in which a secret key stands, without repeating it.
pub(crate) fn find(node: &Node, mistakes: &Mistakes) {
    let note = || {
        let fix = "remove it and revoke it; the component works with the user's token alone";
        mistakes.note(Mistake::of_document(node.line, "a secret key stands here, which bypasses row-level security", fix));
    };
    match &node.value {
        Value::Text(text) if is_secret(text) => note(),
        Value::List(items) => items.iter().for_each(|item| find(item, mistakes)),
        Value::Table(members) => {
            for (name, member) in members {
                if is_secret(name) {
                    note();
                }
                find(member, mistakes);
            }
        }
        _ => {}
    }
}

/// Whether a text contains a Supabase secret key, of the new kind or the old.
pub(crate) fn is_secret(text: &str) -> bool {
    let of_token = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    text.contains("sb_secret_") || text.split(|char| !of_token(char)).any(is_service_token)
}

fn is_service_token(word: &str) -> bool {
    let role = || {
        let payload = base64url(word.split('.').nth(1)?)?;
        object(&payload).ok()?.get("role")?.as_str().map(str::to_owned)
    };
    role().as_deref() == Some("service_role")
}
