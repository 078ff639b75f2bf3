//! Every configuration that the pages about providers show is one that starts, and every provider has a page.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{collections::BTreeMap, fs, path::Path};

use mcp_latch::config::{Config, VARIABLES, is_provider, is_read};

type Variables = BTreeMap<String, String>;

/// The pages of docs/providers, by the names of the providers.
fn pages() -> BTreeMap<String, String> {
    let pages = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/providers")).unwrap();
    let pages =
        pages.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().replace('-', "_").to_ascii_lowercase();
    pages.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// The names of the providers, with the variables that configure each. Supabase has a page of its own, docs/supabase.md.
fn providers() -> BTreeMap<String, Vec<&'static str>> {
    let mut providers: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let naming = VARIABLES.iter().filter(|variable| {
        is_provider(variable) && !["LATCH_", "SUPABASE_"].iter().any(|prefix| variable.name.starts_with(prefix))
    });
    // `BETTER_AUTH_URL` is Better Auth's, and so is every other variable that starts like that.
    for name in naming.map(|variable| variable.name) {
        let known = pages().into_keys().find(|page| name.to_ascii_lowercase().starts_with(&format!("{page}_")));
        providers.entry(known.unwrap_or_else(|| panic!("no page in docs/providers is about {name}"))).or_default().push(name);
    }
    providers
}

/// The words of a line as a shell would read them, as far as such lines go: quotes, and a comment at the end.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.trim().trim_start_matches("$ ").chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => quote = Some(letter),
            ('#', None) if word.is_empty() => break,
            (_, None) if letter.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty() && word != "export").collect()
}

/// The variables that each console block sets. A block that names no provider adds to the first one of its page.
fn configurations(page: &str) -> Vec<Variables> {
    let fences = ["```console\n", "```sh\n"];
    let mut found: Vec<Variables> = Vec::new();
    let mut rest = page;
    while let Some((start, fence)) = fences.iter().filter_map(|fence| Some((rest.find(fence)?, fence))).min() {
        let (block, after) = rest[start + fence.len()..].split_once("```").unwrap();
        rest = after;
        let mut variables = Variables::new();
        for line in block.lines() {
            // What is set for one command stands before it; what follows it are the command's own words.
            let set = words(line)
                .into_iter()
                .map_while(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            variables.extend(set.filter(|(name, _)| is_read(name)));
        }
        if variables.is_empty() {
            continue;
        }
        let names_one = VARIABLES.iter().any(|variable| is_provider(variable) && variables.contains_key(variable.name));
        let base = if names_one { None } else { found.first() };
        let mut all = base.cloned().unwrap_or_default();
        all.extend(variables);
        found.push(all);
    }
    found
}

#[test]
fn what_is_shown_starts() {
    let mut count = 0;
    for (name, page) in pages() {
        let shown = configurations(&page);
        assert!(!shown.is_empty() || !providers().contains_key(&name), "{name}.md shows no configuration");
        for mut variables in shown {
            variables.entry("MCP_URL".to_owned()).or_insert("https://api.example.com/mcp".to_owned());
            let config =
                Config::from_env(variables.clone()).unwrap_or_else(|errors| panic!("{name}.md: {variables:?}\n{errors}"));
            if providers().contains_key(&name) && config.proxy().is_none() {
                assert!(
                    config.provider().split('+').any(|provider| provider == name),
                    "{name}.md configures {}",
                    config.provider()
                );
            }
            count += 1;
        }
    }
    assert!(count >= pages().len());
}

#[test]
fn every_page_names_its_providers_variables() {
    for (name, page) in providers().keys().filter_map(|name| Some((name, pages().remove(name)?))) {
        let prefix = format!("{}_", name.to_ascii_uppercase());
        for variable in VARIABLES.iter().filter(|variable| variable.name.starts_with(&prefix)) {
            assert!(page.contains(variable.name), "{name}.md does not mention {}", variable.name);
        }
    }
}

#[test]
fn blocks_are_read_as_a_shell_would() {
    let page = "```sh\nexport AUTH0_DOMAIN='a.auth0.com'  # yours\nLATCH_SCOPES=\"a b\" cargo run X=1\n```\n```json\nAUTH0_DOMAIN=x\n```\n\
                ```console\n$ export LATCH_CLIENT_IDS=c LATCH_AUDIENCE=d\nOTHER=1\n```\n";
    let first = [("AUTH0_DOMAIN", "a.auth0.com"), ("LATCH_SCOPES", "a b")];
    let second = [("LATCH_AUDIENCE", "d"), ("LATCH_CLIENT_IDS", "c")];
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let expected: Vec<Variables> = vec![map(&first), map(&[&first[..], &second[..]].concat())];
    assert_eq!(configurations(page), expected);
}
