//! Documents and identities, from a seed: the same in every run.

use serde_json::{Map, Value, json};

use crate::world::{NOW, TENANT};

/// Splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

pub(crate) const SCOPES: [&str; 7] = ["a:read", "a:write", "a:admin", "b:read", "b:write", "own:use", "email"];
const GROUPS: [&str; 4] = ["admins", "staff", "guests", "ops"];
const ROLES: [&str; 4] = ["authenticated", "editor", "viewer", "boss"];
const PERMISSIONS: [&str; 4] = ["tool:greet", "tool:notes", "aal:aal2", "editor"];
const SUBJECTS: [&str; 3] =
    ["522b276a-356b-5f39-a13d-fabea2cd43e1", "33333333-0000-4000-8000-000000000003", "44444444-0000-4000-8000-000000000004"];
const PROVIDERS: [&str; 3] = ["supabase", "custom", "entra"];
const ISSUERS: [&str; 2] = ["https://abc.supabase.co/auth/v1", "https://id.example"];
const CLIENTS: [&str; 3] = ["cursor", "claude", "inspector"];
const EMAILS: [&str; 5] =
    ["ada@example.com", "Bob@Example.COM", "eve@sub.example.com", "mal@other.example", "two@signs@example.com"];
const ORGANIZATIONS: [&str; 3] = ["org_a", "org_b", "org_c"];

/// Every reason the matrix must have met.
pub(crate) const CODES: [&str; 19] = [
    "in",
    "insufficient_scope",
    "anonymous_not_allowed",
    "provider_not_allowed",
    "issuer_not_allowed",
    "client_not_allowed",
    "subject_not_allowed",
    "tenant_not_allowed",
    "organization_not_allowed",
    "email_not_verified",
    "email_not_allowed",
    "domain_not_allowed",
    "groups_unknown",
    "group_not_allowed",
    "role_not_allowed",
    "scope_not_allowed",
    "aal_too_low",
    "claim_not_allowed",
    "not_allowed",
];

/// Some of them, each once, at least one.
pub(crate) fn some(dice: &mut Dice, all: &[&str], most: usize) -> Vec<String> {
    let mut left = all.to_vec();
    let count = 1 + dice.below(most.min(all.len()));
    (0..count).map(|_| left.remove(dice.below(left.len())).to_owned()).collect()
}

fn maybe(dice: &mut Dice, all: &[&str]) -> Vec<String> {
    if dice.one_in(4) { Vec::new() } else { some(dice, all, 3) }
}

pub(crate) fn document(dice: &mut Dice) -> Value {
    let mut document = json!({ "version": 1, "tools": { "notes_read": {} } });
    if dice.one_in(2) {
        document["claims"] = places(dice);
    }
    if !dice.one_in(3) {
        document["scopes"] = hierarchy(dice);
    }
    if !dice.one_in(3) {
        document["grants"] = grants(dice);
    }
    match dice.below(8) {
        0..=1 => {}
        2..=4 => document["enter"] = rule(dice),
        5 => document["enter"] = json!({ "first": rule(dice), "second": rule(dice) }),
        6 => document["enter"] = json!([rule(dice), rule(dice)]),
        // What admits anonymous users must be met by others too.
        _ => document["enter"] = json!({ "anonymous": true }),
    }
    let patterns: [(&str, &[&str]); 3] = [
        ("tools", &["*", "notes_*", "notes_d*", "notes_delete", "greet", "own", "o*"]),
        ("prompts", &["*", "draft", "re*"]),
        ("resources", &["*", "note://*", "note://1", "note://2", "doc://*", "doc://b"]),
    ];
    for (section, names) in patterns {
        if !dice.one_in(5) {
            let entries = some(dice, names, 4).into_iter().map(|name| (name, need(dice)));
            document[section] = Value::Object(entries.collect::<Map<_, _>>());
        }
    }
    document
}

fn places(dice: &mut Dice) -> Value {
    let places: [(&str, &[Value]); 7] = [
        ("roles", &[json!("https://example.com/roles"), json!("app.roles")]),
        ("groups", &[json!(["app", "my.groups"]), json!("teams")]),
        ("permissions", &[json!("app.permissions"), json!("groups")]),
        ("scopes", &[json!("app.scopes"), json!("permissions")]),
        ("organization", &[json!("app.organization")]),
        ("tenant", &[json!("app.tenant"), json!("organization_id")]),
        ("aal", &[json!("app.aal"), json!("acr")]),
    ];
    let mut chosen = Map::new();
    let mut of_provider = Map::new();
    for (name, all) in places {
        if dice.one_in(4) {
            chosen.insert(name.to_owned(), dice.pick(all));
        }
        if dice.one_in(5) {
            of_provider.insert(name.to_owned(), dice.pick(all));
        }
    }
    if !of_provider.is_empty() || chosen.is_empty() {
        chosen.insert(dice.pick(&["supabase", "custom", "entra"]).to_owned(), Value::Object(of_provider));
    }
    Value::Object(chosen)
}

/// A scope includes only later ones, so there is no cycle.
fn hierarchy(dice: &mut Dice) -> Value {
    const ORDER: [&str; 6] = ["a:admin", "a:write", "b:write", "a:read", "b:read", "email"];
    let mut includes = Map::new();
    for (index, scope) in ORDER.iter().enumerate().take(5) {
        if dice.one_in(2) {
            includes.insert((*scope).to_owned(), json!(some(dice, &ORDER[index + 1..], 2)));
        }
    }
    Value::Object(includes)
}

fn grants(dice: &mut Dice) -> Value {
    let mut grants = Map::new();
    for (kind, names) in [("group", &GROUPS), ("role", &ROLES), ("permission", &PERMISSIONS)] {
        if dice.one_in(2) {
            grants.insert(format!("{kind}:{}", dice.pick(names)), json!(some(dice, &SCOPES, 2)));
        }
        if dice.one_in(3) {
            let of = grants.entry(dice.pick(&PROVIDERS)).or_insert_with(|| json!({}));
            of[format!("{kind}:{}", dice.pick(names))] = json!(some(dice, &SCOPES, 2));
        }
    }
    Value::Object(grants)
}

fn rule(dice: &mut Dice) -> Value {
    let lists: [(&str, Vec<String>); 11] = [
        ("providers", some(dice, &PROVIDERS, 2)),
        ("issuers", some(dice, &ISSUERS, 2)),
        ("clients", some(dice, &CLIENTS, 2)),
        ("subjects", some(dice, &[SUBJECTS[0], SUBJECTS[1], &format!("{}.{TENANT}", SUBJECTS[0])], 2)),
        ("tenants", some(dice, &[TENANT, "org_a", "other"], 2)),
        ("organizations", some(dice, &ORGANIZATIONS, 2)),
        ("emails", some(dice, &["ada@EXAMPLE.com", "Bob@example.com", "bob@example.com"], 2)),
        ("email_domains", some(dice, &["Example.com", "sub.example.com", "nobody.example"], 2)),
        ("groups", some(dice, &GROUPS, 2)),
        ("roles", some(dice, &ROLES, 2)),
        ("scopes", some(dice, &SCOPES, 2)),
    ];
    let mut rule = Map::new();
    for _ in 0..=dice.below(2) {
        let (name, list) = lists[dice.below(lists.len())].clone();
        rule.insert(name.to_owned(), json!(list));
    }
    if dice.one_in(5) {
        rule.insert("min_aal".to_owned(), json!(dice.pick(&["aal1", "aal2", "aal3"])));
    }
    if dice.one_in(5) {
        rule.insert("claims".to_owned(), claim(dice));
    }
    if dice.one_in(3) {
        rule.insert("anonymous".to_owned(), json!(dice.one_in(2)));
    }
    Value::Object(rule)
}

fn claim(dice: &mut Dice) -> Value {
    dice.pick(&[
        json!({ "app.plan": ["pro", 7] }),
        json!({ "app.plan": "free" }),
        json!({ "app.tags": ["x", true] }),
        json!({ "https://example.com/roles": "boss" }),
        json!({ "app.plan": ["pro", "free"], "acr": ["aal2", "aal3"] }),
    ])
}

fn need(dice: &mut Dice) -> Value {
    let lists: [(&str, &[&str], usize); 6] = [
        ("scopes", &SCOPES, 2),
        ("permissions", &PERMISSIONS, 2),
        ("groups", &GROUPS, 2),
        ("roles", &ROLES, 2),
        ("providers", &PROVIDERS, 2),
        ("issuers", &ISSUERS, 2),
    ];
    let mut need = Map::new();
    for (name, all, most) in lists {
        if dice.one_in(if name == "scopes" { 2 } else { 5 }) {
            need.insert(name.to_owned(), json!(some(dice, all, most)));
        }
    }
    if dice.one_in(8) {
        need.insert("claims".to_owned(), claim(dice));
    }
    Value::Object(need)
}

/// The claims of a token that is good for the endpoint, of one of three providers.
pub(crate) fn claims(dice: &mut Dice, provider: usize) -> Value {
    let mut claims = json!({
        "exp": NOW + 60, "email": dice.pick(&EMAILS), "groups": maybe(dice, &GROUPS), "permissions": maybe(dice, &PERMISSIONS),
        "https://example.com/roles": dice.pick(&[json!("boss"), json!(["boss", "viewer"]), json!(["boss", 7]), json!({})]),
        "teams": dice.pick(&[json!("ops"), json!(["staff"]), json!(7)]), "acr": dice.pick(&["aal1", "aal2", "aal3", "urn:high"]),
        "organization_id": dice.pick(&ORGANIZATIONS), "client_id": dice.pick(&CLIENTS), "sub": dice.pick(&SUBJECTS),
        "app": {
            "roles": maybe(dice, &ROLES), "my.groups": maybe(dice, &GROUPS), "permissions": maybe(dice, &PERMISSIONS),
            "scopes": dice.pick(&[json!("a:read own:use"), json!(["a:write", "b:read email"]), json!(null)]),
            "organization": dice.pick(&ORGANIZATIONS), "tenant": dice.pick(&[json!("other"), json!(7)]), "aal": dice.pick(&["aal1", "aal3"]),
            "plan": dice.pick(&[json!("pro"), json!("free"), json!(7), json!(null), json!(["free", "x"])]), "tags": [true, "y"]
        }
    });
    let mut set = |name: &str, value: Value| claims[name] = value;
    if !dice.one_in(3) {
        set("email_verified", dice.pick(&[json!(true), json!(true), json!(true), json!(false), json!("true")]));
    }
    if !dice.one_in(3) {
        set("org_id", json!(dice.pick(&ORGANIZATIONS)));
    }
    if !dice.one_in(3) {
        set("roles", json!(maybe(dice, &ROLES)));
    }
    let scopes = maybe(dice, &SCOPES);
    match provider {
        0 => {
            set("iss", json!("https://abc.supabase.co/auth/v1"));
            set("aud", json!("authenticated"));
            set("role", json!("authenticated"));
            set("session_id", json!("0c0c6c1e-0000-4000-8000-000000000001"));
            set("scope", json!(scopes.join(" ")));
            set("aal", json!(dice.pick(&["aal1", "aal2"])));
            set("is_anonymous", json!(dice.one_in(4)));
        }
        1 => {
            set("iss", json!("https://id.example"));
            set("aud", json!("https://api.example.com/mcp"));
            set("scp", json!(scopes));
            if dice.one_in(4) {
                set("isAnonymous", json!(true));
            }
        }
        _ => {
            set("iss", json!(format!("https://login.microsoftonline.com/{TENANT}/v2.0")));
            set("aud", json!("22222222-0000-4000-8000-000000000002"));
            set("ver", json!("2.0"));
            set("tid", json!(TENANT));
            set("oid", json!(dice.pick(&SUBJECTS)));
            set("scp", json!(format!("access {}", scopes.join(" "))));
            if dice.one_in(3) {
                set("_claim_names", json!({ "groups": "src1" }));
                if dice.one_in(2) {
                    set("groups", json!(null));
                }
            } else if dice.one_in(4) {
                set("hasgroups", json!("true"));
            }
        }
    }
    claims
}
