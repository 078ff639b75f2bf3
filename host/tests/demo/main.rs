//! The demo issuer over HTTP, as a client and a browser see it.

#![allow(clippy::unwrap_used)]

mod authorize;
mod clients;
mod tokens;
mod wire;
mod world;
