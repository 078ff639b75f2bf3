//! What a function says when it has no result.

use std::{error::Error, fmt::Display};

use serde_json::json;

use crate::{
    host::Host,
    log::{self, Level},
    mcp::{CallResult, Called, Context, Interrupt, PromptError, ReadError},
};

/// What the model reads when the reason is none of its business.
const GENERIC: &str = "This failed for a reason inside the server. Calling again with the same arguments will hardly help; the \
                       server's operator finds the cause in its log.";
/// Longest cause in the operator's log, in characters.
const MAX_CAUSE: usize = 2_000;

/// Why a function has no result.
///
/// | made by | the model reads | the operator's log |
/// |---|---|---|
/// | [`ToolError::new`] | the sentence | nothing |
/// | `?` on any [`std::error::Error`], [`ToolError::internal`] | that it failed, no more | the cause and its causes |
/// | `?` on [`Context::ask`] | nothing yet: the client asks and calls again | nothing |
///
/// ```
/// use mcp_latch::prelude::*;
///
/// fn half(text: &str) -> Result<i64, ToolError> {
///     let number: i64 = text.parse()?; // an error of somebody else's: told to the operator alone
///     if number % 2 == 1 {
///         return Err(ToolError::new("the number is odd; choose an even one"));
///     }
///     Ok(number / 2)
/// }
/// # assert!(half("4").is_ok() && half("x").is_err());
/// ```
///
/// It is no [`std::error::Error`] itself, so that everything that is one can become one.
#[derive(Debug)]
pub struct ToolError(Kind);

#[derive(Debug)]
enum Kind {
    Sentence(String),
    Internal(String),
    Interrupt(Interrupt),
}

impl ToolError {
    /// A sentence that the model can act on.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(Kind::Sentence(sentence.into()))
    }

    /// A cause for the operator's log. The model learns only that it failed. For error types without [`std::error::Error`], such
    /// as `anyhow::Error`: `.map_err(ToolError::internal)?`. It must hold no secret.
    pub fn internal(cause: impl Display) -> Self {
        Self(Kind::Internal(cause.to_string()))
    }

    /// As the outcome of a tool call.
    pub(super) fn of_tool(self, context: &Context<'_>, name: &str) -> Called {
        match self.0 {
            Kind::Sentence(sentence) => Ok(CallResult::error(sentence)),
            Kind::Internal(cause) => {
                report(context.host, "tool_failed", name, &cause);
                Ok(CallResult::error(GENERIC))
            }
            Kind::Interrupt(interrupt) => Err(interrupt),
        }
    }

    /// As the outcome of filling in a prompt.
    pub(super) fn of_prompt(self, context: &Context<'_>, name: &str) -> PromptError {
        match self.0 {
            Kind::Sentence(sentence) => PromptError::Invalid(sentence),
            Kind::Internal(cause) => {
                report(context.host, "prompt_failed", name, &cause);
                PromptError::Failed(GENERIC.to_owned())
            }
            Kind::Interrupt(interrupt) => PromptError::Interrupt(interrupt),
        }
    }

    /// As the outcome of reading a resource.
    pub(super) fn of_read(self, context: &Context<'_>, name: &str) -> ReadError {
        match self.0 {
            Kind::Sentence(sentence) => ReadError::Failed(sentence),
            Kind::Internal(cause) => {
                report(context.host, "resource_failed", name, &cause);
                ReadError::Failed(GENERIC.to_owned())
            }
            Kind::Interrupt(interrupt) => ReadError::Interrupt(interrupt),
        }
    }
}

impl<E: Error> From<E> for ToolError {
    fn from(error: E) -> Self {
        let mut cause = error.to_string();
        let mut next = error.source();
        while let Some(source) = next.filter(|_| cause.len() < MAX_CAUSE) {
            cause.push_str(": ");
            cause.push_str(&source.to_string());
            next = source.source();
        }
        Self(Kind::Internal(cause))
    }
}

impl From<Interrupt> for ToolError {
    fn from(interrupt: Interrupt) -> Self {
        Self(Kind::Interrupt(interrupt))
    }
}

fn report(host: &dyn Host, event: &str, name: &str, cause: &str) {
    let detail: String = cause.chars().take(MAX_CAUSE).collect();
    log::event(host, Level::Error, event, &[("name", json!(name)), ("detail", json!(detail))]);
}
