//! The rules once more, from docs/policy.md, over the raw document and the raw claims. Nothing here is shared with the crate, and nothing
//! here is fast.

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) struct Model<'a> {
    pub(crate) document: &'a Value,
    pub(crate) required: &'a [String],
    pub(crate) claims: &'a Value,
}

pub(crate) enum Outcome {
    Refused(&'static str),
    Lacks(BTreeSet<String>),
    In(BTreeSet<String>),
}

pub(crate) enum Says {
    Granted,
    Needs(BTreeSet<String>),
    Hidden,
}

type Set = BTreeSet<String>;

fn strings(value: &Value) -> Vec<String> {
    value.as_array().map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

/// What an operator's own place holds: one text or only texts.
fn place_holds(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Array(items) if items.iter().all(Value::is_string) => strings(value),
        _ => vec![],
    }
}

impl Model<'_> {
    fn provider(&self) -> &'static str {
        match self.claims["iss"].as_str().unwrap() {
            "https://abc.supabase.co/auth/v1" => "supabase",
            "https://id.example" => "custom",
            _ => "entra",
        }
    }

    fn at(&self, place: &Value) -> Value {
        let names: Vec<String> = match place {
            Value::Array(_) => strings(place),
            Value::String(url) if url.contains("://") => vec![url.clone()],
            Value::String(path) => path.split('.').map(str::to_owned).collect(),
            _ => panic!("{place}"),
        };
        let mut here = self.claims;
        for name in names {
            match here.get(&name) {
                Some(next) => here = next,
                None => return Value::Null,
            }
        }
        here.clone()
    }

    /// The operator's place, if there is one.
    fn moved(&self, what: &str) -> Option<Value> {
        let sections = &self.document["claims"];
        for place in [&sections[self.provider()][what], &sections[what]] {
            if !place.is_null() {
                return Some(self.at(place));
            }
        }
        None
    }

    fn groups(&self) -> Vec<String> {
        self.moved("groups").map_or_else(|| strings(&self.claims["groups"]), |value| place_holds(&value))
    }

    fn roles(&self) -> Vec<String> {
        if let Some(value) = self.moved("roles") {
            return place_holds(&value);
        }
        if self.provider() == "supabase" { vec!["authenticated".to_owned()] } else { strings(&self.claims["roles"]) }
    }

    fn permissions(&self) -> Vec<String> {
        if let Some(value) = self.moved("permissions") {
            return place_holds(&value);
        }
        match self.provider() {
            "supabase" => vec![format!("aal:{}", self.claims["aal"].as_str().unwrap())],
            "custom" => strings(&self.claims["permissions"]),
            _ => strings(&self.claims["roles"]),
        }
    }

    fn own_scopes(&self) -> Vec<String> {
        let texts = match self.moved("scopes") {
            Some(value) => place_holds(&value),
            None => {
                let claim = if self.claims["scope"].is_null() { &self.claims["scp"] } else { &self.claims["scope"] };
                place_holds(claim)
            }
        };
        texts.iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn one(&self, what: &str, usual: &str) -> Option<String> {
        let value = self.moved(what).unwrap_or_else(|| self.claims[usual].clone());
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn level(&self) -> u8 {
        let value = match self.moved("aal") {
            Some(value) => value,
            None if self.provider() == "supabase" => self.claims["aal"].clone(),
            None => Value::Null,
        };
        match value.as_str() {
            Some("aal1") => 1,
            Some("aal2") => 2,
            Some("aal3") => 3,
            _ => 0,
        }
    }

    fn claim_holds(&self, path: &str, accepted: &Value) -> bool {
        let found = self.at(&Value::String(path.to_owned()));
        let accepted = accepted.as_array().cloned().unwrap_or_else(|| vec![accepted.clone()]);
        match found {
            Value::Null => false,
            Value::Array(items) => items.iter().any(|item| accepted.contains(item)),
            value => accepted.contains(&value),
        }
    }

    fn claims_hold(&self, claims: &Value) -> bool {
        claims.as_object().is_none_or(|claims| claims.iter().all(|(path, accepted)| self.claim_holds(path, accepted)))
    }

    /// Who may enter.
    pub(crate) fn enter(&self) -> Outcome {
        let entry = &self.document["enter"];
        let rules: Vec<&Value> = match entry {
            Value::Null => vec![],
            Value::Array(rules) => rules.iter().collect(),
            Value::Object(members) if members.contains_key("first") => members.values().collect(),
            rule => vec![rule],
        };
        // Without a rule for them, a project's anonymous users do not get that far.
        if self.provider() == "supabase"
            && self.claims["is_anonymous"] == true
            && !rules.iter().any(|rule| rule["anonymous"] == true)
        {
            return Outcome::Refused("anonymous_user");
        }
        let verdicts: Vec<Option<&'static str>> = rules.iter().map(|rule| self.bars(rule)).collect();
        if !verdicts.is_empty() && verdicts.iter().all(Option::is_some) {
            return Outcome::Refused(if verdicts.len() == 1 { verdicts[0].unwrap() } else { "not_allowed" });
        }
        let scopes = self.effective();
        if self.required.iter().all(|scope| scopes.contains(scope)) {
            return Outcome::In(scopes);
        }
        Outcome::Lacks(self.full(&[]))
    }

    fn bars(&self, rule: &Value) -> Option<&'static str> {
        let given = |name: &str| !rule[name].is_null();
        let lists = |name: &str, text: &str| strings(&rule[name]).iter().any(|item| item == text);
        let lists_one = |name: &str, all: Vec<String>| all.iter().any(|item| lists(name, item));
        let is_anonymous = self.claims["is_anonymous"] == true || self.claims["isAnonymous"] == true;
        if is_anonymous && rule["anonymous"] != true {
            return Some("anonymous_not_allowed");
        }
        if given("providers") && !lists("providers", self.provider()) {
            return Some("provider_not_allowed");
        }
        if given("issuers") && !lists("issuers", self.claims["iss"].as_str().unwrap()) {
            return Some("issuer_not_allowed");
        }
        if given("clients") && !lists("clients", self.claims["client_id"].as_str().unwrap()) {
            return Some("client_not_allowed");
        }
        let subject = match self.provider() {
            "entra" => format!("{}.{}", self.claims["oid"].as_str().unwrap(), self.claims["tid"].as_str().unwrap()),
            _ => self.claims["sub"].as_str().unwrap().to_owned(),
        };
        if given("subjects") && !lists("subjects", &subject) {
            return Some("subject_not_allowed");
        }
        let usual = if self.provider() == "entra" { "tid" } else { "no such claim" };
        if given("tenants") && !self.one("tenant", usual).is_some_and(|tenant| lists("tenants", &tenant)) {
            return Some("tenant_not_allowed");
        }
        if given("organizations") && !self.one("organization", "org_id").is_some_and(|name| lists("organizations", &name)) {
            return Some("organization_not_allowed");
        }
        if given("emails") || given("email_domains") {
            let address = self.claims["email"].as_str().unwrap();
            let parts: Vec<&str> = address.split('@').collect();
            if self.claims["email_verified"] != true || self.provider() == "entra" || parts.len() != 2 {
                return Some("email_not_verified");
            }
            let same_domain = |domain: &str| domain.eq_ignore_ascii_case(parts[1]);
            let same = |listed: &String| {
                let (local, domain) = listed.split_once('@').unwrap();
                local == parts[0] && same_domain(domain)
            };
            if given("emails") && !strings(&rule["emails"]).iter().any(same) {
                return Some("email_not_allowed");
            }
            if given("email_domains") && !strings(&rule["email_domains"]).iter().any(|domain| same_domain(domain)) {
                return Some("domain_not_allowed");
            }
        }
        if given("groups") && !lists_one("groups", self.groups()) {
            let left_out = self.claims["_claim_names"]["groups"].is_string() || !self.claims["hasgroups"].is_null();
            return Some(if left_out && self.moved("groups").is_none() { "groups_unknown" } else { "group_not_allowed" });
        }
        if given("roles") && !lists_one("roles", self.roles()) {
            return Some("role_not_allowed");
        }
        if given("scopes") && !lists_one("scopes", self.own_scopes()) {
            return Some("scope_not_allowed");
        }
        if given("min_aal") {
            let least = rule["min_aal"].as_str().unwrap().trim_start_matches("aal").parse::<u8>().unwrap();
            if self.level() < least {
                return Some("aal_too_low");
            }
        }
        if !self.claims_hold(&rule["claims"]) {
            return Some("claim_not_allowed");
        }
        None
    }

    /// A set of scopes with all they include.
    fn closed(&self, mut scopes: Set) -> Set {
        loop {
            let before = scopes.len();
            for scope in scopes.clone() {
                scopes.extend(strings(&self.document["scopes"][&scope]));
            }
            if scopes.len() == before {
                return scopes;
            }
        }
    }

    pub(crate) fn effective(&self) -> Set {
        let mut scopes: Set = self.own_scopes().into_iter().collect();
        let granted = |kind: &str, names: Vec<String>| -> Set {
            let all = &self.document["grants"];
            let of = |grants: &Value| -> Vec<String> {
                names.iter().flat_map(|name| strings(&grants[format!("{kind}:{name}")])).collect()
            };
            of(all).into_iter().chain(of(&all[self.provider()])).collect()
        };
        scopes.extend(granted("group", self.groups()));
        scopes.extend(granted("role", self.roles()));
        scopes.extend(granted("permission", self.permissions()));
        self.closed(scopes)
    }

    /// What a request needs that needs these: all of it, in its smallest form.
    fn full(&self, needed: &[String]) -> Set {
        let all: Set = self.required.iter().chain(needed).cloned().collect();
        let above = |scope: &String| {
            all.iter().any(|other| other != scope && self.closed(BTreeSet::from([other.clone()])).contains(scope))
        };
        all.iter().filter(|scope| !above(scope)).cloned().collect()
    }

    /// The most specific entry for a name.
    fn entry(&self, section: &str, name: &str, spell: fn(&str) -> String) -> Option<&Value> {
        let entries = self.document[section].as_object()?;
        let name = spell(name);
        if let Some((_, exact)) = entries.iter().find(|(pattern, _)| !pattern.ends_with('*') && spell(pattern) == name) {
            return Some(exact);
        }
        let mut prefixes: Vec<(String, &Value)> = vec![];
        for (pattern, entry) in entries {
            if let Some(start) = pattern.strip_suffix('*') {
                prefixes.push((spell(start), entry));
            }
        }
        prefixes.retain(|(start, _)| name.starts_with(start.as_str()));
        prefixes.sort_by_key(|(start, _)| start.len());
        prefixes.pop().map(|(_, entry)| entry)
    }

    /// What a tool, prompt or resource says to a caller with these effective scopes.
    pub(crate) fn says(&self, section: &str, name: &str, scopes: &Set) -> Says {
        let mut entries = vec![self.entry(section, name, str::to_owned)];
        if section == "resources" {
            entries.push(self.entry(section, name, |text| text.replace("%31", "1").replace("%32", "2")));
        }
        let mut needed: Vec<String> = vec![];
        for entry in entries.into_iter().flatten() {
            let all = |name: &str, found: Vec<String>| strings(&entry[name]).iter().all(|item| found.contains(item));
            let any = |name: &str, found: Vec<String>| {
                entry[name].is_null() || strings(&entry[name]).iter().any(|item| found.contains(item))
            };
            let exists = all("permissions", self.permissions())
                && any("groups", self.groups())
                && any("roles", self.roles())
                && any("providers", vec![self.provider().to_owned()])
                && any("issuers", vec![self.claims["iss"].as_str().unwrap().to_owned()])
                && self.claims_hold(&entry["claims"]);
            if !exists {
                return Says::Hidden;
            }
            needed.extend(strings(&entry["scopes"]));
        }
        if (section, name) == ("tools", "own") {
            needed.push("own:use".to_owned());
        }
        if needed.iter().all(|scope| scopes.contains(scope)) { Says::Granted } else { Says::Needs(self.full(&needed)) }
    }
}
