//! A call that takes several requests (MCP *multi round-trip requests*).
//!
//! The server cannot ask a client anything by itself. It answers "input required", the client asks its user or its model, and
//! sends the same request again with the answers. Nothing is kept here in between: what earlier rounds brought, and what the
//! call wants to remember, travels with the client in a sealed `requestState` that opens only for the same user, client,
//! method and parameters, for ten minutes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Ask, Caller, code, jsonrpc::Fault};
use crate::{
    json,
    seal::{Purpose, Ring},
};

/// How long a client may take to answer, in seconds.
const PATIENCE: u64 = 600;
/// Longest `requestState` we give out, in bytes.
const MAX_STATE: usize = 32 * 1024;

/// What the rounds so far have brought.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// Every answer by the digest of its question, those of earlier rounds too. A question that is worded otherwise is another
    /// one: nobody says yes to what they were not asked.
    answers: Map<String, Value>,
    /// Answers of a request without a state, by key: nothing is known of the questions. Without keys it is always so; with them
    /// it is a client that answers before it is asked, which the revision allows.
    unbound: Map<String, Value>,
    /// The keys of those that were used.
    used: Vec<String>,
    /// What the call chose to remember.
    pub(super) memory: Option<Value>,
    binding: Vec<u8>,
    ring: Option<Ring>,
}

struct RequestState;

#[derive(Serialize, Deserialize)]
struct Carried {
    /// The digests of the questions that are open now, by the key the answer comes under.
    asked: Map<String, Value>,
    answers: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    memory: Option<Value>,
}

impl Purpose for RequestState {
    const NAME: &'static str = "mcp request state";
    type Content = Carried;
}

impl Rounds {
    /// Reads `inputResponses` and `requestState` of a request.
    pub(super) fn read(
        caller: &Caller<'_>,
        ring: Option<&Ring>,
        method: &str,
        params: &Map<String, Value>,
    ) -> Result<Self, Fault> {
        let binding = binding(caller, method, params);
        let mut rounds = Self { binding, ring: ring.cloned(), ..Self::default() };
        let mut asked = None;
        match params.get("requestState") {
            None | Some(Value::Null) => {}
            Some(state) => {
                let text = "requestState is not valid here; call again without it and without inputResponses";
                let refused = || Fault::of_method(code::INVALID_PARAMS, text);
                let (Some(text), Some(ring)) = (state.as_str(), ring) else { return Err(refused()) };
                let carried = ring.open::<RequestState>(text, caller.host.now(), &rounds.binding).map_err(|_| refused())?;
                rounds.answers = carried.answers;
                rounds.memory = carried.memory;
                asked = Some(carried.asked);
            }
        }
        // What is no answer counts as none, and is asked for again; so does, with a state, an answer to what was not asked.
        let answers = params.get("inputResponses").and_then(Value::as_object).into_iter().flatten();
        for (key, answer) in answers.filter(|(_, answer)| answer.is_object()) {
            match asked.as_ref().map(|asked| asked.get(key).and_then(Value::as_str)) {
                None => drop(rounds.unbound.insert(key.clone(), answer.clone())),
                Some(Some(question)) => drop(rounds.answers.insert(question.to_owned(), answer.clone())),
                Some(None) => {}
            }
        }
        Ok(rounds)
    }

    /// The answer to a question, if there is one.
    pub(super) fn answer(&mut self, ask: &Ask) -> Option<&Value> {
        let question = digest(ask);
        if let Some(answer) = self.unbound.get(&ask.key) {
            self.used.push(ask.key.clone());
            self.answers.insert(question.clone(), answer.clone());
        }
        self.answers.get(&question)
    }

    /// An answer was of no use: it is asked for again.
    pub(super) fn forget(&mut self, ask: &Ask) {
        self.answers.remove(&digest(ask));
        self.unbound.remove(&ask.key);
        self.used.retain(|key| *key != ask.key);
    }

    /// The members of an "input required" result.
    pub(super) fn ask(&self, caller: &Caller<'_>, asks: &[Ask]) -> Result<Map<String, Value>, Fault> {
        let requests = json::members(asks.iter().map(|ask| (ask.key.clone(), ask.request.clone())));
        let mut members = json::members([("inputRequests".to_owned(), Value::Object(requests))]);
        // Without keys, a call of one round still works: it has nothing to carry.
        if self.ring.is_some() || !self.used.is_empty() || self.memory.is_some() {
            let ring = self.ring.as_ref().ok_or_else(|| {
                let detail = "a call needs to remember something between two requests, and LATCH_KEYS is not set";
                crate::log::event(caller.host, crate::log::Level::Error, "no_keys", &[("detail", detail.into())]);
                Fault::of_method(code::INTERNAL_ERROR, "the server is not configured for calls of several rounds")
            })?;
            let asked = json::members(asks.iter().map(|ask| (ask.key.clone(), Value::String(digest(ask)))));
            let carried = Carried { asked, answers: self.answers.clone(), memory: self.memory.clone() };
            let expires = caller.host.now().saturating_add(PATIENCE);
            let state = ring.seal::<RequestState>(caller.host, &carried, expires, &self.binding);
            let too_long = || Fault::of_method(code::INTERNAL_ERROR, "the call has more to remember than a client can carry");
            let state = state.filter(|state| state.len() <= MAX_STATE).ok_or_else(too_long)?;
            members.insert("requestState".into(), Value::String(state));
        }
        Ok(members)
    }
}

/// A question and its key, in few bytes.
fn digest(ask: &Ask) -> String {
    let digest = Sha256::new().chain_update(&ask.key).chain_update([0]).chain_update(ask.request.to_string()).finalize();
    URL_SAFE_NO_PAD.encode(digest.get(..15).unwrap_or_default())
}

/// The user, the client and what is asked for. Not `_meta` and the answers: those differ from round to round.
fn binding(caller: &Caller<'_>, method: &str, params: &Map<String, Value>) -> Vec<u8> {
    let none = Value::Null;
    let param = |name: &str| params.get(name).unwrap_or(&none).to_string();
    let identity = caller.identity;
    let client = identity.client_id().unwrap_or_default();
    let parts = [identity.issuer(), &identity.user().id, client, identity.resource(), method];
    let named = ["name", "uri", "arguments"].map(param);
    let mut digest = Sha256::new();
    for part in parts.into_iter().chain(named.iter().map(String::as_str)) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}
