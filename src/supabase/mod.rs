//! Supabase data as tools.
#![allow(dead_code)]

mod call;
mod change;
mod cursor;
pub mod declaration;
mod filter;
#[cfg(test)]
mod fixtures;
mod insert;
mod order;
mod projection;
mod request;
mod returning;
mod rows;
mod schema;
mod select;
mod text;
mod tool;
mod value;
