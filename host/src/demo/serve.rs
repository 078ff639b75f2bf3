//! The issuer behind a loopback address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::header::HOST;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::issuer::Issuer;
use super::keys::{Keys, SigningAlg};
use super::reply::{self, Reply};
use crate::clock::{Clock, SystemClock};
use crate::listen::{self, Patience};

/// Bytes of a request's body.
const MAX_BODY: usize = 64 * 1024;
/// Time a client may take for it.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How the demo issuer is started.
#[must_use]
pub struct Options {
    addr: SocketAddr,
    alg: SigningAlg,
    clock: Arc<dyn Clock>,
    body_timeout: Duration,
}

impl Default for Options {
    /// A free port of 127.0.0.1, ES256, the machine's clock.
    fn default() -> Self {
        Self {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            alg: SigningAlg::default(),
            clock: Arc::new(SystemClock),
            body_timeout: BODY_TIMEOUT,
        }
    }
}

impl Options {
    /// Where to listen. Must be loopback.
    pub fn addr(mut self, addr: SocketAddr) -> Self {
        self.addr = addr;
        self
    }

    /// What tokens are signed with.
    pub fn alg(mut self, alg: SigningAlg) -> Self {
        self.alg = alg;
        self
    }

    /// The clock tokens are dated with. Give it the component's [`crate::clock::TestClock`] to let both grow old together.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Time a client may take for a request's body. Default: 10 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }
}

/// A running demo issuer. Dropping it stops it.
pub struct Demo {
    issuer: Arc<Issuer>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Demo {
    /// Makes keys and starts to listen.
    ///
    /// # Errors
    /// The address is not loopback (users here need no password, so nobody else may reach it), or cannot be listened on.
    pub async fn start(options: Options) -> Result<Self> {
        if !options.addr.ip().is_loopback() {
            bail!("the demo issuer lets anybody sign in, so it runs on loopback addresses only, not on {}", options.addr.ip());
        }
        let listener = TcpListener::bind(options.addr).await.context("the demo issuer cannot listen")?;
        let addr = listener.local_addr().context("the demo issuer has no address")?;
        let alg = options.alg;
        let keys = tokio::task::spawn_blocking(move || Keys::generate(alg)).await.context("key generation stopped")?;
        let keys = keys.context("the demo issuer's keys cannot be made")?;
        let issuer = Arc::new(Issuer::new(format!("http://{addr}"), keys, options.clock));
        let (stop, stopped) = oneshot::channel();
        let service = {
            let issuer = issuer.clone();
            move |request| answer(issuer.clone(), request, options.body_timeout)
        };
        let task = tokio::spawn(listen::serve(listener, service, Patience::default(), stopped));
        Ok(Self { issuer, stop, task })
    }

    /// `http://127.0.0.1:PORT`: what `SUPABASE_URL` is for a real project.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.issuer.origin
    }

    /// The issuer identifier, `http://127.0.0.1:PORT/auth/v1`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.id
    }

    /// Stops and waits for the end.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn answer(issuer: Arc<Issuer>, request: Request<Incoming>, patience: Duration) -> Reply {
    // A web page whose name was made to resolve to this machine (DNS rebinding) would otherwise count as our own page.
    if request.headers().get(HOST).is_none_or(|host| issuer.origin.strip_prefix("http://").is_none_or(|own| host != own)) {
        return reply::error(StatusCode::MISDIRECTED_REQUEST, "invalid_request", "this is not the host that was asked for");
    }
    let (parts, body) = request.into_parts();
    let body = match timeout(patience, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return reply::error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large or broke off");
        }
        Err(_) => return reply::error(StatusCode::REQUEST_TIMEOUT, "invalid_request", "the body did not come"),
    };
    issuer.answer(&Request::<Bytes>::from_parts(parts, body))
}
