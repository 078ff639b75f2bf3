//! Requests that we send.

use std::{
    future::{Future as _, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use url::Url;

use super::{
    CHUNK,
    executor::Event,
    header_map, nanoseconds,
    wasi::{
        clocks::monotonic_clock,
        http::{
            outgoing_handler,
            types::{ErrorCode, Fields, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme},
        },
        io::streams::{InputStream, StreamError},
    },
};
use crate::host::{FetchError, Fetched, Outgoing};

/// The end of the time an exchange may take.
pub(super) struct Deadline(Event);

impl Deadline {
    pub(super) fn after(duration: Duration) -> Self {
        Self(Event::new(monotonic_clock::subscribe_duration(nanoseconds(duration))))
    }

    /// Waits for one of the two; the deadline wins.
    async fn wait(&mut self, event: &mut Event) -> Result<(), FetchError> {
        poll_fn(|context| match (Pin::new(&mut self.0).poll(context), Pin::new(&mut *event).poll(context)) {
            (Poll::Ready(()), _) => Poll::Ready(Err(FetchError::Timeout)),
            (_, Poll::Ready(())) => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        })
        .await
    }
}

pub(super) async fn fetch(request: &Outgoing<'_>) -> Result<Fetched, FetchError> {
    let mut deadline = Deadline::after(request.timeout);
    let unreachable = |error: ErrorCode| FetchError::Unreachable(format!("{error:?}"));
    let outgoing = outgoing(request)?;
    // A body that is taken is sent, even an empty one; a GET has none.
    let body = (!request.body.is_empty()).then(|| outgoing.body());
    let answer = outgoing_handler::handle(outgoing, Some(options(request.timeout))).map_err(unreachable)?;
    if let Some(Ok(body)) = body {
        send(&body, request.body, &mut deadline).await?;
        let _ = OutgoingBody::finish(body, None);
    }
    deadline.wait(&mut Event::new(answer.subscribe())).await?;
    let response = match answer.get() {
        Some(Ok(response)) => response.map_err(unreachable)?,
        Some(Err(())) | None => return Err(FetchError::Unreachable("no response".to_owned())),
    };
    let headers = header_map(response.headers()).ok_or_else(|| FetchError::Unreachable("malformed headers".to_owned()))?;
    let status = response.status();
    let body = response.consume().map_err(|()| FetchError::Unreachable("no body".to_owned()))?;
    let stream = body.stream().map_err(|()| FetchError::Unreachable("no body".to_owned()))?;
    Ok(Fetched { status, headers, body: drain(&stream, request.max_bytes, &mut deadline).await? })
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
async fn send(body: &OutgoingBody, mut bytes: &[u8], deadline: &mut Deadline) -> Result<(), FetchError> {
    let Ok(stream) = body.write() else { return Ok(()) };
    let mut ready = Event::new(stream.subscribe());
    while !bytes.is_empty() {
        deadline.wait(&mut ready).await?;
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

/// Reads a stream to its end.
pub(super) async fn drain(stream: &InputStream, max_bytes: usize, deadline: &mut Deadline) -> Result<Vec<u8>, FetchError> {
    let mut ready = Event::new(stream.subscribe());
    let mut body = Vec::new();
    loop {
        deadline.wait(&mut ready).await?;
        match stream.read(64 * 1024) {
            Ok(chunk) if body.len() + chunk.len() > max_bytes => return Err(FetchError::TooLarge),
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(_)) => return Err(FetchError::Unreachable("the answer broke off".to_owned())),
        }
    }
}
