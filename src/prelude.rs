//! All that a server of your own needs: `use mcp_latch::prelude::*;`.

pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use serde_json::{Value, json};

pub use crate::{
    Latch,
    config::Config,
    identity::Identity,
    mcp::{
        Ask, CallResult, Content, Context, Filled, Icon, LogLevel, Payload, Reading, Registry, ResourceSpec, Role, ServerInfo,
    },
    typed::{Json, Token, ToolError, prompt, resource, resource_template, tool},
};
