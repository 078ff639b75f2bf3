//! The request we answer, and the answer.

use http::{
    HeaderValue, StatusCode, Uri,
    header::{CONTENT_LENGTH, HOST},
};

use super::{
    CHUNK,
    executor::Event,
    header_map,
    outbound::{Deadline, drain},
    wasi::{
        http::types::{
            ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
        },
        io::streams::{OutputStream, StreamError},
    },
};
use crate::{
    host::{FetchError, LocalFuture},
    http::{BODY_TIMEOUT, Body, Events, Incoming, ReadError, Request, Response},
};

/// The request as the core takes it; `None` if it is malformed.
pub(super) fn request(request: IncomingRequest) -> Option<Request<'static>> {
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
    let mut headers = header_map(request.headers())?;
    // Hosts may keep it apart from the headers.
    if let (false, Some(authority)) = (headers.contains_key(HOST), request.authority()) {
        headers.insert(HOST, HeaderValue::try_from(authority).ok()?);
    }
    let body: Box<dyn Incoming> = Box::new(request.consume().ok()?);
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Some(request)
}

impl Incoming for IncomingBody {
    fn read<'a>(&'a mut self, limit: usize) -> LocalFuture<'a, Result<Vec<u8>, ReadError>> {
        Box::pin(async move {
            let stream = self.stream().map_err(|()| ReadError::Broken)?;
            let mut deadline = Deadline::after(BODY_TIMEOUT);
            drain(&stream, limit, &mut deadline).await.map_err(|error| match error {
                FetchError::TooLarge => ReadError::TooLong,
                FetchError::Timeout => ReadError::Timeout,
                FetchError::Unreachable(_) => ReadError::Broken,
            })
        })
    }
}

/// An answer without a body.
pub(super) fn status(status: StatusCode) -> Response<'static> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// Sends a response. Errors mean that the client has gone; there is nobody left to tell.
pub(super) async fn respond(out: ResponseOutparam, mut response: Response<'_>) {
    let has_length = matches!(response.body(), Body::Full(_) | Body::Empty) && response.status() != StatusCode::NO_CONTENT;
    if has_length {
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
        let sent = match response.into_body() {
            Body::Events(events) => follow(&stream, events).await,
            body => write(&stream, body.as_bytes()).await,
        };
        if sent.is_err() {
            return;
        }
    }
    let _ = OutgoingBody::finish(body, None);
}

/// Sends each event when it comes. When the client has gone, the events are dropped, and the work behind them with them.
async fn follow(stream: &OutputStream, mut events: Events<'_>) -> Result<(), StreamError> {
    while let Some(event) = events.next().await {
        write(stream, &event).await?;
    }
    Ok(())
}

/// Writes all of it and waits until the host has taken it.
async fn write(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut ready = Event::new(stream.subscribe());
    while !bytes.is_empty() {
        (&mut ready).await;
        let room = usize::try_from(stream.check_write()?).unwrap_or(CHUNK);
        let (chunk, rest) = bytes.split_at(bytes.len().min(room));
        stream.write(chunk)?;
        bytes = rest;
    }
    stream.flush()?;
    (&mut ready).await;
    stream.check_write().map(|_| ())
}
