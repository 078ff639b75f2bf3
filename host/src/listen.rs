//! HTTP/1.1 on a listener: accept, limits, graceful end. What is served is the caller's.

mod patient;

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

use patient::Patient;

/// Connections at a time; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 1024;
/// Bytes of a request's head. Tokens may have 16 KiB, and there are proxies that add their own.
const MAX_HEAD: usize = 64 * 1024;
/// Header fields of a request.
const MAX_FIELDS: usize = 100;
/// Time running requests get when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a connection is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a request's head, and for the next request on a connection that is kept.
    pub(crate) head: Duration,
    /// For a client that takes nothing of an answer.
    pub(crate) write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), write: Duration::from_secs(30) }
    }
}

/// Answers requests on `listener` with `service` until `shutdown` resolves, then takes no more connections and gives running
/// requests 5 s.
pub(crate) async fn serve<S, F, B>(listener: TcpListener, service: S, patience: Patience, shutdown: impl Future)
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
                let connection = graceful.watch(connection(stream, service.clone(), patience));
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

fn connection<S, F, B>(stream: TcpStream, service: S, patience: Patience) -> impl GracefulConnection<Error = hyper::Error> + Send
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
        .header_read_timeout(patience.head)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_FIELDS)
        .serve_connection(TokioIo::new(Patient::new(stream, patience.write)), service)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::mpsc;

    use super::*;

    /// An answer without end that says when it is dropped.
    struct Endless(mpsc::UnboundedSender<()>);

    impl Drop for Endless {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    impl Body for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1 << 16])))))
        }
    }

    /// A connection to a server with this patience, and word of every answer that it drops.
    async fn connect(patience: Patience) -> (TcpStream, mpsc::UnboundedReceiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        let service = move |_| {
            let body = Endless(sender.clone());
            async move { Response::new(body) }
        };
        tokio::spawn(serve(listener, service, patience, std::future::pending::<()>()));
        (stream, receiver)
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_left() {
        let patience = Patience { write: Duration::from_millis(100), ..Patience::default() };
        let (mut stream, mut dropped) = connect(patience).await;
        stream.write_all(&b"GET / HTTP/1.1\r\nhost: h\r\n\r\n".repeat(100)).await.unwrap();
        // Nothing is read, so the answer fills what lies between us and then stands still.
        timeout(Duration::from_secs(20), dropped.recv()).await.expect("the server waits for ever");
        let mut seen = Vec::new();
        let _ = stream.read_to_end(&mut seen).await;
        assert!(seen.starts_with(b"HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn half_a_head_is_not_waited_for_long() {
        assert_eq!(Patience::default().head, Duration::from_secs(10));
        let (mut stream, _dropped) = connect(Patience { head: Duration::from_millis(100), ..Patience::default() }).await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut seen = Vec::new();
        timeout(Duration::from_secs(20), stream.read_to_end(&mut seen)).await.expect("the server waits for ever").unwrap();
        assert!(!seen.starts_with(b"HTTP/1.1 200"));
    }
}
