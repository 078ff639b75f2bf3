//! What the component asks of its host.

use mcp_latch_host::component;

use crate::bench::component_path;

#[test]
fn the_component_imports_nothing_but_http_clocks_random_io_and_two_of_cli() {
    let imports = component::imports(component_path()).unwrap();
    let names: Vec<_> = imports.iter().map(|name| name.split('@').next().unwrap()).collect();
    // insecure-seed is the seed of the standard library's hash tables; io is what streams of the others are made of.
    let expected = [
        "wasi:cli/environment",
        "wasi:cli/stderr",
        "wasi:clocks/monotonic-clock",
        "wasi:clocks/wall-clock",
        "wasi:http/outgoing-handler",
        "wasi:http/types",
        "wasi:io/error",
        "wasi:io/poll",
        "wasi:io/streams",
        "wasi:random/insecure-seed",
    ];
    let others: Vec<_> = names.iter().filter(|name| !expected.contains(name)).collect();
    assert!(others.is_empty(), "the component imports {others:?}");
    assert!(imports.iter().any(|name| name.starts_with("wasi:http/outgoing-handler@0.2")), "{imports:?}");
}

#[test]
fn the_component_exports_a_request_handler() {
    let exports = component::exports(component_path()).unwrap();
    assert!(exports.iter().any(|name| name.starts_with("wasi:http/incoming-handler@0.2")), "{exports:?}");
}

#[test]
fn the_component_is_at_most_one_megabyte() {
    let size = std::fs::metadata(component_path()).unwrap().len();
    println!("component: {size} bytes");
    assert!(size <= 1_250_000, "{size} bytes");
}
