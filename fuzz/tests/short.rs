//! The short run: every case of the corpus as it is, and some thousands made of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{fs, path::Path};

use mcp_latch_fuzz::{mutate::campaign, run};

#[test]
fn the_corpus_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for file in fs::read_dir(folder).unwrap() {
        run(&fs::read(file.unwrap().path()).unwrap());
    }
}

#[test]
fn fifty_thousand_cases() {
    let seen = campaign(50_000, 20_260_728).unwrap_or_else(|fault| panic!("{fault}"));
    println!("fuzz: 50000 cases, answers by status: {seen:?}");
    // A run that never gets past the first check proves little.
    assert!(seen[&200] > 10_000, "{seen:?}");
}
