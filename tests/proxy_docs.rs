//! Every configuration that the pages about proxy mode show is one that starts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{collections::BTreeMap, fs, path::Path};

use mcp_latch::{config::Config, keys::Keys};

fn pages() -> Vec<std::path::PathBuf> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages: Vec<_> = fs::read_dir(docs.join("upstreams")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.push(docs.join("proxy.md"));
    pages.sort();
    pages
}

/// The variables of each shell block that sets `LATCH_PROXY`, as a shell would read them.
fn configurations(page: &str) -> Vec<BTreeMap<String, String>> {
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let assignments = blocks.map(|block| {
        let lines = block.lines().map(|line| line.trim().trim_start_matches("export ")).filter_map(|line| line.split_once('='));
        let plain = |value: &str| value.split("  #").next().unwrap().trim().trim_matches(['\'', '"']).replace("<project>", "abc");
        lines.map(|(name, value)| (name.to_owned(), plain(value))).collect::<BTreeMap<_, _>>()
    });
    assignments.filter(|variables| variables.contains_key("LATCH_PROXY")).collect()
}

#[test]
fn what_is_shown_starts() {
    let mut byte = 0;
    let keys = Keys::generate(|key: &mut [u8; 32]| {
        byte += 1;
        key.fill(byte);
    });
    let mut seen = Vec::new();
    for page in pages() {
        let shown = configurations(&fs::read_to_string(&page).unwrap());
        assert!(!shown.is_empty(), "{} shows no configuration", page.display());
        for mut variables in shown {
            variables.insert("LATCH_KEYS".to_owned(), keys.expose().to_owned());
            variables.entry("MCP_URL".to_owned()).or_insert("https://api.example.com/mcp".to_owned());
            seen.push(variables["LATCH_PROXY"].clone());
            Config::from_env(variables).unwrap_or_else(|errors| panic!("{}:\n{errors}", page.display()));
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["auth0", "entra", "github", "google", "oauth2", "oidc", "okta", "supabase", "supabase-legacy"]);
}

#[test]
fn the_list_of_clients_that_is_shown_is_one() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proxy.md")).unwrap();
    let json = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let mut byte = 0;
    let keys = Keys::generate(|key: &mut [u8; 32]| {
        byte += 1;
        key.fill(byte);
    });
    let variables = [
        ("MCP_URL", "https://api.example.com/mcp"),
        ("LATCH_PROXY", "google"),
        ("LATCH_PROXY_CLIENT_ID", "id"),
        ("LATCH_PROXY_CLIENT_SECRET", "secret"),
        ("LATCH_DCR", "off"),
        ("LATCH_CLIENTS", json),
        ("LATCH_KEYS", keys.expose()),
    ];
    Config::from_env(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
}
