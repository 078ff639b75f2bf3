//! One log on stderr for the component and the host: JSON lines for machines, aligned text on a terminal.

use std::fmt::{self, Write as _};
use std::io;
use std::str::FromStr as _;
use std::time::{SystemTime, UNIX_EPOCH};

use mcp_latch_host::log::{self, LogSink};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::output::Style;

/// Starts the log and returns the component's way into it. `RUST_LOG` (`target=level,…`) decides what the host says.
pub(super) fn start() -> LogSink {
    let style = Style::of(&io::stderr());
    let raw = log::stderr();
    let sink: LogSink = match style {
        Style::Plain => raw,
        Style::Colour => std::sync::Arc::new(move |line| raw(&pretty(line, style))),
    };
    let wanted = std::env::var("RUST_LOG").ok().and_then(|filter| Targets::from_str(&filter).ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    tracing_subscriber::registry().with(HostEvents { sink: sink.clone() }.with_filter(filter)).init();
    sink
}

/// The host's events, in the shape of the component's: `{"level":…,"event":"host","message":…,…}`.
struct HostEvents {
    sink: LogSink,
}

impl<S: Subscriber> Layer<S> for HostEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Map::new();
        line.insert("level".into(), json!(event.metadata().level().as_str().to_ascii_lowercase()));
        line.insert("event".into(), json!("host"));
        event.record(&mut Fields(&mut line));
        (self.sink)(&Value::Object(line).to_string());
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

/// A log line for a human: time (UTC), level, event, then the other members. What is no JSON object stays as it is, but for controls.
fn pretty(line: &str, style: Style) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(line) else { return visible(line) };
    let mut take = |name: &str| members.remove(name).as_ref().map(plain).unwrap_or_default();
    let (level, event) = (take("level"), take("event"));
    let colour = match level.as_str() {
        "error" => "1;31",
        "warn" => "33",
        _ => "32",
    };
    let mut text = format!("{} {} {event}", style.dim(&time()), style.paint(colour, &format!("{level:<5}")));
    for (name, value) in &members {
        let _ = write!(text, " {}{}", style.dim(&format!("{}=", visible(name))), plain(value));
    }
    text
}

/// A value without its quotes, if nothing in it could steer the terminal: lines carry text from clients.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.chars().any(char::is_control) => text.clone(),
        other => visible(&other.to_string()),
    }
}

/// Text with its controls escaped. JSON escapes only those below U+0020; U+009B alone is to many terminals what `ESC [` is.
fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\t' {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

fn time() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_humans() {
        let text = pretty(r#"{"event":"refused","level":"warn","reason":"expired","kid":"a\u001b[2Jb","n":1}"#, Style::Plain);
        assert_eq!(&text[8..], r#" warn  refused kid="a\u001b[2Jb" n=1 reason=expired"#);
        assert_eq!(pretty("no json", Style::Plain), "no json");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        // C1 controls: U+009B is what ESC [ is.
        let text = pretty("{\"event\":\"e\u{9b}2J\",\"level\":\"warn\",\"k\u{9b}\":\"\u{7f}\u{80}\u{9f}\u{a0}é\"}", Style::Plain);
        assert_eq!(&text[8..], " warn  \"e\\u009b2J\" k\\u009b=\"\\u007f\\u0080\\u009f\u{a0}é\"");
        assert_eq!(pretty("no json \u{1b}[2J\u{9b}2J", Style::Plain), "no json \\u001b[2J\\u009b2J");
    }
}
