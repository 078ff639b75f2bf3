//! What the documentation shows can be used as it is shown.

#![allow(clippy::unwrap_used)]

use mcp_latch::config::Config;

#[test]
fn the_spin_manifest_of_the_hosts_page_configures_the_component() {
    let page = include_str!("../../docs/hosts.md");
    let block = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let manifest: toml::Table = toml::from_str(block).unwrap();
    let component = manifest["component"]["latch"].as_table().unwrap();
    let variables = component["environment"].as_table().unwrap();
    let config =
        Config::from_env(variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))).unwrap();
    assert!(config.data().is_some());
    let hosts: Vec<&str> =
        component["allowed_outbound_hosts"].as_array().unwrap().iter().map(|host| host.as_str().unwrap()).collect();
    assert_eq!(config.outbound(), hosts);
}
