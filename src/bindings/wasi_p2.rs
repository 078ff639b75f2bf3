//! `wasi:http/incoming-handler@0.2`: the default component.
//!
//! WASI 0.2 has no way to wait for two requests at once in one instance, so every wait blocks the instance and a future,
//! once polled, is ready. Caches live in the instance: they help where the host uses it again and hurt nowhere.

use std::{
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header::CONTENT_LENGTH};
use serde_json::json;
use url::Url;

use self::{
    exports::wasi::http::incoming_handler::Guest,
    wasi::{
        cli::{environment::get_environment, stderr::get_stderr},
        clocks::{monotonic_clock, wall_clock},
        http::{
            outgoing_handler,
            types::{
                ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingRequest, OutgoingResponse,
                RequestOptions, ResponseOutparam, Scheme,
            },
        },
        io::{
            poll::{Pollable, poll},
            streams::{InputStream, StreamError},
        },
    },
};
use crate::{
    Latch,
    config::Config,
    host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime},
    http::{BODY_TIMEOUT, Body, Incoming, ReadError, Request, Response, misconfigured},
    log::{self, Level},
};

#[allow(unsafe_code, missing_docs, clippy::all)]
mod generated {
    wit_bindgen::generate!({ world: "p2", path: "wit", generate_all, pub_export_macro: false });
    export!(Component with_types_in self);
    pub(super) struct Component;
}
use generated::{Component, exports, wasi};

/// Largest chunk a WASI stream takes in one `blocking-write-and-flush`.
const CHUNK: usize = 4096;

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        static LATCH: OnceLock<Option<Latch>> = OnceLock::new();
        let latch = LATCH.get_or_init(|| match Config::from_env(get_environment()) {
            Ok(config) => Some(Latch::new(config)),
            Err(errors) => {
                log::event(&Wasi, Level::Error, "misconfigured", &[("errors", json!(errors.to_string()))]);
                None
            }
        });
        let response = match (latch, incoming(request)) {
            (None, _) => misconfigured(),
            (_, None) => status(StatusCode::BAD_REQUEST),
            (Some(latch), Some(request)) => {
                now(latch.handle(&Wasi, request)).unwrap_or_else(|| status(StatusCode::INTERNAL_SERVER_ERROR))
            }
        };
        respond(out, response);
    }
}

/// The result of a future that is ready when polled, as all of ours are here.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

fn incoming(request: IncomingRequest) -> Option<Request<'static>> {
    let method = match request.method() {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Delete => http::Method::DELETE,
        Method::Connect => http::Method::CONNECT,
        Method::Options => http::Method::OPTIONS,
        Method::Trace => http::Method::TRACE,
        Method::Patch => http::Method::PATCH,
        Method::Other(name) => http::Method::from_bytes(name.as_bytes()).ok()?,
    };
    let uri: Uri = request.path_with_query().unwrap_or_else(|| "/".to_owned()).parse().ok()?;
    let headers = header_map(request.headers())?;
    let body: Box<dyn Incoming> = Box::new(request.consume().ok()?);
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Some(request)
}

fn header_map(fields: Fields) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.entries() {
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(headers)
}

impl Incoming for IncomingBody {
    fn read<'a>(&'a mut self, limit: usize) -> LocalFuture<'a, Result<Vec<u8>, ReadError>> {
        Box::pin(async move {
            let stream = self.stream().map_err(|()| ReadError::Broken)?;
            let deadline = monotonic_clock::subscribe_duration(nanoseconds(BODY_TIMEOUT));
            drain(&stream, limit, &deadline).map_err(|error| match error {
                FetchError::TooLarge => ReadError::TooLong,
                FetchError::Timeout => ReadError::Timeout,
                FetchError::Unreachable(_) => ReadError::Broken,
            })
        })
    }
}

/// Sends a response. Errors mean that the client has gone; there is nobody left to tell.
fn respond(out: ResponseOutparam, mut response: Response) {
    if response.status() != StatusCode::NO_CONTENT && *response.body() != Body::Omitted {
        let length = HeaderValue::from(response.body().as_bytes().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    let entries: Vec<_> =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let Ok(fields) = Fields::from_list(&entries) else {
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
    };
    let outgoing = OutgoingResponse::new(fields);
    let (Ok(()), Ok(body)) = (outgoing.set_status_code(response.status().as_u16()), outgoing.body()) else {
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
    };
    ResponseOutparam::set(out, Ok(outgoing));
    if let Ok(stream) = body.write() {
        for chunk in response.body().as_bytes().chunks(CHUNK) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                return;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
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
        Box::pin(async move { fetch(&request) })
    }

    fn now(&self) -> UnixTime {
        wall_clock::now().seconds
    }

    fn log(&self, line: &str) {
        write_stderr(format!("{line}\n").as_bytes());
    }
}

fn fetch(request: &Outgoing<'_>) -> Result<Fetched, FetchError> {
    let deadline = monotonic_clock::subscribe_duration(nanoseconds(request.timeout));
    let unreachable = |error: ErrorCode| FetchError::Unreachable(format!("{error:?}"));
    let outgoing = outgoing(request)?;
    // A body that is taken is sent, even an empty one; a GET has none.
    let body = (!request.body.is_empty()).then(|| outgoing.body());
    let answer = outgoing_handler::handle(outgoing, Some(options(request.timeout))).map_err(unreachable)?;
    if let Some(Ok(body)) = body {
        send(&body, request.body, &deadline)?;
        let _ = OutgoingBody::finish(body, None);
    }
    wait(&answer.subscribe(), &deadline)?;
    let response = match answer.get() {
        Some(Ok(response)) => response.map_err(unreachable)?,
        Some(Err(())) | None => return Err(FetchError::Unreachable("no response".to_owned())),
    };
    let headers = header_map(response.headers()).ok_or_else(|| FetchError::Unreachable("malformed headers".to_owned()))?;
    let status = response.status();
    let body = response.consume().map_err(|()| FetchError::Unreachable("no body".to_owned()))?;
    let stream = body.stream().map_err(|()| FetchError::Unreachable("no body".to_owned()))?;
    Ok(Fetched { status, headers, body: drain(&stream, request.max_bytes, &deadline)? })
}

fn outgoing(request: &Outgoing<'_>) -> Result<OutgoingRequest, FetchError> {
    let url = Url::parse(request.url).map_err(|error| FetchError::Unreachable(error.to_string()))?;
    let fields = Fields::new();
    for (name, value) in &request.headers {
        fields.append(name.as_str(), value.as_bytes()).map_err(|error| FetchError::Unreachable(format!("{error:?}")))?;
    }
    if !request.body.is_empty() {
        let length = request.body.len().to_string();
        fields.append("content-length", length.as_bytes()).map_err(|error| FetchError::Unreachable(format!("{error:?}")))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let scheme = if url.scheme() == "https" { Scheme::Https } else { Scheme::Http };
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let refused = |()| FetchError::Unreachable("the URL is not acceptable to the host".to_owned());
    outgoing.set_method(&method(&request.method)).map_err(refused)?;
    outgoing.set_scheme(Some(&scheme)).map_err(refused)?;
    outgoing.set_authority(Some(url.authority())).map_err(refused)?;
    outgoing.set_path_with_query(Some(&path)).map_err(refused)?;
    Ok(outgoing)
}

fn method(method: &http::Method) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    }
}

/// Writes a request's body. A server that answers before it has read everything is no error: its answer tells.
fn send(body: &OutgoingBody, mut bytes: &[u8], deadline: &Pollable) -> Result<(), FetchError> {
    let Ok(stream) = body.write() else { return Ok(()) };
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        wait(&ready, deadline)?;
        let Ok(room) = stream.check_write() else { return Ok(()) };
        let (chunk, rest) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(CHUNK)));
        if stream.write(chunk).is_err() {
            return Ok(());
        }
        bytes = rest;
    }
    let _ = stream.flush();
    Ok(())
}

/// Hosts that know these time-outs also give up on the connection; our own deadline holds for the others.
fn options(timeout: Duration) -> RequestOptions {
    let options = RequestOptions::new();
    let limit = Some(nanoseconds(timeout));
    let _ = options.set_connect_timeout(limit);
    let _ = options.set_first_byte_timeout(limit);
    let _ = options.set_between_bytes_timeout(limit);
    options
}

fn drain(stream: &InputStream, max_bytes: usize, deadline: &Pollable) -> Result<Vec<u8>, FetchError> {
    let ready = stream.subscribe();
    let mut body = Vec::new();
    loop {
        wait(&ready, deadline)?;
        match stream.read(64 * 1024) {
            Ok(chunk) if body.len() + chunk.len() > max_bytes => return Err(FetchError::TooLarge),
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(_)) => return Err(FetchError::Unreachable("the answer broke off".to_owned())),
        }
    }
}

/// Waits for one of the two; the deadline wins.
fn wait(event: &Pollable, deadline: &Pollable) -> Result<(), FetchError> {
    let ready = poll(&[event, deadline]);
    if ready.contains(&1) { Err(FetchError::Timeout) } else { Ok(()) }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
