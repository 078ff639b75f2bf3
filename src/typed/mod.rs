//! Functions as tools, prompts and resources.
//!
//! ```text
//!  async fn ─► handler ─► tool · prompt · resource · template ─► mcp::{Tool, Prompt, Resources}
//!   types   ─► schema ──────┘ │          │
//!                       validate       gate (who)      reply, error (what became of it)
//! ```
//!
//! A function says with its types what it takes and what it gives; here that becomes what the protocol wants: schemas, checks,
//! lists and results. What a function is given beside its arguments is the [`Context`](crate::mcp::Context).

mod complete;
mod data;
mod error;
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
