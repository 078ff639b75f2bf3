//! `wasi:http/incoming-handler@0.2`: the default component.
//!
//! An instance answers one request at a time; within it, a call can wait for several things at once. Caches live in the
//! instance: they help where the host uses it again and hurt nowhere.

mod executor;
mod inbound;
#[cfg(feature = "keyvalue")]
mod keyvalue;
mod outbound;

use std::{sync::OnceLock, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use self::{
    executor::{Event, block_on},
    generated::wasi::{
        self,
        cli::{environment::get_environment, stderr::get_stderr},
        clocks::{monotonic_clock, wall_clock},
        http::types::{Fields, IncomingRequest, ResponseOutparam},
        random::random::get_random_bytes,
    },
};
use crate::{
    Latch,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::misconfigured,
    log::{self, Level},
};

#[allow(unsafe_code, unreachable_pub, missing_docs, clippy::all)]
pub mod generated {
    #[cfg(not(feature = "keyvalue"))]
    wit_bindgen::generate!({
        world: "p2",
        path: "wit",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "mcp_latch::bindings::wasi_p2::generated",
    });

    #[cfg(feature = "keyvalue")]
    wit_bindgen::generate!({
        world: "p2-keyvalue",
        path: "wit",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "mcp_latch::bindings::wasi_p2::generated",
    });
}

/// Largest chunk a WASI stream takes in one `blocking-write-and-flush`.
const CHUNK: usize = 4096;

/// An endpoint that is made when the first request of an instance needs it; `None` if its configuration is wrong.
pub type Cell = OnceLock<Option<Latch>>;

/// Answers a request of the host.
pub fn serve(cell: &Cell, make: impl FnOnce(Config) -> Latch, request: IncomingRequest, out: ResponseOutparam) {
    let latch = cell.get_or_init(|| match Config::from_env(get_environment()) {
        Ok(config) => Some(make(config)),
        Err(errors) => {
            log::event(&Wasi, Level::Error, "misconfigured", &[("errors", json!(errors.to_string()))]);
            None
        }
    });
    block_on(async {
        let response = match (latch, inbound::request(request)) {
            (None, _) => misconfigured(),
            (_, None) => inbound::status(StatusCode::BAD_REQUEST),
            (Some(latch), Some(request)) => latch.handle(&Wasi, request).await,
        };
        inbound::respond(out, response).await;
    });
}

fn header_map(fields: Fields) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.entries() {
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(headers)
}

/// Writes to standard error, the operator's log.
pub(super) fn write_stderr(bytes: &[u8]) {
    let stream = get_stderr();
    for chunk in bytes.chunks(CHUNK) {
        if stream.blocking_write_and_flush(chunk).is_err() {
            return;
        }
    }
}

/// The outside, through the imports of the world.
struct Wasi;

impl Host for Wasi {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move { outbound::fetch(&request).await })
    }

    fn now(&self) -> UnixTime {
        wall_clock::now().seconds
    }

    fn elapsed(&self) -> Option<Duration> {
        Some(Duration::from_nanos(monotonic_clock::now()))
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&get_random_bytes(bytes.len() as u64));
    }

    fn sleep<'a>(&'a self, duration: Duration) -> LocalFuture<'a, ()> {
        Box::pin(Event::new(monotonic_clock::subscribe_duration(nanoseconds(duration))))
    }

    #[cfg(feature = "keyvalue")]
    fn store(&self) -> Option<&dyn crate::host::Store> {
        Some(&keyvalue::KeyValue)
    }

    fn log(&self, line: &str) {
        write_stderr(format!("{line}\n").as_bytes());
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
