//! A scriptable issuer (a fake): it serves the documents a test puts there and counts who asks.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
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
    /// What a function makes of the request.
    Call(Call),
}

/// See [`Answer::Call`].
pub(crate) type Call = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// A request that was made.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: http::Method,
    pub(crate) uri: http::Uri,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    /// Answers that are given once, before those.
    next: HashMap<String, VecDeque<Answer>>,
    hits: HashMap<String, Vec<Seen>>,
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

    /// As PostgREST answers.
    pub(crate) fn rest(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Reply { status, headers: vec![("content-type", "application/json".to_owned())], body: body.into() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
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

    /// Adds an answer that is given once.
    pub(crate) fn answer_next(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().next.entry(path.to_owned()).or_default().push_back(answer);
    }

    /// All requests for a path, oldest first.
    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.state.lock().unwrap().hits.get(path).cloned().unwrap_or_default()
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
        self.state.lock().unwrap().hits[path].last().unwrap().headers.clone()
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
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let seen = Seen { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    let mut answer = {
        let mut state = state.lock().unwrap();
        state.hits.entry(path.clone()).or_default().push(seen.clone());
        let once = state.next.get_mut(&path).and_then(VecDeque::pop_front);
        once.or_else(|| state.answers.get(&path).cloned()).unwrap_or(Answer::status(404))
    };
    if let Answer::Call(call) = answer {
        answer = call(&seen);
    }
    let Answer::Reply { status, headers, body } = answer else { std::future::pending().await };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    Ok(response)
}
