//! What a component may import, and nothing else.
//!
//! Interfaces are added one by one instead of with wasmtime's all-in-one function: what is not linked cannot be reached, not
//! even by a component somebody swapped in.

use wasmtime::component::{Component, HasData, Linker, ResourceTable};
use wasmtime::error::Context as _;
use wasmtime::{Engine, Result, bail};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, io, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi_http::p2::bindings::{self as http, ProxyPre};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::keyvalue;
use super::state::State;

/// The interfaces that exist in this host, without their versions.
const ALLOWED: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:keyvalue/atomics",
    "wasi:keyvalue/store",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Ties `component` to the interfaces above.
///
/// # Errors
/// It imports something else (the message lists every such import), or it does not export `wasi:http/incoming-handler@0.2`.
pub(super) fn link(engine: &Engine, component: &Component) -> Result<ProxyPre<State>> {
    let ty = component.component_type();
    let foreign: Vec<&str> = ty.imports(engine).map(|(name, _)| name).filter(|name| !allowed(name)).collect();
    if !foreign.is_empty() {
        bail!(
            "the component imports {}, which this host does not give: it may use wasi:http, keyvalue store and atomics, \
             clocks, random, io and cli environment/stdin/stdout/stderr only",
            foreign.join(", ")
        );
    }
    let linker = linker(engine).context("the host's own interfaces do not link")?;
    let pre = linker.instantiate_pre(component).context("the component does not fit this host's interfaces")?;
    ProxyPre::new(pre).context("the component does not export wasi:http/incoming-handler@0.2")
}

fn allowed(import: &str) -> bool {
    let interface = import.split_once('@').map_or(import, |(interface, _)| interface);
    ALLOWED.contains(&interface)
}

fn linker(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    io::error::add_to_linker::<State, Io>(l, |s| s.ctx().table)?;
    io::poll::add_to_linker::<State, Io>(l, |s| s.ctx().table)?;
    io::streams::add_to_linker::<State, Io>(l, |s| s.ctx().table)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    random::random::add_to_linker::<State, WasiRandom>(l, State::random)?;
    random::insecure::add_to_linker::<State, WasiRandom>(l, State::random)?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(l, State::random)?;
    cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    http::http::types::add_to_linker::<State, WasiHttp>(l, &http::LinkOptions::default().into(), State::http)?;
    http::http::outgoing_handler::add_to_linker::<State, WasiHttp>(l, State::http)?;
    keyvalue::add_to_linker(l)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn versions_do_not_matter_and_prefixes_do_not_count() {
        assert!(allowed("wasi:http/types@0.2.0"));
        assert!(allowed("wasi:http/types@0.2.6"));
        assert!(!allowed("wasi:http/types-extra@0.2.0"));
        assert!(!allowed("wasi:filesystem/types@0.2.0"));
        assert!(!allowed("wasi:cli/exit@0.2.0"));
        assert!(!allowed("wasi:sockets/tcp@0.2.0"));
    }
}
