//! The document → [`Policy`], whole or not at all.

use super::{
    Policy,
    enter::{Enter, Rule, address},
    need::{Entry, Kind, Need, Needs, decoded},
    places::{self, Places, What},
    scopes::Scopes,
};
use crate::{
    document::{self, Mistake, Place, access, names::suggestion},
    identity::{Aal, provider},
};

mod grants;
mod hierarchy;

/// Most entries of a section.
const MAX_ENTRIES: usize = 200;
/// Most items of a list.
const MAX_ITEMS: usize = 100;
/// Most bytes of a text.
const MAX_TEXT: usize = 1_000;

pub(super) fn policy(text: &str) -> Result<Policy, Vec<Mistake>> {
    document::read(text, "docs/policy.md", |root| Some(read(root)))
}

fn read(root: &Place<'_>) -> Policy {
    root.only(&["version", "claims", "scopes", "grants", "enter", "tools", "prompts", "resources", "$schema"]);
    document::check_version(root);
    let sections = ["claims", "scopes", "grants", "enter", "tools", "prompts", "resources"];
    if root.is_table() && root.entries().all(|(name, _)| ["version", "$schema"].contains(&name)) {
        root.mistake_here("the document says nothing", "say who may enter, or what a tool needs");
    }
    for section in sections.iter().filter_map(|name| root.member(name)).filter(Place::is_table) {
        let count = section.entries().count();
        if count > MAX_ENTRIES {
            section.mistake_here(&format!("has {count} entries"), &format!("write {MAX_ENTRIES} at most"));
            return Policy::default();
        }
    }
    Policy {
        required: Vec::new(),
        places: root.member("claims").map(|section| places(&section)).unwrap_or_default(),
        enter: root.member("enter").map(|section| enter(&section)).unwrap_or_default(),
        scopes: Scopes {
            includes: root.member("scopes").map(|section| hierarchy::read(&section)).unwrap_or_default(),
            grants: root.member("grants").map(|section| grants::read(&section)).unwrap_or_default(),
        },
        needs: needs(root),
    }
}

/// Names of providers, as an identity tells them.
fn known_providers() -> Vec<&'static str> {
    let upstreams = crate::config::Kind::ALL.into_iter().map(crate::config::Kind::name);
    let mut names: Vec<&str> = provider::ALL.iter().map(|row| row.name).collect();
    for name in upstreams.filter(|name| *name != "supabase-legacy") {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn places(section: &Place<'_>) -> Places {
    let mut found = Places::default();
    let providers = known_providers();
    for (name, place) in section.entries() {
        if providers.contains(&name) {
            for (member, place) in place.entries() {
                found.0.extend(place_of(member, &place, Some(name), &[]));
            }
        } else {
            found.0.extend(place_of(name, &place, None, &providers));
        }
    }
    found
}

fn place_of(name: &str, place: &Place<'_>, provider: Option<&str>, providers: &[&str]) -> Option<places::Place> {
    let Some((_, what)) = What::ALL.into_iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = What::ALL.iter().map(|(name, _)| *name).chain(providers.iter().copied()).collect();
        place.mistake_here("there is no such member", &suggestion(name, &known));
        return None;
    };
    let path = if place.is_list() {
        let names = texts(place);
        access::check_path(&names, place);
        names
    } else {
        access::path(place.text()?, place)
    };
    Some(places::Place { provider: provider.map(str::to_owned), what, path })
}

const RULE: [&str; 14] = [
    "providers",
    "issuers",
    "subjects",
    "emails",
    "email_domains",
    "tenants",
    "organizations",
    "groups",
    "roles",
    "clients",
    "scopes",
    "min_aal",
    "anonymous",
    "claims",
];

/// One rule, or several: tables with names of their own, or a list of tables.
fn enter(section: &Place<'_>) -> Enter {
    if section.is_list() {
        let items = section.items(MAX_ITEMS);
        if items.is_empty() {
            section.mistake_here("lists no rule", "write one, or leave [enter] out to let everybody in");
        }
        check_anonymous(items.iter());
        return Enter(items.iter().enumerate().map(|(index, item)| rule(&(index + 1).to_string(), item)).collect());
    }
    let named = |(name, place): &(&str, Place<'_>)| place.is_table() && !RULE.contains(name);
    let (rules, members): (Vec<_>, Vec<_>) = section.entries().partition(named);
    if rules.is_empty() {
        return Enter(vec![rule("", section)]);
    }
    for (name, member) in members {
        let fix = format!("put it into one of them, such as [enter.{}]", rules.first().map_or("staff", |(name, _)| name));
        if RULE.contains(&name) {
            member.mistake_here("stands beside rules with names", &fix);
        } else {
            member.mistake_here("there is no such member", &suggestion(name, &RULE));
        }
    }
    check_anonymous(rules.iter().map(|(_, place)| place));
    Enter(rules.iter().map(|(name, place)| rule(name, place)).collect())
}

/// A rule that says only whether anonymous users may enter holds for everybody, and the rules beside it decide nothing.
fn check_anonymous<'a, 'p: 'a>(rules: impl ExactSizeIterator<Item = &'a Place<'p>>) {
    if rules.len() < 2 {
        return;
    }
    for rule in rules {
        if let Some(member) = rule.member("anonymous").filter(|_| rule.entries().count() == 1) {
            let fix = "say in this rule for whom it is, such as `providers`, or put `anonymous` into the others";
            member.mistake_here("alone in one of several rules, it lets everybody in", fix);
        }
    }
}

fn rule(name: &str, place: &Place<'_>) -> Rule {
    if place.only(&RULE) && place.is_empty() {
        place.mistake_here("asks for nothing", "say who may enter; without [enter] everybody may whose token is good");
    }
    let list = |name: &str| place.member(name).map(|member| texts(&member)).unwrap_or_default();
    Rule {
        name: name.to_owned(),
        anonymous: place.member("anonymous").and_then(|member| member.switch()).unwrap_or_default(),
        providers: place.member("providers").map(|member| providers(&member)).unwrap_or_default(),
        issuers: list("issuers"),
        clients: list("clients"),
        subjects: list("subjects"),
        tenants: list("tenants"),
        organizations: list("organizations"),
        emails: place.member("emails").map(|member| emails(&member)).unwrap_or_default(),
        email_domains: place.member("email_domains").map(|member| domains(&member)).unwrap_or_default(),
        groups: list("groups"),
        roles: list("roles"),
        scopes: place.member("scopes").map(|member| scopes(&member)).unwrap_or_default(),
        min_aal: place.member("min_aal").and_then(|member| aal(&member)),
        claims: place.member("claims").map(|member| claims(&member)).unwrap_or_default(),
    }
}

fn providers(place: &Place<'_>) -> Vec<String> {
    let known = known_providers();
    for (item, name) in place.texts(MAX_ITEMS) {
        if !known.contains(&name) {
            item.mistake("is no provider", &suggestion(name, &known));
        }
    }
    texts(place)
}

fn emails(place: &Place<'_>) -> Vec<String> {
    let listed = non_empty(place).into_iter().filter_map(|(item, text)| {
        let address = address(text);
        if address.is_none() {
            item.mistake("is not an e-mail address", "write it like ada@example.com");
        }
        address
    });
    listed.collect()
}

fn domains(place: &Place<'_>) -> Vec<String> {
    let listed = non_empty(place).into_iter().map(|(item, text)| {
        let domain = text.to_ascii_lowercase();
        let label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !domain.split('.').all(label) || !domain.contains('.') {
            item.mistake("is not a domain", "write it like example.com, without @ or *; subdomains are listed one by one");
        }
        domain
    });
    listed.collect()
}

fn aal(place: &Place<'_>) -> Option<Aal> {
    let level = Aal::parse(place.text()?);
    if level.is_none() {
        place.mistake("is no level", "write \"aal1\", \"aal2\" or \"aal3\"");
    }
    level
}

fn needs(root: &Place<'_>) -> Needs {
    let mut needs = Needs::default();
    for (name, kind) in Kind::ALL {
        let Some(section) = root.member(name) else { continue };
        for (pattern, place) in section.entries() {
            check_pattern(kind, pattern, &place);
            let twin = |entry: &&Entry| entry.kind == kind && decoded(&entry.pattern) == decoded(pattern);
            if kind == Kind::Resource && needs.0.iter().any(|entry| twin(&entry)) {
                place.mistake_here("is another spelling of an entry above", "join the two");
            }
            needs.0.push(Entry { kind, pattern: pattern.to_owned(), need: need(&place) });
        }
    }
    needs
}

fn check_pattern(kind: Kind, pattern: &str, place: &Place<'_>) {
    let start = pattern.strip_suffix('*').unwrap_or(pattern);
    if pattern.is_empty() || pattern.len() > MAX_TEXT || start.contains('*') {
        place.mistake_here("is not a name", "write a name, or the beginning of names and one * at its end");
    } else if kind == Kind::Resource && start.contains('{') {
        place.mistake_here("is a template", "write its text up to the first {, and *");
    }
}

fn need(place: &Place<'_>) -> Need {
    place.only(&["scopes", "permissions", "groups", "roles", "providers", "issuers", "claims", "anonymous"]);
    let list = |name: &str| place.member(name).map(|member| texts(&member)).unwrap_or_default();
    let anonymous = place.member("anonymous");
    let is_public = anonymous.as_ref().and_then(Place::switch).unwrap_or_default();
    if let Some(member) = anonymous.filter(|_| is_public && place.entries().count() > 1) {
        member.mistake_here("nobody who is not signed in has what else is asked for", "remove it, or everything else");
    }
    Need {
        scopes: place.member("scopes").map(|member| scopes(&member)).unwrap_or_default(),
        providers: place.member("providers").map(|member| providers(&member)).unwrap_or_default(),
        issuers: list("issuers"),
        permissions: list("permissions"),
        groups: list("groups"),
        roles: list("roles"),
        claims: place.member("claims").map(|member| claims(&member)).unwrap_or_default(),
        anonymous: is_public,
    }
}

fn scopes(place: &Place<'_>) -> Vec<String> {
    check_non_empty(place);
    access::scopes(place)
}

fn claims(place: &Place<'_>) -> Vec<crate::identity::Claim> {
    if place.is_empty() {
        place.mistake_here("lists no claim", "list one, or remove it");
    }
    access::claims(place)
}

/// Texts that are not empty.
fn texts(place: &Place<'_>) -> Vec<String> {
    non_empty(place).into_iter().map(|(_, text)| text.to_owned()).collect()
}

fn non_empty<'a>(place: &Place<'a>) -> Vec<(Place<'a>, &'a str)> {
    check_non_empty(place);
    let texts = place.texts(MAX_ITEMS);
    for (item, text) in &texts {
        if text.is_empty() || text.len() > MAX_TEXT {
            item.mistake_here("is empty or longer than 1000 bytes", "write what tokens say");
        }
    }
    texts
}

/// A list of nothing lets nobody in; whoever wants that takes the endpoint down.
fn check_non_empty(place: &Place<'_>) {
    if place.is_empty_list() {
        place.mistake_here("lists nothing", "list something, or remove it");
    }
}
