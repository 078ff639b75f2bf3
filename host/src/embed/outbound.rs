//! The component's only way out: HTTP to listed origins.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, bail};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use url::Url;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use super::stats::Stats;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<WasiBody>, Io), Error>> + Send>;

/// Response chunks the component may write ahead of the client. A small reply fits, so the instance is free at once.
const BODY_CHUNKS: usize = 8;
/// Bytes of such a chunk.
const BODY_CHUNK: usize = 64 * 1024;

/// The allow-list, as wasmtime's outgoing-request hook.
///
/// Redirects are not followed: a listed origin must not be able to send the component's request (and its `Authorization`)
/// somewhere else.
#[derive(Clone)]
pub(super) struct Outbound {
    allowed: Arc<BTreeSet<String>>,
    stats: Arc<Stats>,
}

impl Outbound {
    /// # Errors
    /// An entry is not `http(s)://host[:port]`.
    pub(super) fn new(origins: &[String], stats: Arc<Stats>) -> Result<Self> {
        let allowed = origins.iter().map(|text| parse(text)).collect::<Result<_>>()?;
        Ok(Self { allowed: Arc::new(allowed), stats })
    }

    pub(super) fn origins(&self) -> impl Iterator<Item = &str> {
        self.allowed.iter().map(String::as_str)
    }

    fn permits(&self, uri: &Uri) -> bool {
        let origin = origin(uri);
        let Some(known) = origin.as_deref().and_then(|origin| self.allowed.get(origin)) else {
            self.stats.refuse();
            tracing::warn!(origin = origin.as_deref().unwrap_or("?"), "outbound request refused: origin not allowed");
            return false;
        };
        self.stats.send(known);
        true
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _sent: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Sent {
        if !self.permits(request.uri()) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        Box::new(async move {
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(|body| body.boxed_unsync()), Box::new(io) as Io))
        })
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        BODY_CHUNKS
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }
}

/// `scheme://host[:port]` in one spelling: lower case, default port left out.
fn parse(text: &str) -> Result<String> {
    let Ok(url) = Url::parse(text) else { bail!("{text:?} is not an origin: write scheme://host[:port]") };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !bare {
        bail!("{text:?} is not an origin: write scheme://host[:port]");
    }
    Ok(url.origin().ascii_serialization())
}

/// The origin of an outgoing request. `None` for what no listed origin can be: other schemes, user names, no host.
fn origin(uri: &Uri) -> Option<String> {
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    if authority.contains('@') {
        return None;
    }
    parse(&format!("{scheme}://{authority}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(origins: &[&str]) -> Outbound {
        let origins: Vec<String> = origins.iter().map(|o| (*o).to_owned()).collect();
        Outbound::new(&origins, Arc::default()).unwrap()
    }

    #[test]
    fn only_listed_origins_pass() {
        let outbound = outbound(&["https://abc.supabase.co", "http://127.0.0.1:9402"]);
        for (uri, expected) in [
            ("https://abc.supabase.co/auth/v1/.well-known/jwks.json", true),
            ("https://ABC.supabase.co:443/x", true),
            ("http://127.0.0.1:9402/a", true),
            ("http://abc.supabase.co/", false),
            ("https://abc.supabase.co:8443/", false),
            ("https://abc.supabase.co.evil.example/", false),
            ("https://evil.example/https://abc.supabase.co", false),
            ("https://abc.supabase.co@evil.example/", false),
            ("https://user@abc.supabase.co/", false),
            ("http://127.0.0.1/", false),
            ("http://localhost:9402/", false),
            ("ftp://abc.supabase.co/", false),
            ("/relative", false),
        ] {
            assert_eq!(outbound.permits(&uri.parse().unwrap()), expected, "{uri}");
        }
        assert_eq!(outbound.stats.outbound("https://abc.supabase.co"), 2);
        assert_eq!(outbound.stats.outbound_total(), 3);
        assert_eq!(outbound.stats.refused(), 10);
    }

    #[test]
    fn an_entry_must_be_an_origin() {
        for text in ["abc.supabase.co", "https://h/path", "https://h/?q", "https://u@h", "ftp://h", "*", "https://"] {
            assert!(Outbound::new(&[text.to_owned()], Arc::default()).is_err(), "{text}");
        }
    }
}
