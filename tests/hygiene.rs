//! The repository about itself: licences of what we ship, and the examples in files that no compiler reads.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mcp_latch::config::Config;
use serde_json::Value;
use toml::Table;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn strings(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// `A OR B` needs one, `A AND B` all; parentheses and `A/B` as they occur on crates.io.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let conjunction = |part: &str| part.split(" AND ").all(|term| allowed.contains(term.trim()));
    // `(A OR B) AND C` has no precedence left without its parentheses: here OR binds first, as in all that occur.
    if expression.contains('(') && expression.contains(" AND ") {
        return plain.split(" AND ").all(|part| part.split(" OR ").any(|term| allowed.contains(term.trim())));
    }
    plain.split(" OR ").any(conjunction)
}

#[test]
fn every_dependency_has_a_licence_we_allow() {
    let deny: Table = read("deny.toml").parse().unwrap();
    let allowed: BTreeSet<String> = strings(&deny["licenses"]["allow"]).into_iter().collect();
    let output = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|expression| is_allowed(expression, &allowed)))
        .map(|package| format!("{} {}", package["name"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn the_spin_manifest_is_a_valid_configuration() {
    let manifest: Table = read("spin.toml").parse().unwrap();
    let component = &manifest["component"]["latch"];
    let environment = component["environment"].as_table().unwrap();
    let config = Config::from_env(environment.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
    let config = config.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(strings(&component["allowed_outbound_hosts"]), config.outbound());
    let build = component["build"]["command"].as_str().unwrap();
    assert!(read("README.md").contains(build), "the README names another build command");
}

/// Nobody can follow a link to a page that is not there.
#[test]
fn links_between_pages_resolve() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    pages.extend(
        fs::read_dir(format!("{root}/docs")).unwrap().map(|page| format!("docs/{}", page.unwrap().file_name().display())),
    );
    for page in pages.iter().filter(|page| page.ends_with(".md")) {
        let text = read(page);
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with('#') {
                continue;
            }
            let file = target.split('#').next().unwrap();
            assert!(fs::exists(format!("{root}/{folder}/{file}")).unwrap(), "{page}: {target}");
        }
    }
}

/// The Rust files under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The names of the test functions in a file.
fn tests_of(text: &str) -> Vec<String> {
    let (mut names, mut is_test) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test && !line.starts_with("//")) {
            names.extend(rest.split(['(', '<']).next().map(str::to_owned));
            is_test = false;
        }
    }
    names
}

/// What is said to be tested is tested: each row of the table of threats names tests that there are.
#[test]
fn every_threat_names_tests_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "tests", "host/src", "host/tests"];
    let files = folders.iter().flat_map(|folder| sources(&root.join(folder)));
    let tests: BTreeSet<String> = files.flat_map(|file| tests_of(&fs::read_to_string(file).unwrap())).collect();
    assert!(tests.len() > 300, "{}", tests.len());
    let page = read("docs/threats.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| test |")).collect();
    assert!(rows.len() > 40, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        wrong.extend(names.iter().filter(|name| !tests.contains(**name)).map(|name| format!("`{name}` is no test")));
        if names.is_empty() && cell != "the same" {
            wrong.push(format!("no test is named: {row}"));
        }
    }
    assert!(wrong.is_empty(), "docs/threats.md: {wrong:#?}");
}
