//! `latch inspect --token`: what every rule says of a token, without a network. The token itself is never printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use mcp_latch::Latch;
use mcp_latch::config::Config;
use mcp_latch::host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime};
use mcp_latch::identity::{Explanation, Line, Refusal, Step, Verdict};
use mcp_latch::jose;

use super::super::output::{self, Style};
use super::super::{Misuse, data};

/// Bytes of a token, and of a key set.
const MAX_BYTES: u64 = 1 << 20;
/// Stands for `MCP_URL` while it is not set: `latch up` puts its own address there.
const USUAL: &str = "http://127.0.0.1:8787/mcp";
/// Columns of a rule's name.
const WIDTH: usize = 18;

/// Explains a token, and says whether it would be let in.
///
/// # Errors
/// [`Misuse`], or the configuration cannot be used.
pub(super) fn explain(token: &str, jwks: Option<&Path>) -> Result<bool> {
    let token = if token == "-" { from_stdin()? } else { token.to_owned() };
    let token = bare(&token);
    if token.is_empty() {
        return Err(Misuse("there is no token\nfix: pipe one in, such as `pbpaste | latch inspect --token -`".to_owned()).into());
    }
    // A file that is not there is said first: nothing that is wrong with the token changes that.
    let jwks = jwks.map(|path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())));
    let jwks = jwks.transpose()?;
    let mut vars = data::environment();
    data::resolve(&mut vars, false)?;
    let report = report(vars, token, jwks.as_deref(), Style::of(&io::stdout()))?;
    output::print(&report.text);
    Ok(report.good)
}

/// Without what stands before it in a header that was copied whole.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match text.get(..14) {
        Some(name) if name.eq_ignore_ascii_case("authorization:") => text.get(14..).unwrap_or_default().trim_start(),
        _ => text,
    };
    match text.split_once(char::is_whitespace) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ if text.eq_ignore_ascii_case("bearer") => "",
        _ => text,
    }
}

fn from_stdin() -> Result<String> {
    let mut token = String::new();
    io::stdin().take(MAX_BYTES).read_to_string(&mut token).context("cannot read the token from stdin")?;
    Ok(token)
}

/// What is printed, and whether the token is good.
#[derive(Debug)]
struct Report {
    text: String,
    good: bool,
}

fn report(mut vars: BTreeMap<String, String>, token: &str, jwks: Option<&str>, style: Style) -> Result<Report> {
    if vars.get("MCP_URL").is_none_or(|url| url.trim().is_empty()) {
        vars.insert("MCP_URL".into(), USUAL.into());
    }
    let mut config = Config::from_env(vars.clone())?;
    let mut explanation = explanation(config.clone(), token)?;
    if let Some(keys) = jwks {
        let (Some(provider), None, None) = (explanation.provider, config.proxy(), &explanation.asks) else {
            return Err(unused_keys(&explanation).into());
        };
        vars.remove("LATCH_JWKS");
        vars.insert(format!("LATCH_{}_JWKS", provider.to_ascii_uppercase()), keys.to_owned());
        config = Config::from_env(vars)?;
        explanation = self::explanation(config.clone(), token)?;
    }
    let issuer = config.issuers().iter().find(|issuer| Some(issuer.provider.name) == explanation.provider);
    let has_keys = issuer.is_none_or(|issuer| issuer.pinned.is_some() || issuer.secret.is_some());
    let page = Page { style, has_keys };
    Ok(Report { text: page.render(config.endpoint().url(), &explanation), good: page.is_good(&explanation) })
}

fn unused_keys(explanation: &Explanation) -> Misuse {
    let reason = match explanation.steps.first() {
        _ if explanation.asks.is_some() => "the issuer is asked about such a token, its keys are not".to_owned(),
        Some(Step { verdict: Err(refusal), .. }) => format!("the token is of no issuer that is configured: {refusal}"),
        _ => "with LATCH_PROXY tokens are made here".to_owned(),
    };
    Misuse(format!("--jwks has no use: {reason}\nfix: leave --jwks out"))
}

fn explanation(config: Config, token: &str) -> Result<Explanation> {
    let latch = Latch::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("no thread to work with")?;
    let explanation = runtime.block_on(latch.explain(&Offline, token));
    explanation.context("the endpoint asks nobody for a token")
}

/// Nothing is fetched.
struct Offline;

impl Host for Offline {
    fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable("this command asks nobody".into())) })
    }

    fn now(&self) -> UnixTime {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    fn random(&self, bytes: &mut [u8]) {
        // Nothing is made here that must not be guessed.
        bytes.fill(0);
    }

    fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn log(&self, _: &str) {}
}

struct Page {
    style: Style,
    /// There are keys to check a signature with.
    has_keys: bool,
}

impl Page {
    /// Whether a step failed only because there is nothing to check a signature with.
    fn is_unchecked(&self, step: &Step) -> bool {
        !self.has_keys && matches!(step.verdict, Err(Refusal::Token(jose::Error::KeysDown(_))))
    }

    fn is_good(&self, explanation: &Explanation) -> bool {
        explanation.steps.iter().all(|step| step.verdict.is_ok() || self.is_unchecked(step))
    }

    fn render(&self, endpoint: &str, explanation: &Explanation) -> String {
        let mut text = format!("{}\n", self.style.bold(&format!("A token for {endpoint}")));
        for step in &explanation.steps {
            text += &self.step(step);
        }
        if let Some(identity) = &explanation.identity {
            let json = serde_json::to_string_pretty(identity).unwrap_or_default();
            let _ = write!(text, "\n{}\n{json}\n", self.style.bold("Identity"));
        }
        if !explanation.lines.is_empty() {
            let _ = write!(text, "\n{}\n", self.style.bold("LATCH_POLICY"));
            explanation.lines.iter().for_each(|line| text += &self.line(line));
        }
        if let Some(url) = &explanation.asks {
            text += &self.row(Mark::Unknown, "token", &format!("would be asked of {url}; not asked here"));
        }
        let verdict = match () {
            () if !self.is_good(explanation) => "It would not be let in.",
            () if explanation.asks.is_some() => "Whether it would be let in, its issuer decides: it was not asked.",
            () if explanation.steps.iter().any(|step| self.is_unchecked(step)) => {
                "It would be let in, if its signature is good: that was not checked."
            }
            () => "It would be let in.",
        };
        let _ = write!(text, "\n{}\n", self.style.bold(verdict));
        text
    }

    fn step(&self, step: &Step) -> String {
        match &step.verdict {
            Ok(()) => self.row(Mark::Yes, step.rule, ""),
            Err(_) if self.is_unchecked(step) => {
                self.row(Mark::Unknown, step.rule, "not checked: give the issuer's keys in LATCH_JWKS or with --jwks FILE")
            }
            Err(refusal) => self.row(Mark::No, step.rule, &format!("{}: {refusal}", refusal.code())),
        }
    }

    fn line(&self, line: &Line) -> String {
        let (mark, text) = match &line.verdict {
            Verdict::Granted => (Mark::Yes, String::new()),
            Verdict::NeedsScopes(scopes) => (Mark::No, format!("needs scopes: {}", scopes.join(" "))),
            Verdict::Hidden(why) => (Mark::No, format!("hidden: {why}")),
            Verdict::Barred(code, why) => (Mark::No, format!("{code}: {why}")),
        };
        self.row(mark, &line.rule, &text)
    }

    fn row(&self, mark: Mark, rule: &str, text: &str) -> String {
        let mark = match mark {
            Mark::Yes => self.style.paint("32", "✓"),
            Mark::No => self.style.paint("31", "✗"),
            Mark::Unknown => self.style.paint("33", "?"),
        };
        let line = format!("{mark} {rule:WIDTH$} {text}");
        format!("{}\n", line.trim_end())
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Yes,
    No,
    Unknown,
}

#[cfg(test)]
mod tests;
