//! A small HTTP client for loopback: tests, and the program's own checks.
//!
//! Plain HTTP/1.1, one connection per request, no redirects, bounded in time and size.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time for the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a reply's body.
const MAX_BODY: usize = 8 << 20;

/// A complete reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status code.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body, complete.
    pub body: Bytes,
}

impl Reply {
    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none, or not of that shape; the message shows its beginning.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{}: {}", self.status, self.text().chars().take(300).collect::<String>()))
    }

    /// A header field's value, if it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A request to be sent.
#[must_use]
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// `GET url`.
pub fn get(url: impl Into<String>) -> Call {
    call(Method::GET, url)
}

/// `POST url`.
pub fn post(url: impl Into<String>) -> Call {
    call(Method::POST, url)
}

/// Any method.
pub fn call(method: Method, url: impl Into<String>) -> Call {
    Call { method, url: url.into(), headers: Vec::new(), body: Bytes::new() }
}

impl Call {
    /// Adds a header field.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds `Authorization: Bearer …`.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sets a body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body and its content type.
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.header(CONTENT_TYPE.as_str(), "application/json").body(value.to_string())
    }

    /// Sets a form body and its content type.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded").body(body)
    }

    /// Sends it.
    ///
    /// # Errors
    /// Not an `http://` URL, nobody listens, no complete reply in 30 s, or one of more than 8 MiB.
    pub async fn send(self) -> Result<Reply> {
        let url = self.url.clone();
        match timeout(TIMEOUT, self.exchange()).await {
            Ok(reply) => reply.with_context(|| format!("no reply from {url}")),
            Err(_) => bail!("no reply from {url} within {TIMEOUT:?}"),
        }
    }

    async fn exchange(self) -> Result<Reply> {
        let uri: Uri = self.url.parse()?;
        let authority = uri.authority().context("the URL has no host")?.clone();
        if uri.scheme_str() != Some("http") {
            bail!("only http:// is spoken here");
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder().method(self.method).uri(path).body(Full::new(self.body))?;
        request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value)?;
            if name.eq_ignore_ascii_case(HOST.as_str()) {
                request.headers_mut().insert(HOST, value);
            } else {
                request.headers_mut().append(HeaderName::try_from(name)?, value);
            }
        }
        let stream = TcpStream::connect((authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80))).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        connection.abort();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }
}
