//! `latch up`

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use mcp_latch::config::Config;
use mcp_latch::mcp::Guest;
use mcp_latch_host::component::{self, Inspection};
use mcp_latch_host::log::LogSink;
use mcp_latch_host::{Host, Reuse, Server};

use super::banner::{self, Facts};
use super::cli::Up;
use super::listen::Listen;
use super::output::{self, Style};
use super::plan::{Plan, plan};
use super::{data, log, signal};

/// Serves until it is told to stop.
pub(super) fn up(args: Up) -> Result<()> {
    let log = log::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads to work with")?;
    runtime.block_on(serve(args, log))
}

async fn serve(args: Up, log: LogSink) -> Result<()> {
    let started = Instant::now();
    // First what can fail at once, then what takes time.
    let listen = Listen::parse(&args.listen).await?;
    let listener = listen.bind().await?;
    let mut plan = plan(data::environment(), &listen, &listen.origin(&listener)?, args.demo).await?;
    give(&mut plan.env, &args.env, |name| env::var(name).ok());
    let given = args.component.is_some();
    let path = match args.component {
        Some(path) => path,
        None if args.keyvalue => blocking(component::ensure_keyvalue_built).await?,
        None => blocking(component::ensure_built).await?,
    };
    let inspection = component::inspect(path.as_path())?;
    let host = build(path.clone(), &plan, args.fresh, log).await?;
    check(&host).await;
    let (cached, compile) = (host.was_cached(), host.compile_time());
    let outbound = host.outbound().map(str::to_owned).collect();
    let server = Server::from_listener(host, listener)?.spawn();

    let Plan { config, demo, .. } = &plan;
    let Inspection { imports, size, .. } = &inspection;
    let facts = Facts {
        endpoint: config.endpoint().url(),
        issuer: config.authorization_servers().join(", "),
        mode: if demo.is_some() { "demo".to_owned() } else { config.provider() },
        rules: rules(config),
        proxy: config.proxy().map(|proxy| {
            let names: Vec<_> = proxy.upstreams.iter().map(|upstream| upstream.kind.name()).collect();
            (names.join(", "), format!("{}/auth/callback", config.endpoint().origin()))
        }),
        given,
        component: shown(&path),
        size: *size,
        cached,
        compile,
        imports,
        outbound,
        data: &plan.data,
        ready: started.elapsed(),
    };
    output::print(&banner::render(&facts, Style::of(&io::stdout())));
    signal::stop().await;
    output::print("stopping: running requests may finish\n");
    server.stop().await;
    if let Some(demo) = plan.demo {
        demo.stop().await;
    }
    Ok(())
}

/// Adds variables that were asked for by name. What the plan decided stays as it is.
fn give(given: &mut Vec<(String, String)>, names: &[String], look_up: impl Fn(&str) -> Option<String>) {
    for name in names {
        if let Some(value) = look_up(name).filter(|_| given.iter().all(|(there, _)| there != name)) {
            given.push((name.clone(), value));
        }
    }
}

async fn build(path: PathBuf, plan: &Plan, fresh: bool, log: LogSink) -> Result<Host> {
    let mut builder = Host::builder(path)
        .envs(plan.env.clone())
        .allow(plan.config.outbound())
        .reuse(if fresh { Reuse::Fresh } else { Reuse::Pool })
        .log(move |line| log(line));
    if let Some(dir) = component::cache_dir() {
        builder = builder.cache_dir(dir);
    }
    blocking(move || builder.build()).await
}

/// Asks the component for its health before anybody else does: that makes the first instance, and a component that cannot
/// serve is a warning beside the banner and not a riddle later.
async fn check(host: &Host) {
    let Ok(request) = Request::get("http://localhost/healthz").body(Empty::<Bytes>::new()) else { return };
    let status = host.handle(request).await.status();
    if !status.is_success() {
        tracing::warn!(%status, "the component does not report to be healthy (GET /healthz)");
    }
}

/// A path as short as it can be: relative to where we are, if it is below.
fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// Work that holds its thread for seconds.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("a worker thread stopped")?
}

/// What was decided about callers: without a line nobody would see that a policy is not there.
fn rules(config: &Config) -> Vec<(&'static str, String)> {
    let mut rules = Vec::new();
    rules.extend(config.policy().summary().map(|summary| ("policy", summary)));
    rules.extend(config.guest().map(|guest| {
        let may = match guest {
            Guest::Discovery => "may see the lists",
            Guest::Tools => "may see the lists, and use what is public",
        };
        ("guests", format!("{may} (LATCH_ANONYMOUS)"))
    }));
    rules
}

#[cfg(test)]
mod tests {
    use super::give;

    #[test]
    fn a_variable_is_given_by_name_and_replaces_none() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut given = vec![pair("MCP_URL", "planned")];
        let names = ["MCP_URL", "MINE", "UNSET"].map(str::to_owned);
        give(&mut given, &names, |name| (name != "UNSET").then(|| "from outside".to_owned()));
        assert_eq!(given, [pair("MCP_URL", "planned"), pair("MINE", "from outside")]);
    }
}
