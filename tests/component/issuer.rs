//! A scriptable issuer (a fake): it serves the documents a test puts there and counts who asks.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::keys::{EC, ED25519, P521, RSA, TestKey};

/// Where a Supabase project publishes its keys.
pub(crate) const JWKS: &str = "/auth/v1/.well-known/jwks.json";

/// What a path answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Reply {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Bytes,
    },
    /// The connection stays open and nothing comes.
    Silence,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    hits: HashMap<String, Vec<http::HeaderMap>>,
}

pub(crate) struct Issuer {
    origin: String,
    state: Arc<Mutex<State>>,
    /// Open while the issuer is up: dropped connections are how "down" looks.
    up: watch::Sender<bool>,
}

impl Answer {
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned()), ("cache-control", "public, max-age=600".to_owned())];
        Self::Reply { status: 200, headers, body: body.into() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Reply { status, headers: Vec::new(), body: Bytes::from_static(b"no") }
    }
}

impl Issuer {
    /// An issuer on an ephemeral port with a key of every kind.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (up, watch) = watch::channel(true);
        tokio::spawn(serve(listener, Arc::clone(&state), watch));
        let issuer = Self { origin, state, up };
        issuer.publish(&[&EC, &RSA, &P521, &ED25519]);
        issuer
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/auth/v1", self.origin)
    }

    /// Replaces the published key set.
    pub(crate) fn publish(&self, keys: &[&TestKey]) {
        let jwks: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.answer(JWKS, Answer::json(json!({ "keys": jwks }).to_string()));
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// Accepts no connection from now on, or does so again.
    pub(crate) fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// How often a path was asked for.
    pub(crate) fn hits(&self, path: &str) -> usize {
        self.state.lock().unwrap().hits.get(path).map_or(0, Vec::len)
    }

    /// How often anything was asked for.
    pub(crate) fn all_hits(&self) -> usize {
        self.state.lock().unwrap().hits.values().map(Vec::len).sum()
    }

    /// The headers of the last request for a path.
    pub(crate) fn last_headers(&self, path: &str) -> http::HeaderMap {
        self.state.lock().unwrap().hits[path].last().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>, up: watch::Receiver<bool>) {
    while let Ok((stream, _)) = listener.accept().await {
        if !*up.borrow() {
            continue;
        }
        let state = Arc::clone(&state);
        let mut gone = up.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| reply(Arc::clone(&state), request));
            let connection = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = connection => {}
                _ = gone.wait_for(|up| !up) => {}
            }
        });
    }
}

async fn reply(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = {
        let mut state = state.lock().unwrap();
        let path = request.uri().path().to_owned();
        state.hits.entry(path.clone()).or_default().push(request.headers().clone());
        state.answers.get(&path).cloned().unwrap_or(Answer::status(404))
    };
    let Answer::Reply { status, headers, body } = answer else { std::future::pending().await };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    Ok(response)
}
