//! A Supabase project's data as tools: declared tables, views and functions, called as the signed-in user.
//!
//! ```text
//! LATCH_DATA ─► document ─► Declaration ─► schema ─► tools/list
//!                               │
//!         arguments ─► value, filter, order, projection, cursor ─► select · write · call ─► request
//!                                                                                             │ client (as the user)
//!            result ◄─ rows, failure ◄──────────────────────────────────────────────── PostgREST
//! ```
//!
//! An operator writes one small document (`LATCH_DATA`, see `docs/data.md`) that names tables, views and functions.
//! `document` reads it, whole or not at all, into a [`Declaration`]; everything else here works from that. What a caller sends
//! is checked against it before anything is asked for, and row-level security decides which rows there are.

mod access;
mod call;
mod change;
mod client;
mod cursor;
mod declaration;
mod document;
mod failure;
mod filter;
#[cfg(test)]
mod fixtures;
mod insert;
mod lenient;
mod order;
mod projection;
mod request;
mod resources;
mod returning;
mod rows;
mod run;
mod schema;
mod select;
mod text;
mod tool;
mod value;

use std::sync::Arc;

pub use self::declaration::Declaration;
use self::{client::Client, resources::Tables, run::Tools};
pub use crate::document::Mistake;
use crate::{
    config::Config,
    mcp::{DataTools, Registry},
};

impl Registry {
    /// Adds the tools and resources that `LATCH_DATA` declares, if it does.
    #[must_use]
    pub fn with_data(self, config: &Config) -> Self {
        let Some(tools) = tools(config).map(Arc::new) else { return self };
        let registry = tools.register(self);
        if tools.declaration().tables.is_empty() { registry } else { registry.with_resources(Tables(tools)) }
    }
}

/// The tools that `LATCH_DATA` declares, for other tools to call; `None` if it is not set.
pub(crate) fn data_tools(config: &Config) -> Option<DataTools> {
    let tools = tools(config)?;
    Some(DataTools::new(Box::new(move || Arc::new(tools).register(Registry::new()))))
}

fn tools(config: &Config) -> Option<Tools> {
    let (Some(declaration), Some(project)) = (config.data(), config.supabase()) else { return None };
    let client = Client::new(project.data_api(), project.gateway_headers(), declaration.limits.seconds);
    Some(Tools::new(declaration.clone(), client, config.policy().clone()))
}
