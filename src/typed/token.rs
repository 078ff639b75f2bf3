//! The caller's raw token, for the tools an operator names.

use std::fmt;

use crate::mcp::Context;

/// The caller's access token. It can do whatever the user can, so it prints as `…`; [`Self::expose`] it where it is sent, not
/// earlier.
#[derive(Clone, Copy)]
pub struct Token<'a>(&'a str);

impl<'a> Token<'a> {
    /// The token itself.
    pub const fn expose(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<'a> Context<'a> {
    /// The caller's token, if `LATCH_TOKEN_TO_TOOLS` names the running tool; else `None`. Prompts and resources never get it.
    ///
    /// A tool rarely needs it: [`Self::data`] reads and writes as the user without it.
    ///
    /// ```
    /// use mcp_latch::prelude::*;
    ///
    /// async fn bearer(cx: &Context<'_>) -> Result<String, ToolError> {
    ///     let token = cx.token().ok_or_else(|| ToolError::internal("LATCH_TOKEN_TO_TOOLS does not name the tool"))?;
    ///     let header = format!("Bearer {}", token.expose()); // for a request that is made as the user
    ///     Ok(format!("{token:?} has {} bytes", header.len())) // prints as …
    /// }
    /// # tool("bearer", bearer);
    /// ```
    pub fn token(&self) -> Option<Token<'a>> {
        (self.shows_token && !self.token.is_empty()).then_some(Token(self.token))
    }
}
