//! The authorization server's endpoints: methods, sizes and CORS. What they answer is decided in `proxy`.

use http::{HeaderValue, Method, StatusCode, header::ALLOW};
use serde_json::json;

use super::{Body, ReadError, Request, Response, body, cors, reply};
use crate::{
    host::Host,
    proxy::{Proxy, Route},
};

/// Longest body, in bytes. A refresh token around an upstream's has a few thousand.
const MAX_BODY_BYTES: usize = 32 * 1024;

pub(super) async fn answer(proxy: &Proxy, host: &dyn Host, route: Route, request: Request<'_>) -> Response<'static> {
    // Pages are for the browser's own window; the rest is for programs, of which some are scripts of pages.
    let (method, methods, scripts) = match route {
        Route::Authorize | Route::Callback => (Method::GET, "GET", false),
        Route::Consent => (Method::POST, "POST", false),
        _ => (Method::POST, "POST, OPTIONS", true),
    };
    let mut response = if scripts && request.method() == Method::OPTIONS {
        cors::preflight(request.headers(), methods)
    } else if request.method() == method {
        match read(request).await {
            Ok((parts, body)) => proxy.answer(host, route, &parts, &body).await.map(Body::Full),
            Err(status) => reply::json(status, &json!({ "error": "invalid_request" })),
        }
    } else {
        let mut response = reply::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "method_not_allowed" }));
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
        response
    };
    if scripts {
        cors::allow_everyone(&mut response);
    }
    response
}

async fn read(request: Request<'_>) -> Result<(http::request::Parts, Vec<u8>), StatusCode> {
    let (parts, mut body) = request.into_parts();
    if parts.method == Method::GET {
        return Ok((parts, Vec::new()));
    }
    match body::read(&parts.headers, body.as_mut(), MAX_BODY_BYTES).await {
        Ok(body) => Ok((parts, body)),
        Err(ReadError::TooLong) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(ReadError::Timeout) => Err(StatusCode::REQUEST_TIMEOUT),
        Err(ReadError::Broken) => Err(StatusCode::BAD_REQUEST),
    }
}
