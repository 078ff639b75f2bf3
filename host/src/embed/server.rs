//! A [`Host`] behind an address.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Host;
use crate::listen::{self, Patience};

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
        let host = self.host;
        let service = move |request| {
            let host = host.clone();
            async move { host.handle(request).await }
        };
        listen::serve(self.listener, service, Patience::default(), shutdown).await;
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
