//! Supabase data as tools.
#![allow(dead_code)]

mod call;
mod cursor;
pub mod declaration;
mod filter;
#[cfg(test)]
mod fixtures;
mod order;
mod projection;
mod request;
mod rows;
mod schema;
mod select;
mod text;
mod value;
mod write;
