//! What the component asks of its host.

use mcp_latch_host::component;

use crate::bench::component_path;

#[test]
fn the_component_imports_nothing_but_http_clocks_random_io_and_three_of_cli() {
    let imports = component::imports(component_path()).unwrap();
    let allowed = |name: &str| {
        ["wasi:http/", "wasi:clocks/", "wasi:random/", "wasi:io/"].iter().any(|package| name.starts_with(package))
            || ["wasi:cli/environment@", "wasi:cli/stdout@", "wasi:cli/stderr@"]
                .iter()
                .any(|interface| name.starts_with(interface))
    };
    let others: Vec<_> = imports.iter().filter(|name| !allowed(name)).collect();
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
    assert!(size <= 1_000_000, "{size} bytes");
}
