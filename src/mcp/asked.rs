//! What a message asked for, as the operator's log tells it.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};

use super::jsonrpc::Message;

/// Longest method and name that a line repeats, in characters. Longer ones are a stranger's invention.
const MAX: usize = 64;
/// Longest URI, without its query.
const MAX_URI: usize = 200;

/// What a message asked for, and whether it was told that there is no such thing. Filled where it becomes known, read when the answer
/// is there.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    what: RefCell<What>,
    hidden: Cell<bool>,
}

/// A method and what it is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct What {
    pub(crate) method: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) resource: Option<String>,
}

impl Asked {
    pub(super) fn note(&self, message: &Message) {
        let Some(method) = &message.method else { return };
        let member = |of: &str, name: &str| (method == of).then(|| text(&message.params, name)).flatten();
        *self.what.borrow_mut() = What {
            method: Some(cut(method, MAX)),
            tool: member("tools/call", "name").map(|name| cut(name, MAX)),
            prompt: member("prompts/get", "name").map(|name| cut(name, MAX)),
            // A query may hold what is nobody's business.
            resource: member("resources/read", "uri").map(|uri| cut(uri.split(['?', '#']).next().unwrap_or_default(), MAX_URI)),
        };
    }

    /// Notes that it exists, though not for this caller.
    pub(super) fn note_hidden(&self) {
        self.hidden.set(true);
    }

    pub(crate) fn what(&self) -> What {
        self.what.borrow().clone()
    }

    pub(crate) fn was_hidden(&self) -> bool {
        self.hidden.get()
    }
}

fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    params.get(name).and_then(Value::as_str)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
