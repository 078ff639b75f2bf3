//! What holds for every hierarchy, and for everybody who has more than another.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::btree_map, prelude::*, sample::subsequence};
use serde_json::{Value, json};

use crate::world::{Endpoint, NOW, token};

const SCOPES: [&str; 6] = ["s0", "s1", "s2", "s3", "s4", "s5"];
const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];

type Hierarchy = BTreeMap<&'static str, Vec<&'static str>>;

fn hierarchy() -> impl Strategy<Value = Hierarchy> {
    btree_map(proptest::sample::select(&SCOPES[..]), subsequence(SCOPES.to_vec(), 1..3), 1..5)
}

/// What is reached from a scope, by Warshall's algorithm.
fn reached(direct: &Hierarchy) -> BTreeSet<(&'static str, &'static str)> {
    let mut pairs: BTreeSet<_> = direct.iter().flat_map(|(above, below)| below.iter().map(|below| (*above, *below))).collect();
    for middle in SCOPES {
        for above in SCOPES {
            for below in SCOPES {
                if pairs.contains(&(above, middle)) && pairs.contains(&(middle, below)) {
                    pairs.insert((above, below));
                }
            }
        }
    }
    pairs
}

fn claims(scopes: &str, groups: &[&str]) -> Value {
    json!({
        "iss": "https://abc.supabase.co/auth/v1", "sub": "522b276a-356b-5f39-a13d-fabea2cd43e1", "aud": "authenticated", "exp": NOW + 60,
        "role": "authenticated", "session_id": "0c0c6c1e-0000-4000-8000-000000000001", "client_id": "c", "scope": scopes, "groups": groups
    })
}

fn parsed(document: &Value) -> Result<(), String> {
    mcp_latch::identity::Policy::parse(&document.to_string()).map(drop).map_err(|mistakes| format!("{mistakes:?}"))
}

/// The effective scopes of a caller; `None` if the caller is not let in.
fn effective(endpoint: &Endpoint, scopes: &str, groups: &[&str]) -> Option<BTreeSet<String>> {
    let reply = endpoint.send(&token(&claims(scopes, groups)), "tools/call", json!({ "name": "greet" }));
    let text = reply.body["result"]["content"][0]["text"].as_str()?.to_owned();
    Some(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

/// What a caller is answered to, and how well: what is granted, what needs scopes, and not what is hidden.
fn reach(endpoint: &Endpoint, groups: &[&str]) -> BTreeMap<&'static str, u8> {
    let token = token(&claims("s0", groups));
    let mut all = BTreeMap::new();
    for tool in ["greet", "notes_delete", "notes_draft", "open"] {
        let reply = endpoint.send(&token, "tools/call", json!({ "name": tool }));
        let rank = match reply.status {
            200 if reply.body.get("result").is_some() => 2,
            403 if reply.needed().is_some() => 1,
            _ => 0,
        };
        all.insert(tool, rank);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_hierarchy_is_transitive_and_has_no_cycle(direct in hierarchy(), own in proptest::sample::select(&SCOPES[..])) {
        let document = json!({ "version": 1, "scopes": direct });
        let pairs = reached(&direct);
        let cyclic = SCOPES.iter().any(|scope| pairs.contains(&(*scope, *scope)));
        let outcome = parsed(&document);
        prop_assert_eq!(outcome.is_err(), cyclic, "{:?}", outcome);
        if let Err(mistakes) = outcome {
            prop_assert!(mistakes.contains("includes itself"), "{}", mistakes);
            return Ok(());
        }
        let expected: BTreeSet<String> =
            SCOPES.iter().filter(|scope| **scope == own || pairs.contains(&(own, **scope))).map(|scope| (*scope).to_owned()).collect();
        prop_assert_eq!(effective(&Endpoint::new(&document.to_string(), ""), own, &[]), Some(expected));
    }

    /// More groups never lose access: neither the entrance, nor a scope, nor a tool.
    #[test]
    fn more_groups_never_lose_access(
        fewer in subsequence(GROUPS.to_vec(), 0..4),
        more in subsequence(GROUPS.to_vec(), 0..4),
        enter in subsequence(GROUPS.to_vec(), 1..4),
        grants in btree_map(proptest::sample::select(&GROUPS[..]), subsequence(SCOPES.to_vec(), 1..3), 0..3),
        needs in btree_map(
            proptest::sample::select(&["*", "notes_*", "notes_delete", "open", "greet"][..]),
            (subsequence(GROUPS.to_vec(), 1..3), subsequence(SCOPES.to_vec(), 1..3)),
            0..4,
        ),
    ) {
        let grants: BTreeMap<String, _> = grants.into_iter().map(|(group, scopes)| (format!("group:{group}"), scopes)).collect();
        let tools: BTreeMap<_, Value> =
            needs.into_iter().map(|(name, (groups, scopes))| (name, json!({ "groups": groups, "scopes": scopes }))).collect();
        let document = json!({ "version": 1, "enter": { "groups": enter }, "grants": grants, "tools": tools });
        let endpoint = Endpoint::new(&document.to_string(), "");
        let all: Vec<&str> = GROUPS.into_iter().filter(|group| fewer.contains(group) || more.contains(group)).collect();
        let (before, after) = (reach(&endpoint, &fewer), reach(&endpoint, &all));
        for (tool, rank) in before {
            prop_assert!(after[tool] >= rank, "{}: {:?} {:?} {}", tool, fewer, all, document);
        }
        if let Some(before) = effective(&endpoint, "s0", &fewer) {
            prop_assert!(effective(&endpoint, "s0", &all).is_some_and(|after| after.is_superset(&before)));
        }
    }
}
