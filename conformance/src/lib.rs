//! What the official MCP conformance suite (`@modelcontextprotocol/conformance`) asks of a server, as a component. The suite says
//! which tools, prompts and resources there must be; their names, texts and keys are its own.
//!
//! With `CONFORMANCE_SIGN_IN=off` it lets everybody in, on loopback; otherwise it wants tokens like any other.

mod contents;
mod fixture;
mod prompts;
mod resources;
mod rounds;
mod running;
mod schemas;

use mcp_latch::{Latch, Whoami, config::Config, mcp::Registry};

/// The variable that turns sign-in off, and the value that does.
const SIGN_IN: (&str, &str) = ("CONFORMANCE_SIGN_IN", "off");

/// Everything the suite looks for.
fn server(config: Config) -> Latch {
    let registry = Registry::new().with_tool(Whoami::default()).with_logging();
    let registry = [contents::add, running::add, schemas::add, rounds::add, prompts::add, resources::add]
        .into_iter()
        .fold(registry, |registry, add| add(registry));
    if std::env::var(SIGN_IN.0).is_ok_and(|value| value == SIGN_IN.1) {
        // Whoever asked for no sign-in on a public URL gets a server that lets nobody in.
        let closed = config.clone();
        return Latch::open(config, registry).unwrap_or_else(|_| Latch::with_registry(closed, Registry::new()));
    }
    Latch::with_registry(config, registry)
}

mcp_latch::component!(server);
