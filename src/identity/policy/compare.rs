//! What a rule wants and what a caller has, in words for the operator; some 200 characters at most.

use serde_json::Value;

use super::places::{Places, What};
use crate::identity::{Claim, Identity, claim, refusal::quoted_within};

/// Characters of each side, and of a place.
const SIDE: usize = 80;
const PLACE: usize = 60;

/// Somebody, and where their things stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compare<'a> {
    pub(super) identity: &'a Identity,
    pub(super) places: &'a Places,
}

impl Compare<'_> {
    /// Lists of things that may stand in a place of the operator's choice.
    pub(super) fn lists(self, what: What, wanted: &[String], had: &[String]) -> String {
        let place = if had.is_empty() { self.places.looked(self.identity, what) } else { self.places.named(self.identity, what) };
        format!("{}{place}", sides(wanted, had))
    }

    /// Likewise one thing.
    pub(super) fn one(self, what: What, wanted: &[String], had: Option<&str>) -> String {
        let had: Vec<String> = had.into_iter().map(str::to_owned).collect();
        self.lists(what, wanted, &had)
    }

    /// A claim. Its value is not repeated: who reads the log need not learn it.
    pub(super) fn claim(self, wanted: &Claim) -> String {
        let had = match claim::find(&wanted.path, self.identity.claims()) {
            None | Some(Value::Null) => "has none",
            Some(_) => "has another value",
        };
        format!("wants {}, {had}", quoted_within(SIDE, wanted.any_of.iter().map(plain)))
    }
}

/// What is in one place for every token.
pub(super) fn sides(wanted: &[String], had: &[String]) -> String {
    let one_of = if wanted.len() > 1 { "one of " } else { "" };
    let had = if had.is_empty() { "none".to_owned() } else { quoted_within(SIDE, had) };
    format!("wants {one_of}{}, has {had}", quoted_within(SIDE, wanted))
}

impl Places {
    /// Where something was found.
    fn named(&self, identity: &Identity, what: What) -> String {
        let place = self.find(identity.provider(), what);
        place.map_or_else(String::new, |place| format!(" at {}", path(&place.path)))
    }

    /// Where nothing was found: a wrong place, or something else than text there, looks as if the caller had nothing.
    fn looked(&self, identity: &Identity, what: What) -> String {
        let Some(place) = self.find(identity.provider(), what) else {
            return format!(" where {} has them; [claims] can name another place", identity.provider());
        };
        let at = path(&place.path);
        match claim::find(&place.path, identity.claims()) {
            None => format!(": nothing stands at {at} of [claims]"),
            Some(Value::Array(items)) if items.is_empty() => format!(": the list at {at} of [claims] is empty"),
            Some(_) => format!(": what stands at {at} of [claims] is neither text nor a list of nothing but texts"),
        }
    }
}

fn path(path: &[String]) -> String {
    quoted_within(PLACE, [path.join(".")])
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
