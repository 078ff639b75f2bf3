//! `latch doctor`: what an issuer looks like from outside, one line per check.
//!
//! What a check asks is here; what an answer means is in the other files, as functions from answers to verdicts.

mod clock;
mod data;
mod discovery;
mod keys;
mod public;
mod registration;
mod remote;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderName, HeaderValue, Method};
use anyhow::{Context as _, Result};
use mcp_latch::config::{Config, Issuer, Kind, Proxy, Supabase, VARIABLES, is_provider};

use self::data::{Declared, Relation};
use self::verdict::Verdict;
use super::Misuse;
use super::data as variables;
use super::http::{self, Answer, NoAnswer};
use super::output::{self, Style};

/// Stands for `MCP_URL` while it is not set: `latch up` puts its own address there.
const NOT_PUBLIC: &str = "http://127.0.0.1:8787/mcp";

/// Checks, and says whether nothing failed.
///
/// # Errors
/// [`Misuse`]: there is no provider to check.
pub(super) fn doctor() -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no thread to work with")?;
    runtime.block_on(examine(variables::environment()))
}

async fn examine(mut vars: BTreeMap<String, String>) -> Result<bool> {
    let set = |name: &str, vars: &BTreeMap<String, String>| vars.get(name).is_some_and(|value| !value.trim().is_empty());
    let is_public = set("MCP_URL", &vars);
    if !is_public {
        vars.insert("MCP_URL".into(), NOT_PUBLIC.into());
    }
    let named = |wanted: &[&str]| {
        let variables = VARIABLES.iter().filter(|variable| wanted.contains(&variable.name));
        variables.flat_map(|variable| [&[variable.name], variable.aliases].concat()).any(|name| set(name, &vars))
    };
    let providers = VARIABLES.iter().filter(|variable| is_provider(variable)).map(|variable| variable.name);
    if !named(&providers.collect::<Vec<_>>()) {
        let fix = "set SUPABASE_URL (or SUPABASE_PROJECT_ID), or another provider's variables, as for `latch up`";
        return Err(Misuse(format!("no provider is named\nfix: {fix}")).into());
    }
    if named(&["LATCH_PROXY"]) && !named(&["SUPABASE_URL", "SUPABASE_PROJECT_ID"]) {
        let fix = "start `latch up`: it names every mistake that can be seen from here, and its log what an upstream refuses";
        return Err(Misuse(format!(
            "LATCH_PROXY signs in with no Supabase project, and of upstreams only those are checked\nfix: {fix}"
        ))
        .into());
    }
    variables::resolve(&mut vars, false)?;
    let declared = vars.get(variables::NAME).map(|text| data::declared(text)).unwrap_or_default();

    let mut report = Report { style: Style::of(&io::stdout()), failed: 0, warned: 0 };
    match Config::from_env(vars) {
        Err(errors) => {
            for mistake in errors.0 {
                let read = mistake.read.map(|read| format!("{read:?} ")).unwrap_or_default();
                let cause = format!("{}: {read}{}", mistake.variable, mistake.problem);
                report.add("configuration", Verdict::fail(cause, mistake.fix));
            }
        }
        Ok(config) => {
            for issuer in config.issuers() {
                let Some(supabase) = config.supabase().filter(|_| issuer.provider.name == "supabase") else {
                    remote(&mut report, &config, issuer).await;
                    continue;
                };
                report.add(
                    "configuration",
                    Verdict::Good(format!("endpoint {}, issuer {}", config.endpoint().url(), issuer.name())),
                );
                Visit { config: &config, supabase, issuer, declared: &declared }.make(&mut report).await;
            }
            public(&mut report, &config, is_public).await;
        }
    }
    output::print(&report.last_line());
    Ok(report.failed == 0)
}

/// An issuer that is no Supabase project.
async fn remote(report: &mut Report, config: &Config, issuer: &Issuer) {
    let seen = format!("{}: endpoint {}, issuer {}", issuer.provider.name, config.endpoint().url(), issuer.name());
    report.add("configuration", Verdict::Good(seen));
    let mut asked = Vec::new();
    for place in remote::places(issuer.name()) {
        let answer = http::get(&place, &[]).await;
        let found = answer.as_ref().is_ok_and(|answer| answer.status == 200);
        asked.push((place, answer));
        if found {
            break;
        }
    }
    let (document, verdict) = remote::metadata(&asked);
    report.add("discovery", verdict);
    let nowhere = || Verdict::Skipped("there is no metadata that says".into());
    report.add("issuer", document.as_ref().map_or_else(nowhere, |document| remote::issuer(document, issuer)));
    report.add("clients", document.as_ref().map_or_else(nowhere, remote::clients));
    // What the metadata names is what the component finds, where it has to look.
    let found = document.as_ref().and_then(|document| document.get("jwks_uri")?.as_str().map(str::to_owned));
    let verdict = match issuer.jwks_uri.clone().or(found.filter(|_| issuer.discovers)) {
        Some(url) if issuer.discovers && !remote::is_at(&url, issuer.name()) => remote::elsewhere(&url),
        Some(url) => remote::keys(&url, &http::get(&url, &[]).await, issuer),
        None if issuer.discovers => Verdict::fail("the metadata that should say where is missing", "set LATCH_JWKS_URI"),
        None => Verdict::Skipped("none are fetched".into()),
    };
    report.add("keys", verdict);
    if issuer.introspection.is_some() {
        report.add("introspection", Verdict::Skipped("asking about a token would need one".into()));
    }
}

async fn public(report: &mut Report, config: &Config, is_public: bool) {
    let verdict = if is_public {
        public::judge(config, &http::get(&public::url(config), &[]).await)
    } else {
        Verdict::Skipped("MCP_URL is not set".into())
    };
    report.add("public URL", verdict);
}

/// Lines are printed as they come: a slow check shows what it is waiting for by what is above.
struct Report {
    style: Style,
    failed: usize,
    warned: usize,
}

impl Report {
    fn add(&mut self, name: &str, verdict: Verdict) {
        match verdict {
            Verdict::Fail(..) => self.failed += 1,
            Verdict::Warn(..) => self.warned += 1,
            Verdict::Good(_) | Verdict::Skipped(_) => {}
        }
        output::print(&verdict.render(name, self.style));
    }

    fn last_line(&self) -> String {
        match (self.failed, self.warned) {
            (0, 0) => "\nNothing is wrong as far as can be seen from here.\n".into(),
            (0, warned) => format!("\nNothing failed; warnings: {warned}.\n"),
            (failed, _) => format!("\nFailed: {failed}. Every fix above stands below its cause.\n"),
        }
    }
}

struct Visit<'a> {
    config: &'a Config,
    supabase: &'a Supabase,
    issuer: &'a Issuer,
    declared: &'a Declared,
}

impl Visit<'_> {
    async fn make(&self, report: &mut Report) {
        let issuer = self.issuer.name();
        let origin = issuer.strip_suffix("/auth/v1").unwrap_or(issuer);
        let urls = discovery::urls(issuer);
        // As clients ask: without a key. With the mirror on we ask, and we have one.
        let headers = if self.config.mirror_metadata() { self.key() } else { Vec::new() };
        let found = [http::get(&urls[0], &headers).await, http::get(&urls[1], &headers).await];
        let Some(first) = found.iter().flatten().next() else {
            let error = found.iter().find_map(|answer| answer.as_ref().err().cloned()).unwrap_or_default();
            let fix = "check the spelling of SUPABASE_URL, and the network and DNS between here and the project";
            report.add("project", Verdict::fail(format!("{origin} cannot be reached: {error}"), fix));
            for name in ["clock", "discovery", "issuer", "keys", "registration", "gateway", "tables"] {
                report.add(name, Verdict::Skipped("the project cannot be reached".into()));
            }
            return;
        };
        if found.iter().flatten().any(|answer| answer.status == 540) {
            report.add(
                "project",
                Verdict::fail("the project is paused (540)", "dashboard: restore the project, then wait a minute"),
            );
        } else {
            report.add("project", Verdict::Good(format!("{origin} answers")));
        }
        report.add("clock", clock::judge(&first.headers, now()));
        self.sign_in(report, &urls, &found).await;
        self.data(report, origin).await;
    }

    /// Discovery, issuer, keys, registration.
    async fn sign_in(&self, report: &mut Report, urls: &[String; 2], found: &[Result<Answer, NoAnswer>; 2]) {
        let issuer = self.issuer.name();
        let legacy = |proxy: &Proxy| proxy.upstreams.iter().any(|upstream| upstream.kind == Kind::SupabaseLegacy);
        if self.config.proxy().is_some_and(legacy) {
            for name in ["discovery", "issuer", "registration"] {
                report.add(name, Verdict::Skipped("LATCH_PROXY=supabase-legacy needs no OAuth server".into()));
            }
            if let Some(url) = &self.issuer.jwks_uri {
                report.add("keys", keys::judge(url, &http::get(url, &self.key()).await, self.issuer));
            }
            return;
        }
        let openid = http::get(&discovery::openid(issuer), &[]).await.is_ok_and(|answer| answer.status == 200);
        let (document, verdict) = discovery::judge(urls, found, openid);
        report.add("discovery", verdict);
        let nowhere = || Verdict::Skipped("there is no metadata that says".into());
        report.add("issuer", document.as_ref().map_or_else(nowhere, |document| discovery::issuer(document, issuer)));
        if let Some(url) = &self.issuer.jwks_uri {
            report.add("keys", keys::judge(url, &http::get(url, &self.key()).await, self.issuer));
        }
        if self.config.proxy().is_some() {
            report.add("registration", Verdict::Skipped("with LATCH_PROXY clients register here, not at the project".into()));
            return;
        }
        let verdict = match document.as_ref().map(registration::endpoint) {
            None => nowhere(),
            Some(Err(verdict)) => verdict,
            Some(Ok(url)) => {
                let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
                let answer = http::send(Method::POST, &url, &json, registration::PROBE.into(), http::MAX_BODY).await;
                registration::judge(&url, &answer)
            }
        };
        report.add("registration", verdict);
    }

    /// Gateway and what is declared.
    async fn data(&self, report: &mut Report, origin: &str) {
        let Declared { relations, functions } = self.declared;
        let first = relations.first().map(|relation| relation.name.as_str()).unwrap_or_default();
        let answer = http::get(&data::url(origin, first), &self.key()).await;
        let needed = !relations.is_empty() || *functions > 0;
        let verdict = data::gateway(&answer, self.supabase.publishable_key().is_some(), needed);
        let open = matches!(verdict, Verdict::Good(_));
        report.add("gateway", verdict);
        if relations.is_empty() {
            report.add("tables", Verdict::Skipped(format!("{} declares none", variables::NAME)));
        } else if !open {
            report.add("tables", Verdict::Skipped("the gateway does not let us ask".into()));
        }
        for relation in relations.iter().filter(|_| open) {
            report.add("table", self.table(origin, relation).await);
        }
        if let Some(relation) = relations.iter().find(|relation| relation.changes).filter(|_| open) {
            let headers = [self.key(), data::headers(relation), vec![data::unknown_preference()]].concat();
            report.add("bounds", data::bounds(&http::get(&data::url(origin, &relation.name), &headers).await));
        }
        if *functions > 0 {
            report.add("functions", Verdict::Skipped(format!("{functions} declared, and a call would run them")));
        }
    }

    /// One declared table: the first request that is not answered well decides.
    async fn table(&self, origin: &str, relation: &Relation) -> Verdict {
        let headers = [self.key(), data::headers(relation)].concat();
        let mut verdict = Verdict::Skipped("nothing is declared of it".into());
        for url in data::urls(origin, relation) {
            verdict = data::table(relation, &http::get(&url, &headers).await);
            if !matches!(verdict, Verdict::Good(_)) {
                break;
            }
        }
        verdict
    }

    /// The `apikey`, if one is set.
    fn key(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.supabase.gateway_headers()
    }
}

/// Since the Unix epoch.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
