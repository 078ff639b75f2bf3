//! HTTP/1.1 in front of a [`Host`].

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Host;

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

/// A bound listener and what it serves.
pub struct Server {
    host: Host,
    listener: TcpListener,
    addr: SocketAddr,
}

impl Server {
    /// Listens on `addr`; port 0 picks a free one.
    ///
    /// # Errors
    /// The address is not ours or its port is taken.
    pub async fn bind(host: Host, addr: impl ToSocketAddrs) -> Result<Self> {
        Self::from_listener(host, TcpListener::bind(addr).await.context("cannot listen")?)
    }

    /// Serves on a listener that exists already: the way to know the port before the host is built.
    ///
    /// # Errors
    /// The listener has no local address.
    pub fn from_listener(host: Host, listener: TcpListener) -> Result<Self> {
        let addr = listener.local_addr().context("the listener has no address")?;
        Ok(Self { host, listener, addr })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `shutdown` resolves, then takes no more connections and gives running requests 5 s.
    pub async fn run_until(self, shutdown: impl Future) {
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accept = async {
                let place = connections.clone().acquire_owned().await;
                (place, self.listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let connection = graceful.watch(connection(stream, self.host.clone()));
                    tokio::spawn(async move {
                        // Only the client can be told of a broken connection, and it knows.
                        let _ = connection.await;
                        drop(place);
                    });
                }
                Err(error) => refused(&error).await,
            }
        }
        drop(self.listener);
        if timeout(DRAIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were cut off: they did not finish within {DRAIN:?}");
        }
    }

    /// Serves in the background.
    #[must_use]
    pub fn spawn(self) -> Running {
        let (stop, stopped) = oneshot::channel();
        let (addr, host) = (self.addr, self.host.clone());
        let task = tokio::spawn(self.run_until(stopped));
        Running { addr, host, stop, task }
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

fn connection(stream: TcpStream, host: Host) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Replies are small and complete: waiting to fill a packet only adds delay.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let host = host.clone();
        async move { Ok::<_, Infallible>(host.handle(request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_FIELDS)
        .serve_connection(TokioIo::new(stream), service)
}

/// A server in the background. Dropping it stops it too, without waiting.
pub struct Running {
    addr: SocketAddr,
    host: Host,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it serves; its counters are here.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// `http://address` + `path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Stops gracefully and waits for the end.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}
