//! Our role as authorization server (OAuth 2.1), in front of an identity provider: the *upstream*. Nothing is stored.
//!
//! ```text
//!  client                        browser                           here                                upstream
//!    │ POST /register ──────────────────────────────► client ───► client_id (sealed registration)
//!    │ ───────────► GET /authorize ─────────────────► authorize ─► page: who asks, for what, to where
//!    │              POST /consent ──────────────────► consent ───► cookie (sealed transaction) ────────► signs in
//!    │              GET /auth/callback ◄──────────────────────────────────────────────────── code, state ──┘
//!    │ ◄─────────── code, state, iss ◄─────────────── callback: the upstream's code, sealed unredeemed
//!    │ POST /token ─────────────────────────────────► token ────► redeems it there: who signed in? ────►
//!    │ ◄──────────── access token (bound to this endpoint), refresh token (sealed around the upstream's)
//! ```
//!
//! Each value that a client or a browser carries for us is sealed with a key of `LATCH_KEYS`, for one purpose and with one
//! binding (`artefact`), so any instance on any machine continues any flow. An upstream redeems its code once, and so a code of
//! ours is good once.
//!
//! | file | what it decides |
//! |---|---|
//! | `client` | who may ask: registered here, known by a metadata document, or listed; and where answers may be sent |
//! | `authorize`, `consent`, `callback` | what the browser goes through |
//! | `token`, `revoke` | what a client is given for a code or a refresh token, and how it is given back |
//! | `issue` | the tokens, and how they are opened again |
//! | `page` | what people read |
//! | `ledger` | what a store remembers, if there is one: revocations, spent codes, turns with refresh tokens |
//! | `upstream` | who signed in, per identity provider |

mod client;
mod form;
#[allow(dead_code, unused_imports, reason = "until the token endpoint takes turns")]
mod ledger;
mod page;
mod redirect;
mod upstream;

use self::form::Form;
pub(crate) use self::upstream::outbound;
