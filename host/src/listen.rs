//! HTTP/1.1 on a listener: accept, limits, graceful end. What is served is the caller's.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Connections at a time; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 1024;
/// Bytes of a request's head. Tokens may have 16 KiB, and there are proxies that add their own.
const MAX_HEAD: usize = 64 * 1024;
/// Header fields of a request.
const MAX_FIELDS: usize = 100;
/// Time a client may take for a request's head, and for its next request on a connection it keeps.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Time running requests get when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Answers requests on `listener` with `service` until `shutdown` resolves, then takes no more connections and gives running
/// requests 5 s.
pub(crate) async fn serve<S, F, B>(listener: TcpListener, service: S, shutdown: impl Future)
where
    S: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            _ = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = graceful.watch(connection(stream, service.clone()));
                tokio::spawn(async move {
                    // Only the client can be told of a broken connection, and it knows.
                    let _ = connection.await;
                    drop(place);
                });
            }
            Err(error) => refused(&error).await,
        }
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off: they did not finish within {DRAIN:?}");
    }
}

/// Connections that die before they are accepted cost nothing; running out of file descriptors needs a pause, or the loop
/// spins.
async fn refused(error: &std::io::Error) {
    if !matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) {
        tracing::warn!(%error, "a connection could not be accepted");
        sleep(Duration::from_millis(50)).await;
    }
}

fn connection<S, F, B>(stream: TcpStream, service: S) -> impl GracefulConnection<Error = hyper::Error> + Send
where
    S: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    // Replies are small and complete: waiting to fill a packet only adds delay.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let reply = service(request);
        async move { Ok::<_, Infallible>(reply.await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_FIELDS)
        .serve_connection(TokioIo::new(stream), service)
}
