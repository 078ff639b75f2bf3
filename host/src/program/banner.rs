//! What is said when the server is ready.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use mcp_latch_host::demo::{PASSWORD, USERS};

use super::data::{self, Source};
use super::output::Style;

/// Facts of a start. None of them is secret.
pub(super) struct Facts<'a> {
    pub(super) endpoint: &'a str,
    pub(super) issuer: String,
    /// `demo`, `supabase` or `custom`.
    pub(super) mode: String,
    /// What was decided about callers, if anything was.
    pub(super) rules: Vec<(&'static str, String)>,
    /// In proxy mode: the upstreams, and the callback to register there.
    pub(super) proxy: Option<(String, String)>,
    /// Whether the component was given, and may be anybody's.
    pub(super) given: bool,
    /// The component's file.
    pub(super) component: String,
    /// Its bytes.
    pub(super) size: usize,
    /// Whether its machine code came from the cache.
    pub(super) cached: bool,
    pub(super) compile: Duration,
    pub(super) imports: &'a [String],
    pub(super) outbound: Vec<String>,
    pub(super) data: &'a Source,
    /// From the program's start to now.
    pub(super) ready: Duration,
}

pub(super) fn render(facts: &Facts<'_>, style: Style) -> String {
    let mut text = format!("\n{} is ready in {}\n\n", style.bold("mcp-latch"), seconds(facts.ready));
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {} {value}", style.dim(&format!("{name:<9}")));
    };
    row("endpoint", &style.paint("1;32", facts.endpoint));
    row("issuer", &format!("{} ({})", facts.issuer, facts.mode));
    if let Some((upstreams, callback)) = &facts.proxy {
        row("upstream", upstreams);
        row("callback", &format!("{callback} (to be registered there)"));
    }
    row("component", &component(facts));
    row("imports", &summary(facts.imports));
    row("outbound", &if facts.outbound.is_empty() { "nothing".into() } else { facts.outbound.join(", ") });
    row("tools", &if facts.given { "those of the component".to_owned() } else { tools(facts.data) });
    for (name, value) in &facts.rules {
        row(name, value);
    }
    if facts.mode == "demo" {
        let users: Vec<&str> = USERS.iter().map(|user| user.name).collect();
        row("users", &format!("{} (made up; choose one when you sign in)", users.join(", ")));
    }
    let _ = write!(
        text,
        "\nConnect a client:\n  {}\nOr look around without one, and give it the endpoint above (Streamable HTTP):\n  {}\n",
        style.bold(&format!("claude mcp add --transport http latch {}", facts.endpoint)),
        style.bold("npx @modelcontextprotocol/inspector"),
    );
    if facts.mode == "demo" {
        let _ = write!(
            text,
            "\n{}\n",
            style.dim(&format!(
                "This is a demo: the issuer runs in this program, its users need no password (for scripts it is “{PASSWORD}”), and \
                 it forgets everything\nwhen it stops. Set SUPABASE_URL (or another provider's variables) to let in your own users."
            )),
        );
    }
    let _ = write!(text, "\n{}\n\n", style.dim("Ctrl-C stops it."));
    text
}

/// What there is to call, by where it is declared.
fn tools(data: &Source) -> String {
    match data {
        Source::None => "whoami".to_owned(),
        Source::Demo => "whoami, and the demo's table of notes: ask for “list my notes”".to_owned(),
        Source::Inline => format!("whoami, and what {} declares", data::NAME),
        Source::File(path) => format!("whoami, and what {} declares", path.display()),
    }
}

fn component(facts: &Facts<'_>) -> String {
    let code = if facts.cached { "machine code from the cache in" } else { "compiled in" };
    format!("{}, {}, {code} {}", facts.component, size(facts.size), seconds(facts.compile))
}

/// Imports by package, sorted, without versions: `wasi:http outgoing-handler types · wasi:io …`.
pub(super) fn summary(imports: &[String]) -> String {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for import in imports {
        let name = import.split('@').next().unwrap_or(import);
        let (package, interface) = name.split_once('/').unwrap_or((name, ""));
        packages.entry(package).or_default().push(interface);
    }
    let packages: Vec<String> =
        packages.into_iter().map(|(package, interfaces)| format!("{package} {}", interfaces.join(" "))).collect();
    packages.join(" · ")
}

/// `912 KB`, `1.2 MB`.
pub(super) fn size(bytes: usize) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    if bytes < 1_000_000 { format!("{} KB", bytes.div_ceil(1000)) } else { format!("{}.{} MB", tenths / 10, tenths % 10) }
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_millis(100) { format!("{} ms", time.as_millis()) } else { format!("{:.1} s", time.as_secs_f32()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(imports: &[String]) -> Facts<'_> {
        Facts {
            endpoint: "http://127.0.0.1:8787/mcp",
            issuer: "http://127.0.0.1:4000/auth/v1".to_owned(),
            mode: "demo".to_owned(),
            rules: Vec::new(),
            proxy: None,
            given: false,
            component: "target/latch/mcp_latch.wasm".into(),
            size: 912_345,
            cached: true,
            compile: Duration::from_millis(4),
            imports,
            outbound: vec!["http://127.0.0.1:4000".into()],
            data: &Source::Demo,
            ready: Duration::from_millis(412),
        }
    }

    #[test]
    fn the_demo_banner() {
        let imports = ["wasi:cli/environment@0.2.0", "wasi:cli/stderr@0.2.0", "wasi:http/types@0.2.0"].map(String::from);
        let text = render(&facts(&imports), Style::Plain);
        assert_eq!(
            text,
            "\nmcp-latch is ready in 0.4 s\n\n  \
             endpoint  http://127.0.0.1:8787/mcp\n  \
             issuer    http://127.0.0.1:4000/auth/v1 (demo)\n  \
             component target/latch/mcp_latch.wasm, 913 KB, machine code from the cache in 4 ms\n  \
             imports   wasi:cli environment stderr · wasi:http types\n  \
             outbound  http://127.0.0.1:4000\n  \
             tools     whoami, and the demo's table of notes: ask for “list my notes”\n  \
             users     Ada Lovelace, Linus Pauling (made up; choose one when you sign in)\n\n\
             Connect a client:\n  \
             claude mcp add --transport http latch http://127.0.0.1:8787/mcp\n\
             Or look around without one, and give it the endpoint above (Streamable HTTP):\n  \
             npx @modelcontextprotocol/inspector\n\n\
             This is a demo: the issuer runs in this program, its users need no password (for scripts it is “demo”), and it forgets \
             everything\nwhen it stops. Set SUPABASE_URL (or another provider's variables) to let in your own users.\n\n\
             Ctrl-C stops it.\n\n"
        );
    }

    #[test]
    fn a_real_issuer_has_no_made_up_users() {
        let given = render(&Facts { given: true, ..facts(&[]) }, Style::Plain);
        assert!(given.contains("tools     those of the component\n"), "{given}");
        let text = render(&Facts { mode: "supabase".to_owned(), data: &Source::None, ..facts(&[]) }, Style::Plain);
        assert!(!text.contains("Ada") && !text.contains("demo"));
        assert!(!text.contains('\x1b') && render(&facts(&[]), Style::Colour).contains('\x1b'));
    }

    #[test]
    fn tools_are_named_by_their_source() {
        for (data, expected) in [
            (Source::None, "whoami"),
            (Source::Inline, "whoami, and what LATCH_DATA declares"),
            (Source::File("a/data.toml".into()), "whoami, and what a/data.toml declares"),
        ] {
            assert_eq!(tools(&data), expected);
        }
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!([size(1), size(999_999), size(1_000_000), size(1_234_567)], ["1 KB", "1000 KB", "1.0 MB", "1.2 MB"]);
        assert_eq!([seconds(Duration::from_millis(99)), seconds(Duration::from_millis(3_140))], ["99 ms", "3.1 s"]);
    }
}
