//! What a tool's function may return.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{ToolError, schema};
use crate::mcp::{CallResult, Content};

/// Something a tool can answer: text, [`Content`], several of them, a whole [`CallResult`], nothing, [`Json`], or a `Result` of one
/// of these with an error that a [`ToolError`] can be made of.
///
/// ```
/// use mcp_latch::prelude::*;
///
/// async fn chart() -> Vec<Content> {
///     vec![Content::text("Sales this year:"), Content::image(b"\x89PNG".as_slice(), "image/png")]
/// }
/// # tool("chart", chart);
/// ```
///
/// ```compile_fail,E0277
/// use mcp_latch::prelude::*;
///
/// async fn answer() -> u64 { 42 } // Json(42), or 42.to_string()
/// tool("answer", answer);
/// ```
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "is not a reply of a tool",
    note = "return `String`, `Content`, `Vec<Content>`, `CallResult`, `()`, or `Json(value)` where the value is `Serialize + JsonSchema`",
    note = "or `Result<one of these, ToolError>`"
)]
pub trait Reply {
    /// JSON Schema of the structured result, if there is one.
    fn schema() -> Option<Value> {
        None
    }

    /// As the result of the call.
    ///
    /// # Errors
    /// There is none.
    fn reply(self) -> Result<CallResult, ToolError>;
}

/// A structured result: the model gets it as JSON text, programs as `structuredContent`, and the tool's `outputSchema` says what
/// is in it. Clients of revisions before 2026-07-28 see structure only if it is an object.
///
/// ```
/// use mcp_latch::prelude::*;
///
/// #[derive(Serialize, JsonSchema)]
/// struct Sum {
///     /// What the numbers add up to.
///     sum: i64,
/// }
/// async fn four() -> Json<Sum> { Json(Sum { sum: 4 }) }
///
/// assert_eq!(tool("four", four).spec().output_schema, Some(json!({
///     "type": "object",
///     "properties": { "sum": { "type": "integer", "description": "What the numbers add up to." } },
///     "required": ["sum"]
/// })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + JsonSchema> Reply for Json<T> {
    fn schema() -> Option<Value> {
        Some(schema::of_output::<T>())
    }

    fn reply(self) -> Result<CallResult, ToolError> {
        Ok(CallResult::structured(serde_json::to_value(self.0)?))
    }
}

impl Reply for CallResult {
    fn reply(self) -> Result<CallResult, ToolError> {
        Ok(self)
    }
}

impl Reply for Content {
    fn reply(self) -> Result<CallResult, ToolError> {
        Ok(CallResult::content([self]))
    }
}

impl Reply for Vec<Content> {
    fn reply(self) -> Result<CallResult, ToolError> {
        Ok(CallResult::content(self))
    }
}

impl Reply for String {
    fn reply(self) -> Result<CallResult, ToolError> {
        Content::text(self).reply()
    }
}

impl Reply for &'static str {
    fn reply(self) -> Result<CallResult, ToolError> {
        Content::text(self).reply()
    }
}

/// A model that reads nothing at all may think that nothing happened.
impl Reply for () {
    fn reply(self) -> Result<CallResult, ToolError> {
        "Done.".reply()
    }
}

impl<R: Reply, E: Into<ToolError>> Reply for Result<R, E> {
    fn schema() -> Option<Value> {
        R::schema()
    }

    fn reply(self) -> Result<CallResult, ToolError> {
        self.map_err(Into::into)?.reply()
    }
}
