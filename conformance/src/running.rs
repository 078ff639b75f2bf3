//! Tools that take their time and say so.

use std::time::Duration;

use mcp_latch::mcp::{CallResult, Content, Context, LogLevel, Registry};
use serde_json::{Value, json};

use crate::fixture::{Fixture, text};

/// Between two of the suite's notifications.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two steps of the tools for client tests.
const STEP: Duration = Duration::from_millis(200);
/// What the silent tool takes: longer than the endpoint waits for a word before it opens an event stream by itself (5 s).
const SILENCE: Duration = Duration::from_secs(8);
const LOGGER: &str = "conformance";

pub(crate) fn add(registry: Registry) -> Registry {
    registry
        .with_tool(Fixture::new("test_tool_with_logging", "Sends three log messages", |context, _| {
            Box::pin(async move {
                for message in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                    context.log(LogLevel::Info, LOGGER, message).await;
                    context.host.sleep(PAUSE).await;
                }
                Ok(said("Tool with logging executed successfully"))
            })
        }))
        .with_tool(Fixture::new("test_logging_tool", "Sends a log message, if the client asked for them", |context, _| {
            Box::pin(async move {
                context.log(LogLevel::Info, LOGGER, "a message for those who asked").await;
                Ok(said("logged"))
            })
        }))
        .with_tool(Fixture::new("test_tool_with_progress", "Reports progress: 0, 50 and 100 of 100", |context, _| {
            Box::pin(async move {
                for done in [0.0, 50.0, 100.0] {
                    context.progress(done, 100.0, None).await;
                    context.host.sleep(PAUSE).await;
                }
                Ok(said("Tool with progress executed successfully"))
            })
        }))
        .with_tool(Fixture::new("slow_progress", "Takes a second, and reports progress five times", |context, _| {
            Box::pin(async move {
                for step in [1.0, 2.0, 3.0, 4.0, 5.0] {
                    context.progress(step, 5.0, "working").await;
                    context.host.sleep(STEP).await;
                }
                Ok(said("done after five steps"))
            })
        }))
        .with_tool(
            Fixture::new(
                "run_until_cancelled",
                "Works for four seconds; the log says when it starts and when it is done",
                |context, arguments| {
                    Box::pin(async move {
                        let label = text(arguments, "label", "");
                        log(&context, "work_started", label);
                        for step in 0..20_u32 {
                            context.progress(f64::from(step), 20.0, None).await;
                            context.host.sleep(STEP).await;
                        }
                        log(&context, "work_done", label);
                        Ok(said("nobody cancelled this"))
                    })
                },
            )
            .taking(labelled()),
        )
        .with_tool(
            Fixture::new(
                "run_silently",
                "Works for eight seconds without a word to the client; the log says when it starts and when it is done",
                |context, arguments| {
                    Box::pin(async move {
                        let label = text(arguments, "label", "");
                        log(&context, "work_started", label);
                        context.host.sleep(SILENCE).await;
                        log(&context, "work_done", label);
                        Ok(said("nobody cancelled this"))
                    })
                },
            )
            .taking(labelled()),
        )
        .with_tool(Fixture::new("test_reconnection", "Would close its stream and be resumed; this server keeps none", |_, _| {
            Box::pin(async { Ok(CallResult::error("This server keeps no streams, so none can be resumed.")) })
        }))
}

/// The arguments of a tool that writes to the log.
fn labelled() -> Value {
    json!({ "type": "object", "properties": { "label": { "type": "string" } } })
}

fn said(text: &str) -> CallResult {
    CallResult::content([Content::text(text)])
}

fn log(context: &Context<'_>, event: &str, label: &str) {
    let line: Value = json!({ "level": "info", "event": event, "label": label });
    context.host.log(&line.to_string());
}
