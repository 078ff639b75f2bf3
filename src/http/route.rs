//! Paths.

use http::{HeaderValue, Method, StatusCode, header::ALLOW, header::CACHE_CONTROL};
use serde_json::json;

use super::{Body, Request, Response, authorization, cors, endpoint, reply};
use crate::{
    Latch,
    host::Host,
    latch::{Door, Tokens},
    proxy::Route,
};

const DOCUMENT_METHODS: &str = "GET, HEAD, OPTIONS";
/// Public documents change with the configuration only.
const DOCUMENT_CACHE: &str = "public, max-age=300";

/// Answers a request.
pub(crate) async fn answer<'a>(latch: &'a Latch, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
    let head = request.method() == Method::HEAD;
    let mut response = route(latch, host, request).await;
    if head {
        *response.body_mut() = Body::Omitted;
    }
    response
}

async fn route<'a>(latch: &'a Latch, host: &'a dyn Host, request: Request<'_>) -> Response<'a> {
    let path = request.uri().path();
    // Both spellings of the endpoint are served; a redirect between them would lose the POST in many clients.
    if path.strip_suffix('/').unwrap_or(path) == latch.config.endpoint().path() {
        return endpoint::answer(latch, host, request).await;
    }
    if path == "/healthz" {
        let mut response = document(&request, || reply::json(StatusCode::OK, &json!({ "status": "ok" })));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    let Door::Guarded(guard) = &latch.door else { return missing() };
    if guard.metadata.is_at(path) {
        return document(&request, || reply::text(StatusCode::OK, guard.metadata.document().to_owned()));
    }
    if let Tokens::Ours(proxy) = &guard.tokens
        && let Some(route) = proxy.route(host, path)
    {
        return match route {
            Route::Metadata | Route::Keys => {
                document(&request, || reply::text(StatusCode::OK, proxy.document(host, route).to_string()))
            }
            _ => authorization::answer(proxy, host, route, request).await,
        };
    }
    match &guard.mirror {
        Some(mirror) if is_issuer_metadata(path, latch.config.endpoint().path()) => {
            let found = if request.method() == Method::OPTIONS { None } else { mirror.document(host).await };
            document(&request, || match &found {
                Some(document) => reply::text(StatusCode::OK, document.to_string()),
                None => reply::unavailable(),
            })
        }
        _ => missing(),
    }
}

/// Nothing is here; a page may know.
fn missing() -> Response<'static> {
    let mut response = reply::not_found();
    cors::allow_everyone(&mut response);
    response
}

/// Where clients ask an MCP server for its authorization server's metadata.
fn is_issuer_metadata(path: &str, endpoint: &str) -> bool {
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"].into_iter().any(|name| {
        let rest = path.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest == endpoint)
    })
}

/// A public document: readable by every page, without a token.
fn document(request: &Request<'_>, body: impl FnOnce() -> Response<'static>) -> Response<'static> {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => body(),
        Method::OPTIONS => cors::preflight(request.headers(), DOCUMENT_METHODS),
        _ => {
            let mut response = reply::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "method_not_allowed" }));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(DOCUMENT_METHODS));
            response
        }
    };
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(DOCUMENT_CACHE));
    }
    cors::allow_everyone(&mut response);
    response
}
