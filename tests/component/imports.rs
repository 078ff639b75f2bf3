//! What the component asks of its host.

use mcp_latch_host::component;

use crate::bench::component_path;

#[test]
fn the_component_imports_nothing_but_http_clocks_random_io_and_two_of_cli() {
    let imports = component::imports(component_path()).unwrap();
    // random is for nonces, insecure-seed the seed of hash tables; io is what streams of the others are made of.
    let expected = [
        ("wasi:cli", ["environment", "stderr"].as_slice()),
        ("wasi:clocks", &["monotonic-clock", "wall-clock"]),
        ("wasi:http", &["outgoing-handler", "types"]),
        ("wasi:io", &["error", "poll", "streams"]),
        ("wasi:random", &["insecure-seed", "random"]),
    ];
    let is_expected = |import: &String| {
        let (package, interface) = import.split('@').next().unwrap().split_once('/').unwrap();
        expected.iter().any(|(name, interfaces)| *name == package && interfaces.contains(&interface))
    };
    let others: Vec<_> = imports.iter().filter(|import| !is_expected(import)).collect();
    assert!(others.is_empty(), "the component imports {others:?}");
    assert!(imports.iter().any(|name| name.starts_with("wasi:http/outgoing-handler@0.2")), "{imports:?}");
}

#[test]
fn the_component_exports_a_request_handler() {
    let exports = component::exports(component_path()).unwrap();
    assert!(exports.iter().any(|name| name.starts_with("wasi:http/incoming-handler@0.2")), "{exports:?}");
}

#[test]
fn the_component_stays_small() {
    let size = std::fs::metadata(component_path()).unwrap().len();
    println!("component: {size} bytes");
    assert!(size <= 1_650_000, "{size} bytes");
}
