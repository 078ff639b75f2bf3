//! From an HTTP request to an answer: routes, `Origin`, size, CORS. This room knows the others; they do not know it.

mod audit;
mod authorization;
mod bearer;
mod body;
mod cors;
mod endpoint;
mod events;
mod reply;
mod route;
mod trace;

pub(crate) use self::route::answer;
pub use self::{
    body::{BODY_TIMEOUT, Body, Incoming, MAX_BODY_BYTES, ReadError, Request, Response},
    events::Events,
    reply::misconfigured,
};
