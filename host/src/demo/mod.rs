//! The demo issuer: an OAuth 2.1 authorization server in the shape of Supabase Auth, for a first sign-in without an account
//! anywhere and without a network.
//!
//! It is for one person at one machine: it listens on loopback only, its two users need no password, its keys are new at every
//! start and everything it knows is in bounded memory. Where Supabase and the specifications differ, tokens and discovery
//! follow Supabase, and what a client needs to get through (RFC 9207 `iss`, RFC 7591 errors, loopback ports) follows the
//! specifications.
//!
//! ```text
//! serve ──► issuer (routes) ──► metadata · register · authorize · token · password
//!                                   │          │          │
//!                                   keys    clients     grants · claims · page
//!                 └─► rest: the table `notes`, in the shape of PostgREST
//! ```

mod authorize;
mod claims;
mod clients;
mod expiring;
mod grants;
mod issuer;
mod keys;
mod metadata;
mod page;
mod random;
mod redirect;
mod register;
mod reply;
mod rest;
mod script;
mod serve;
mod token;

pub use keys::SigningAlg;
pub use script::sign_in;
pub use serve::{Demo, Options};

/// Somebody who can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// Chosen on the sign-in page.
    pub key: &'static str,
    /// The same at every start, so that data can refer to it.
    pub id: &'static str,
    /// Full name.
    pub name: &'static str,
    /// E-mail address.
    pub email: &'static str,
}

/// The two users.
pub const USERS: [User; 2] = [
    User { key: "ada", id: "ada00000-0000-4000-8000-000000000001", name: "Ada Lovelace", email: "ada@example.com" },
    User { key: "linus", id: "11105000-0000-4000-8000-000000000002", name: "Linus Pauling", email: "linus@example.com" },
];

/// The declaration of the demo's data, as `LATCH_DATA` takes it: the table `notes`, with every action.
pub const DATA: &str = include_str!("notes.toml");

/// The password of both, for `POST {issuer}/token?grant_type=password`.
pub const PASSWORD: &str = "demo";

#[cfg(test)]
mod tests {
    use mcp_latch::supabase::Declaration;

    #[test]
    fn the_declaration_of_the_demo_is_sound() {
        Declaration::parse(super::DATA).unwrap();
    }
}
