//! The sections `tools`, `prompts` and `resources`: what each of them needs.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{compare::Compare, places::What};
use crate::identity::{Access, Claim, Identity, refusal::quoted_within};

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tool, by its name.
    Tool,
    /// A prompt, by its name.
    Prompt,
    /// A resource, by its URI, or a template, by its text up to the first `{`.
    Resource,
}

impl Kind {
    /// Every kind, by the name of its section.
    pub(crate) const ALL: [(&str, Self); 3] = [("tools", Self::Tool), ("prompts", Self::Prompt), ("resources", Self::Resource)];

    /// The name of its section.
    pub(super) const fn section(self) -> &'static str {
        match self {
            Self::Tool => "tools",
            Self::Prompt => "prompts",
            Self::Resource => "resources",
        }
    }
}

/// Every rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs(pub(super) Vec<Entry>);

/// One rule, and what it is about.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// A name, or its beginning and `*`.
    pub(super) pattern: String,
    pub(super) need: Need,
}

/// What a caller needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Need {
    /// All of them.
    pub(super) scopes: Vec<String>,
    /// One of them.
    pub(super) providers: Vec<String>,
    /// One of them, byte for byte.
    pub(super) issuers: Vec<String>,
    /// All of them.
    pub(super) permissions: Vec<String>,
    /// One of them.
    pub(super) groups: Vec<String>,
    /// One of them.
    pub(super) roles: Vec<String>,
    /// All of them.
    pub(super) claims: Vec<Claim>,
    /// Not even a sign-in, where the endpoint lets such callers in.
    pub(super) anonymous: bool,
}

impl Needs {
    pub(super) fn access(&self, kind: Kind, name: &str, identity: &Identity) -> Access {
        let all = self.holding(kind, name).into_iter().flatten();
        all.fold(Access::Granted, |access, need| access.and(need.access(identity)))
    }

    pub(super) fn are_public(&self, kind: Kind, name: &str) -> bool {
        let [plain, decoded] = self.holding(kind, name);
        plain.is_some_and(|need| need.anonymous) && decoded.is_none_or(|need| need.anonymous)
    }

    /// The rules that hold: for a URI also the one of its other spelling, without percent-encoding. Whoever reads it decodes it, so
    /// nobody gets past a rule by spelling, and no rule is loosened by it.
    fn holding(&self, kind: Kind, name: &str) -> [Option<&Need>; 2] {
        let plain = self.most_specific(kind, name, Cow::Borrowed);
        if kind != Kind::Resource {
            return [plain, None];
        }
        [plain, self.most_specific(kind, &decoded(name), decoded)]
    }

    /// The rule whose pattern is the name, else that with the longest beginning of it.
    fn most_specific<'a>(&'a self, kind: Kind, name: &str, spelt: impl Fn(&'a str) -> Cow<'a, str>) -> Option<&'a Need> {
        let fitting = self.0.iter().filter(|entry| entry.kind == kind).filter_map(|entry| {
            let rank = match entry.pattern.strip_suffix('*') {
                Some(start) => {
                    let start = spelt(start);
                    name.starts_with(&*start).then_some((false, start.len()))?
                }
                None => (spelt(&entry.pattern) == name).then_some((true, name.len()))?,
            };
            Some((rank, &entry.need))
        });
        fitting.max_by_key(|(rank, _)| *rank).map(|(_, need)| need)
    }
}

/// Without percent-encoding.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

impl Need {
    pub(super) fn access(&self, identity: &Identity) -> Access {
        let some_of = |list: &[String], found: &[String]| list.is_empty() || found.iter().any(|found| list.contains(found));
        let one_of = |list: &[String], found: &str| list.is_empty() || list.iter().any(|item| item == found);
        let exists = one_of(&self.providers, identity.provider())
            && one_of(&self.issuers, identity.issuer())
            && self.permissions.iter().all(|permission| identity.permissions().contains(permission))
            && some_of(&self.groups, identity.groups())
            && some_of(&self.roles, identity.roles())
            && self.claims.iter().all(|claim| claim.holds(identity));
        Access::by_scopes(identity, exists, &self.scopes)
    }

    /// The first thing for whose lack it does not exist.
    pub(super) fn lacking(&self, caller: Compare<'_>) -> String {
        let identity = caller.identity;
        let lacks = |list: &[String], found: &[String]| !list.is_empty() && !found.iter().any(|found| list.contains(found));
        let has = |permission: &&String| identity.permissions().contains(permission);
        if let Some(permission) = self.permissions.iter().find(|permission| !has(permission)) {
            let wanted = std::slice::from_ref(permission);
            return format!("permissions: {}", caller.lists(What::Permissions, wanted, identity.permissions()));
        }
        if lacks(&self.groups, identity.groups()) {
            let more = if identity.has_unknown_groups() { "; the token does not list all groups" } else { "" };
            return format!("groups: {}{more}", caller.lists(What::Groups, &self.groups, identity.groups()));
        }
        if lacks(&self.roles, identity.roles()) {
            return format!("roles: {}", caller.lists(What::Roles, &self.roles, identity.roles()));
        }
        let claim = self.claims.iter().find(|claim| !claim.holds(identity));
        claim.map_or_else(String::new, |claim| {
            format!("claim {}: {}", quoted_within(60, [claim.path.join(".")]), caller.claim(claim))
        })
    }
}
