//! Supabase data as tools: the signed-in user's own rows, through PostgREST, with row-level security deciding.
//!
//! An operator writes one small document (`LATCH_DATA`, see `docs/data.md`) that names tables, views and functions.
//! `document` reads it, whole or not at all, into a [`Declaration`]; everything else here works from that.

// Until the tools use the declaration.
#![allow(dead_code)]

mod declaration;
mod document;

pub use declaration::Declaration;
pub use document::Mistake;
