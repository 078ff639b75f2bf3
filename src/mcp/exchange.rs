//! What one request says about itself and its client, besides what it asks for.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use serde_json::{Map, Value, json};

use super::{
    Outbox,
    era::{Era, META_CAPABILITIES, META_LOG_LEVEL},
    log_level::LogLevel,
    rounds::Rounds,
};

/// One request and its client.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(super) era: Era,
    /// What the client can do, by its own word (2026-07-28 only: before, it was said in another request).
    capabilities: Map<String, Value>,
    /// Set if the client wants to hear of progress.
    progress_token: Option<Value>,
    /// The lowest level the client wants to hear of.
    log_level: Option<LogLevel>,
    /// The last progress told. It must grow.
    progress: Cell<f64>,
    outbox: Rc<Outbox>,
    pub(super) rounds: RefCell<Rounds>,
}

impl Exchange {
    pub(super) fn new(era: Era, logs: bool, params: &Map<String, Value>, outbox: Rc<Outbox>, rounds: Rounds) -> Self {
        let none = Map::new();
        let meta = params.get("_meta").and_then(Value::as_object).unwrap_or(&none);
        let log_level = match era {
            Era::Modern => meta.get(META_LOG_LEVEL).and_then(Value::as_str).and_then(LogLevel::parse),
            // What `logging/setLevel` asked for is forgotten; the revisions leave the choice to the server then.
            Era::Legacy => Some(LogLevel::Info),
        };
        Self {
            era,
            capabilities: meta.get(META_CAPABILITIES).and_then(Value::as_object).cloned().unwrap_or_default(),
            progress_token: meta
                .get("progressToken")
                .filter(|token| token.is_string() || token.is_i64() || token.is_u64())
                .cloned(),
            // Only what is advertised is sent.
            log_level: log_level.filter(|_| logs),
            progress: Cell::new(f64::NEG_INFINITY),
            outbox,
            rounds: RefCell::new(rounds),
        }
    }

    /// Whether the client has a capability. `part` is a member of it, such as `url` of `elicitation`.
    pub(super) fn has(&self, capability: &str, part: Option<&str>) -> bool {
        let Some(found) = self.capabilities.get(capability).and_then(Value::as_object) else { return false };
        match part {
            None => true,
            // An elicitation capability without members means forms.
            Some("form") => found.is_empty() || found.contains_key("form"),
            Some(part) => found.contains_key(part),
        }
    }

    pub(super) async fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        let Some(token) = &self.progress_token else { return };
        if !progress.is_finite() || progress <= self.progress.replace(progress.max(self.progress.get())) {
            return;
        }
        let mut params = json!({ "progressToken": token, "progress": number(progress) });
        if let Some(total) = total.filter(|total| total.is_finite()) {
            params["total"] = number(total);
        }
        if let Some(message) = message {
            params["message"] = json!(message);
        }
        self.outbox.send("notifications/progress", params).await;
    }

    pub(super) async fn log(&self, level: LogLevel, logger: &str, data: Value) {
        if self.log_level.is_some_and(|lowest| level >= lowest) {
            let params = json!({ "level": level.name(), "logger": logger, "data": data });
            self.outbox.send("notifications/message", params).await;
        }
    }
}

/// A whole number is written as one: some clients compare text.
fn number(value: f64) -> Value {
    let whole = value.trunc() == value && value.abs() < 1e15;
    // Within 2^53, so nothing is cut off.
    #[allow(clippy::cast_possible_truncation)]
    if whole { json!(value as i64) } else { json!(value) }
}
