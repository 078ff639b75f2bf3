//! **mcp-latch** is an MCP endpoint with OAuth 2.1 in one sandboxed WebAssembly component.
//!
//! One request's way through the house:
//!
//! ```text
//!             bindings            http               identity                mcp                 tools
//!  host ──► wasi:http request ──► route, Origin, ──► bearer → jose → rules ──► era → method ──► whoami
//!             (p2)                size, CORS         → Identity or Refusal     → Answer
//!                                    │
//!                                    └─► resource: RFC 9728 metadata, 401/403/503 challenges
//! ```
//!
//! Data goes one way. [`http`] knows the others; [`mcp`] knows [`identity`] but not [`jose`]; [`jose`] knows nothing but
//! bytes, keys and time. No room reaches the outside except through [`host::Host`], so everything here also runs natively:
//! tests, fuzzers and benchmarks need no WebAssembly.
//!
//! # A server of your own
//!
//! One crate, one function, one macro: typed tools, prompts and resources behind the sign-in. This is all of it on one screen;
//! each item's page has more, and `docs/library.md` says how to build and run it.
//!
//! ```
//! use mcp_latch::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Add {
//!     /// The first number.
//!     a: i64,
//!     /// The second.
//!     b: i64,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Sum { sum: i64 }
//!
//! // Arguments are checked against their schema before this runs. An error is a sentence for the model; any other error that
//! // `?` meets goes to the operator's log, and the model learns only that the call failed.
//! async fn add(Add { a, b }: Add) -> Result<Json<Sum>, ToolError> {
//!     a.checked_add(b).map(|sum| Json(Sum { sum })).ok_or_else(|| ToolError::new("the sum is too large"))
//! }
//!
//! // What asks runs from its start again once the answer is there. So in this order: what the caller may do, which can still end
//! // in a sign-in; the questions, about what was remembered; and only then, what is told meanwhile and what is done once.
//! async fn tidy(cx: &Context<'_>) -> Result<String, ToolError> {
//!     let data = cx.data()?;
//!     let ids: Value = match cx.memory() {
//!         Some(ids) => ids, // those that the user was asked about, whatever is done by now
//!         None => {
//!             let done = data.call("notes_select", json!({ "where": { "state": { "eq": "done" } } })).await?;
//!             done["rows"].as_array().into_iter().flatten().map(|row| row["id"].clone()).collect()
//!         }
//!     };
//!     cx.remember(ids.clone()); // the client carries it to the next round, sealed with LATCH_KEYS
//!     let count = ids.as_array().map_or(0, Vec::len);
//!     if count == 0 {
//!         return Ok("There is nothing to delete.".to_owned());
//!     }
//!     let answer = cx.ask(&Ask::form("sure", format!("Delete {count} notes?"), json!({ "type": "object", "properties": {} })))?;
//!     if answer["action"] != "accept" {
//!         return Ok("Nothing was deleted.".to_owned());
//!     }
//!     cx.progress(1.0, 2.0, "deleting").await;
//!     let deleted = data.call("notes_delete", json!({ "where": { "id": { "in": ids } } })).await?;
//!     cx.log(LogLevel::Info, "tidy", json!({ "deleted": deleted["count"] })).await;
//!     Ok(format!("{} notes were deleted.", deleted["count"]))
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Note { id: u64 }
//!
//! async fn note(cx: &Context<'_>, Note { id }: Note) -> Result<Option<String>, ToolError> {
//!     let page = cx.data()?.call("notes_select", json!({ "where": { "id": { "eq": id } } })).await?;
//!     Ok(page["rows"].get(0).map(Value::to_string))
//! }
//!
//! fn server(config: Config) -> Latch {
//!     let registry = Registry::new()
//!         .with_info(ServerInfo::new("calculator", env!("CARGO_PKG_VERSION")))
//!         .with_data(&config) // the declared data tools too, beside our own
//!         .with_logging() // without it no client can ask for `cx.log`
//!         .with_tool(tool("add", add).description("Adds two whole numbers.").read_only().idempotent())
//!         .with_tool(tool("tidy", tidy).description("Deletes what is done.").destructive().scopes(["notes:write"]))
//!         .with_tool(tool("echo", async |arguments: Value| arguments.to_string()).when(|user| user.provider() == "supabase"))
//!         .with_prompt(prompt("explain", async |Add { a, b }: Add| format!("Explain {a} + {b}.")).complete("a", |_| ["1", "2"]))
//!         .with_resource(resource("doc://manual", "manual", "# Manual").mime_type("text/markdown"))
//!         .with_resources(resource_template("note://{id}", "note", note).claim("app_metadata.plan", ["pro"]));
//!     Latch::with_registry(config, registry)
//! }
//!
//! mcp_latch::component!(server);
//! ```
//!
//! What a function is given beside its arguments is a [`Context`](mcp::Context), `cx`:
//!
//! | | |
//! |---|---|
//! | `cx.identity` | who calls |
//! | `cx.token()` | the caller's token, for tools that `LATCH_TOKEN_TO_TOOLS` names |
//! | `cx.data()` | the tables and functions of `LATCH_DATA`, as the caller |
//! | `cx.ask`, `cx.ask_all`, `cx.ask_again`, `cx.can_ask` | questions to the user, one or several at once |
//! | `cx.remember`, `cx.memory` | what one round of questions hands to the next |
//! | `cx.progress`, `cx.log` | what the client is told meanwhile. From the first of them on the answer is a stream, where a missing scope or capability is an error that no client acts on: ask first |
//! | `cx.host` | time, random bytes, the operator's log |
//!
//! # The default component
//!
//! ```
//! use mcp_latch::{Latch, config::Config};
//!
//! let config = Config::from_vars(|name| match name {
//!     "MCP_URL" => Some("https://api.example.com/mcp".into()),
//!     "SUPABASE_PROJECT_ID" => Some("abcdefghijklmnop".into()),
//!     _ => None,
//! })?;
//! assert_eq!(config.issuer(), "https://abcdefghijklmnop.supabase.co/auth/v1");
//! let latch = Latch::new(config);
//! # Ok::<(), mcp_latch::config::Errors>(())
//! ```

#![deny(unsafe_code)]

#[doc(hidden)]
pub mod bindings;
pub mod config;
mod document;
pub mod host;
pub mod http;
pub mod identity;
pub mod jose;
pub mod json;
pub mod keys;
mod latch;
mod log;
pub mod mcp;
mod outbound;
#[cfg(feature = "typed")]
pub mod prelude;
mod proxy;
mod resource;
pub mod seal;
pub mod secret;
pub mod supabase;
#[cfg(feature = "typed")]
pub mod typed;
mod uuid;
mod whoami;

pub use latch::Latch;
pub use whoami::Whoami;
