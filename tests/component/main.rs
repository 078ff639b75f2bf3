//! The built component in a real host: what a client on the network sees, and what the operator reads in the log.
//!
//! The host is ours unless `LATCH_TEST_HOST` names another one: a command that takes `--component PATH --port 0`, reads the
//! component's configuration from its environment and prints `{"ready":true,"url":"http://…"}`. Tests that move the
//! component's clock need our host and say so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

#[allow(dead_code)]
#[path = "../jose/keys.rs"]
mod keys;
#[path = "../jose/mint.rs"]
mod mint;
#[path = "../wire/mod.rs"]
mod wire;

mod accepted;
mod anonymous;
mod audit;
mod bench;
mod client;
mod cors;
mod custom_server;
mod data;
mod data_refusals;
mod data_resources;
mod data_writes;
mod discovery;
mod imports;
mod introspection;
mod issuer;
mod key_cache;
mod key_discovery;
mod keyvalue;
mod policy;
mod protocol;
mod providers;
mod proxy;
mod refusals;
mod second_host;
mod startup;
mod upstream;
