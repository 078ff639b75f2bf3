//! Functions as tools, prompts and resources.
//!
//! ```text
//!  async fn ─► handler ─► tool · prompt · resource · template ─► mcp::{Tool, Prompt, Resources}
//!   types   ─► schema ──────┘     │
//!                  function (validate, run) · gate (who) · reply, error (what became of it)
//! ```
//!
//! A function says with its types what it takes and what it gives; here that becomes what the protocol wants: schemas, checks,
//! lists and results. What a function is given beside its arguments is the [`Context`](crate::mcp::Context).
//!
//! # Who may use it
//!
//! ```
//! use mcp_latch::prelude::*;
//!
//! let tool = tool("publish", async || "published")
//!     .scopes(["notes:write"]) // others see it, and learn which scopes it takes
//!     .claim("app_metadata.plan", ["pro", "team"]) // for others it does not exist
//!     .when(|identity| identity.provider() == "supabase"); // likewise
//! let prompt = prompt("review", async || "Review my notes.").when(|identity| identity.client_id().is_some());
//! let resource = resource("doc://prices", "prices", "…").claim("app_metadata.plan", ["team"]);
//! Registry::new().with_tool(tool).with_prompt(prompt).with_resource(resource);
//! ```
//!
//! # Several questions, several rounds
//!
//! A function that asks stops at the `?`; the client asks the user and calls again, and the function runs from its start. What
//! it found out before goes to the next round with `remember`, sealed; for that and for a second question the server needs
//! `LATCH_KEYS`.
//!
//! ```
//! use mcp_latch::prelude::*;
//!
//! async fn book(cx: &Context<'_>) -> Result<String, ToolError> {
//!     let price = cx.memory().unwrap_or_else(|| json!(cx.host.now() % 100)); // the one the user was told
//!     cx.remember(price.clone());
//!     let text = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } }, "required": [name] });
//!     let seat = Ask::form("seat", format!("It is {price} €. Which seat?"), text("seat"));
//!     let name = Ask::form("name", "For whom?", text("name"));
//!     let [seat, name] = cx.ask_all([&seat, &name])?; // both at once
//!     if seat["action"] != "accept" || name["action"] != "accept" {
//!         return Ok("Nothing was booked.".to_owned());
//!     }
//!     // It comes from the client and proves nothing: neither that a person said it nor that it fits the form.
//!     match (seat["content"]["seat"].as_str(), name["content"]["name"].as_str()) {
//!         (Some(seat), Some(name)) => Ok(format!("Seat {seat} is booked for {name}.")),
//!         _ => Err(ToolError::new("The form was not filled in; call again.")),
//!     }
//! }
//! # tool("book", book);
//! ```

mod complete;
mod data;
mod described;
mod error;
mod fields;
mod function;
mod gate;
mod handler;
mod prompt;
mod reply;
mod resource;
mod schema;
mod template;
mod token;
mod tool;
mod uri;
mod validate;

pub use self::{
    data::Data,
    error::ToolError,
    handler::Handler,
    prompt::{PromptFn, PromptReply, prompt},
    reply::{Json, Reply},
    resource::{ReadReply, ResourceFn, Source, resource},
    template::{TemplateFn, resource_template},
    token::Token,
    tool::{ToolFn, tool},
};
#[doc(hidden)]
pub use self::{handler::marker, resource::Fixed};
