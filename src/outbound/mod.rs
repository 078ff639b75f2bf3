//! Us as a client of an authorization server, whether it is the upstream of `LATCH_PROXY` or the issuer of the tokens we are shown.
//!
//! | file | what it knows |
//! |---|---|
//! | `send` | requests: bounded in size and time, never redirected |
//! | `client` | how we prove to be our client |
//! | `form` | posting a form as our client |
//! | `answer` | what an answer means |
//! | `discovery` | what the issuer's own document says |
//! | `keys` | where an issuer's keys are, if only its document says |

pub(crate) mod answer;
mod client;
mod discovery;
mod form;
mod keys;
mod send;

pub(crate) use self::{
    client::{Client, Style},
    discovery::{Discovery, Document, Found},
    form::{Form, Post},
    keys::DiscoveredKeys,
    send::{CHECK, Call, EXTRA, Headers, TOKEN, WHOLE, cut, host_of, in_time, origin, secret_header, send},
};

/// Why there is no answer that could be used. The texts are for the operator's log; they hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The server does not take what it was shown, or what it answered proves nothing.
    #[error("refused: {0}")]
    Refused(String),
    /// Somebody signed in who may not: of another tenant or domain.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// It cannot be asked at the moment.
    #[error("unavailable: {0}")]
    Down(String),
    /// It does not take our client; the operator must mend that.
    #[error("to be mended by the operator: {0}")]
    Misconfigured(String),
}
