//! The address from the command line.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::net::{TcpListener, lookup_host};

use super::Misuse;

/// Where to listen, in the user's words and resolved.
pub(super) struct Listen {
    /// The host as it was written: `localhost` stays `localhost` in the endpoint's URL.
    host: String,
    port: u16,
    addrs: Vec<SocketAddr>,
}

impl Listen {
    /// # Errors
    /// Not `HOST:PORT`, or an unknown host.
    pub(super) async fn parse(text: &str) -> Result<Self> {
        let wrong = || Misuse(format!("--listen {text:?} is not HOST:PORT\nfix: write it like 127.0.0.1:8787 or [::1]:8787"));
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port: u16 = port.parse().map_err(|_| wrong())?;
        if host.is_empty() {
            return Err(wrong().into());
        }
        let addrs: Vec<SocketAddr> = lookup_host(text).await.map_err(|_| wrong())?.collect();
        if addrs.is_empty() {
            return Err(wrong().into());
        }
        Ok(Self { host: host.to_owned(), port, addrs })
    }

    /// Whether only this machine can come in.
    pub(super) fn is_loopback(&self) -> bool {
        self.addrs.iter().all(|addr| addr.ip().is_loopback())
    }

    /// # Errors
    /// The port is taken, or the address is not ours; with the fix.
    pub(super) async fn bind(&self) -> Result<TcpListener> {
        let listener = TcpListener::bind(&self.addrs[..]).await;
        listener.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => Misuse(format!(
                "{}:{} is in use\nfix: stop the other program, or choose another port with --listen {}:0 (any free one)",
                self.host, self.port, self.host
            ))
            .into(),
            ErrorKind::PermissionDenied => {
                Misuse(format!("port {} needs privileges\nfix: choose one above 1023 with --listen", self.port)).into()
            }
            _ => anyhow::Error::new(error).context(format!("cannot listen on {}:{}", self.host, self.port)),
        })
    }

    /// `http://host:port` with the port that was really bound.
    pub(super) fn origin(&self, listener: &TcpListener) -> Result<String> {
        let port = listener.local_addr().context("the listener has no address")?.port();
        Ok(format!("http://{}:{port}", self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_are_read() {
        for (text, loopback) in [("127.0.0.1:0", true), ("[::1]:0", true), ("localhost:0", true), ("0.0.0.0:0", false)] {
            assert_eq!(Listen::parse(text).await.unwrap().is_loopback(), loopback, "{text}");
        }
        for text in ["8787", ":8787", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1", ""] {
            let error = Listen::parse(text).await.err().unwrap();
            assert!(error.is::<Misuse>() && error.to_string().contains("fix:"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_explained() {
        let first = Listen::parse("127.0.0.1:0").await.unwrap();
        let listener = first.bind().await.unwrap();
        let origin = first.origin(&listener).unwrap();
        let second = Listen::parse(origin.trim_start_matches("http://")).await.unwrap();
        let error = second.bind().await.unwrap_err().to_string();
        assert!(error.contains("in use") && error.contains("--listen 127.0.0.1:0"), "{error}");
    }
}
