//! A dry run: what every rule says of somebody, and not only the first that refuses.

use super::Policy;
use crate::identity::{Access, Identity};

/// One rule and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The way to the rule in the document, such as `tools.notes_delete`.
    pub rule: String,
    /// What it says.
    pub verdict: Verdict,
}

/// What a rule of the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Granted,
    /// After a sign-in with these scopes.
    NeedsScopes(Vec<String>),
    /// For this caller it does not exist: what it needs, and what they have.
    Hidden(String),
    /// The caller may not enter by it: its reason code, and what to do.
    Barred(&'static str, String),
}

impl Policy {
    /// Every rule of `[enter]`, and every tool, prompt and resource that the document names. The identity's scopes are the effective
    /// ones, but for `scopes` of `[enter]`, which asks for the token's own.
    pub fn explain(&self, identity: &Identity) -> Vec<Line> {
        let mut lines = self.explain_enter(identity);
        lines.extend(self.explain_needs(identity));
        lines
    }

    /// The rules of [enter]; the identity's scopes are the token's own.
    pub(in crate::identity) fn explain_enter(&self, identity: &Identity) -> Vec<Line> {
        let rules = self.enter.0.iter().map(|rule| Line {
            rule: if rule.name.is_empty() { "enter".to_owned() } else { format!("enter.{}", rule.name) },
            verdict: match rule.check(self.compare(identity)) {
                Ok(()) => Verdict::Granted,
                Err(barred) => Verdict::Barred(barred.code(), barred.to_string()),
            },
        });
        rules.collect()
    }

    /// Tools, prompts and resources.
    pub(in crate::identity) fn explain_needs(&self, identity: &Identity) -> Vec<Line> {
        let lines = self.needs.0.iter().map(|entry| Line {
            rule: format!("{}.{:?}", entry.kind.section(), entry.pattern),
            verdict: match entry.need.access(identity) {
                Access::Granted => Verdict::Granted,
                Access::NeedsScopes(scopes) => Verdict::NeedsScopes(self.full(&scopes)),
                Access::NeedsSignIn | Access::Hidden => Verdict::Hidden(entry.need.lacking(self.compare(identity))),
            },
        });
        lines.collect()
    }
}
