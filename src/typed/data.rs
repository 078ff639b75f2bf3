//! The data tools of `LATCH_DATA`, called by other tools.

use serde_json::Value;

use super::ToolError;
use crate::{
    identity::Refusal,
    mcp::{Access, Content, Context, DataTools, Interrupt},
};

/// The declared data tools, as the user who called. Made by [`Context::data`].
#[derive(Clone, Copy)]
pub struct Data<'a> {
    context: Context<'a>,
    tools: &'a DataTools,
}

impl<'a> Context<'a> {
    /// The tables and functions that `LATCH_DATA` declares. They need not be listed as tools of their own:
    /// [`Registry::with_data`](crate::mcp::Registry::with_data) does that.
    ///
    /// ```
    /// use mcp_latch::prelude::*;
    ///
    /// /// How many notes the user has.
    /// async fn count(cx: &Context<'_>) -> Result<String, ToolError> {
    ///     let page = cx.data()?.call("notes_select", json!({ "limit": 1, "count": "exact" })).await?;
    ///     Ok(format!("{} notes", page["total"]))
    /// }
    /// # tool("count", count);
    /// ```
    ///
    /// # Errors
    /// `LATCH_DATA` is not set: the operator's log says so.
    pub fn data(&self) -> Result<Data<'a>, ToolError> {
        let tools = self.data.ok_or_else(|| ToolError::internal("the call needs data tools, and LATCH_DATA is not set"))?;
        Ok(Data { context: *self, tools })
    }
}

impl Data<'_> {
    /// Calls a data tool by name: the same arguments, bounds, access rules and row-level security as when the model calls it.
    ///
    /// # Errors
    /// What the data tool tells a model, a sentence that can be passed on with `?`; a sign-in with more scopes is needed; or
    /// there is no such tool.
    pub async fn call(&self, name: &str, arguments: Value) -> Result<Value, ToolError> {
        let missing = || ToolError::internal(format!("LATCH_DATA declares no tool {name}"));
        let tool = self.tools.tool(name).ok_or_else(missing)?;
        match tool.access(self.context.identity) {
            Access::Granted => {}
            Access::NeedsScopes(needed) => return Err(Interrupt::from(Refusal::InsufficientScope { needed }).into()),
            Access::NeedsSignIn => return Err(Interrupt::from(Refusal::NoToken).into()),
            Access::Hidden => return Err(ToolError::new("The signed-in user may not use the data that this needs.")),
        }
        let Value::Object(arguments) = arguments else {
            return Err(ToolError::internal(format!("the arguments for {name} are not an object")));
        };
        let result = tool.call(self.context, &arguments).await?;
        if result.is_error {
            let sentences: Vec<&str> = result.content.iter().filter_map(Content::as_text).collect();
            return Err(ToolError::new(sentences.join("\n")));
        }
        Ok(result.structured.unwrap_or_default())
    }
}
