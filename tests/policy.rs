//! `LATCH_POLICY` at work, natively: every document against every identity, compared with a model that shares no code with the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

#[allow(dead_code)]
#[path = "jose/keys.rs"]
mod keys;
#[allow(dead_code)]
#[path = "jose/mint.rs"]
mod mint;

#[path = "policy/generate.rs"]
mod generate;
#[path = "policy/model.rs"]
mod model;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/strict.rs"]
mod strict;
#[path = "policy/world.rs"]
mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use generate::Dice;
use model::{Model, Outcome, Says};
use world::{Endpoint, PROMPTS, RESOURCES, TEMPLATES, TOOLS};

/// Documents, each with settings beside it.
const DOCUMENTS: usize = 90;
/// Identities of each of the three providers.
const IDENTITIES: usize = 18;

#[test]
fn every_rule_decides_about_every_identity_as_the_model_says() {
    let mut dice = Dice(7);
    let identities: Vec<(Value, String)> = (0..3 * IDENTITIES)
        .map(|index| generate::claims(&mut dice, index % 3))
        .map(|claims| (claims.clone(), world::token(&claims)))
        .collect();
    let (mut combinations, mut decisions) = (0, 0);
    let mut seen = BTreeSet::new();
    for _ in 0..DOCUMENTS {
        let document = generate::document(&mut dice);
        let required = if dice.one_in(3) { generate::some(&mut dice, &generate::SCOPES, 2) } else { Vec::new() };
        let endpoint = Endpoint::new(&document.to_string(), &required.join(" "));
        for (claims, token) in &identities {
            combinations += 1;
            let model = Model { document: &document, required: &required, claims };
            let told = || format!("{document:#}\n{claims:#}\nrequired: {required:?}");
            match model.enter() {
                Outcome::Refused(code) => {
                    let reply = endpoint.send(token, "tools/list", json!({}));
                    // One of the provider's own rules, which a sign-in as somebody cures.
                    let cured = code == "anonymous_user";
                    assert_eq!((reply.status, reply.challenge.is_some()), (if cured { 401 } else { 403 }, cured), "{}", told());
                    assert_eq!(reply.reason, code, "{}", told());
                    seen.insert(code);
                    decisions += 1;
                }
                Outcome::Lacks(needed) => {
                    let reply = endpoint.send(token, "tools/list", json!({}));
                    assert_eq!((reply.status, reply.needed()), (403, Some(needed)), "{}", told());
                    seen.insert("insufficient_scope");
                    decisions += 1;
                }
                Outcome::In(scopes) => {
                    seen.insert("in");
                    decisions += check_lists(&endpoint, token, &model, &scopes, &told);
                    // Signatures of two of the providers take their time; a third of those is enough.
                    if claims["role"].is_string() || combinations % 3 == 0 {
                        decisions += check_uses(&endpoint, token, &model, &scopes, &told);
                    }
                }
            }
        }
    }
    println!("{combinations} combinations, {decisions} decisions, outcomes: {seen:?}");
    assert!(combinations >= 4_000, "{combinations}");
    for code in generate::CODES {
        assert!(seen.contains(code), "{code} never occurred");
    }
}

/// Groups that stand elsewhere are all that are asked about, so what Entra leaves out of its own claim is not unknown then.
#[test]
fn overage_is_about_the_providers_own_claim() {
    let claims = json!({
        "iss": format!("https://login.microsoftonline.com/{}/v2.0", world::TENANT), "aud": "22222222-0000-4000-8000-000000000002",
        "exp": world::NOW + 60, "sub": "s", "ver": "2.0", "tid": world::TENANT, "oid": "o", "scp": "access", "teams": ["guests"],
        "_claim_names": { "groups": "src1" }
    });
    for (places, code) in
        [(json!({ "entra": { "groups": "teams" } }), "group_not_allowed"), (json!({ "roles": "teams" }), "groups_unknown")]
    {
        let document = json!({ "version": 1, "claims": places, "enter": { "groups": ["staff"] } });
        let reply = Endpoint::new(&document.to_string(), "").send(&world::token(&claims), "tools/list", json!({}));
        assert_eq!((reply.status, reply.reason.as_str()), (403, code));
    }
}

type Scopes = BTreeSet<String>;

/// What is listed is what is not hidden.
fn check_lists(endpoint: &Endpoint, token: &str, model: &Model<'_>, scopes: &Scopes, told: &dyn Fn() -> String) -> usize {
    let lists: [(&str, &str, &str, &[&str]); 4] = [
        ("tools", "tools/list", "name", &TOOLS),
        ("prompts", "prompts/list", "name", &PROMPTS),
        ("resources", "resources/list", "uri", &RESOURCES),
        ("resourceTemplates", "resources/templates/list", "uriTemplate", &TEMPLATES),
    ];
    for (member, method, name, all) in lists {
        let reply = endpoint.send(token, method, json!({}));
        let listed: Vec<&str> =
            reply.body["result"][member].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect();
        let section = if member == "resourceTemplates" { "resources" } else { member };
        let visible = |item: &&&str| {
            let name = item.split('{').next().unwrap();
            !matches!(model.says(section, name, scopes), Says::Hidden)
        };
        let expected: Vec<&str> = all.iter().filter(visible).copied().collect();
        assert_eq!(listed, expected, "{method}\n{}", told());
    }
    4
}

/// What is used is used, needs scopes, or does not exist.
fn check_uses(endpoint: &Endpoint, token: &str, model: &Model<'_>, scopes: &Scopes, told: &dyn Fn() -> String) -> usize {
    let complete = |kind: &str, member: &str, name: &str, argument: &str| json!({ "ref": { "type": kind, member: name }, "argument": { "name": argument, "value": "" } });
    let mut uses: Vec<(&str, &str, &str, Value)> = Vec::new();
    uses.extend(TOOLS.map(|name| ("tools", name, "tools/call", json!({ "name": name }))));
    uses.extend(PROMPTS.map(|name| ("prompts", name, "prompts/get", json!({ "name": name, "arguments": { "text": "x" } }))));
    uses.extend(PROMPTS.map(|name| ("prompts", name, "completion/complete", complete("ref/prompt", "name", name, "text"))));
    uses.extend(RESOURCES.map(|uri| ("resources", uri, "resources/read", json!({ "uri": uri }))));
    uses.extend(RESOURCES.map(|uri| ("resources", uri, "resources/subscribe", json!({ "uri": uri }))));
    uses.extend(["note://2", "note://%31", "note://%32"].map(|uri| ("resources", uri, "resources/read", json!({ "uri": uri }))));
    uses.extend(TEMPLATES.map(|uri| {
        let start = uri.split('{').next().unwrap();
        ("resources", start, "completion/complete", complete("ref/resource", "uri", uri, "id"))
    }));
    let count = uses.len();
    for (section, name, method, params) in uses {
        let reply = endpoint.send(token, method, params);
        let told = || format!("{method} {name}: {} {}\n{}", reply.status, reply.body, told());
        match model.says(section, name, scopes) {
            Says::Granted => {
                assert!(reply.status == 200 && reply.body.get("result").is_some(), "{}", told());
                if method == "tools/call" {
                    let text = reply.body["result"]["content"][0]["text"].as_str().unwrap();
                    let effective: BTreeSet<String> =
                        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
                    assert_eq!(
                        (&effective, effective.len()),
                        (scopes, text.split(' ').filter(|w| !w.is_empty()).count()),
                        "{}",
                        told()
                    );
                }
            }
            Says::Needs(needed) => assert_eq!((reply.status, reply.needed()), (403, Some(needed)), "{}", told()),
            Says::Hidden => assert!(reply.status == 200 && reply.body.get("error").is_some(), "{}", told()),
        }
    }
    count
}
