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
    /// Every answer by its key, those of earlier rounds too.
    answers: Map<String, Value>,
    /// What the call chose to remember.
    pub(super) memory: Option<Value>,
    /// Whether earlier rounds' answers must travel on.
    carried: bool,
    /// The questions of earlier rounds, by key and digest, if a state came back. An answer to another question is none.
    asked: Option<Map<String, Value>>,
    binding: Vec<u8>,
    ring: Option<Ring>,
}

struct RequestState;

#[derive(Serialize, Deserialize)]
struct Carried {
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
        match params.get("requestState") {
            None | Some(Value::Null) => {}
            Some(state) => {
                let refused = || Fault::of_method(code::INVALID_PARAMS, "requestState is not valid here; call again without it");
                let (Some(text), Some(ring)) = (state.as_str(), ring) else { return Err(refused()) };
                let carried = ring.open::<RequestState>(text, caller.host.now(), &rounds.binding).map_err(|_| refused())?;
                rounds.carried = !carried.answers.is_empty();
                rounds.answers = carried.answers;
                rounds.asked = Some(carried.asked);
                rounds.memory = carried.memory;
            }
        }
        if let Some(answers) = params.get("inputResponses").and_then(Value::as_object) {
            // What is no answer counts as none, and is asked for again.
            let answers = answers.iter().filter(|(_, answer)| answer.is_object());
            rounds.answers.extend(answers.map(|(key, answer)| (key.clone(), answer.clone())));
        }
        Ok(rounds)
    }

    /// The answer to a question, if there is one. What was answered when the question was another one does not count: the user
    /// said yes to something else.
    pub(super) fn answer(&mut self, ask: &Ask) -> Option<&Value> {
        let answer = self.answers.get(&ask.key)?;
        if self.asked.as_ref().is_some_and(|asked| asked.get(&ask.key) != Some(&digest(ask))) {
            return None;
        }
        self.carried = true;
        Some(answer)
    }

    /// An answer was of no use: it is asked for again.
    pub(super) fn forget(&mut self, key: &str) {
        self.answers.remove(key);
    }

    /// The members of an "input required" result.
    pub(super) fn ask(&self, caller: &Caller<'_>, asks: &[Ask]) -> Result<Map<String, Value>, Fault> {
        let requests = json::members(asks.iter().map(|ask| (ask.key.clone(), ask.request.clone())));
        let mut members = json::members([("inputRequests".to_owned(), Value::Object(requests))]);
        // What has been asked is sealed whenever there are keys; without them, a call of one round still works.
        if self.ring.is_some() || self.carried || self.memory.is_some() {
            let mut asked = self.asked.clone().unwrap_or_default();
            asked.extend(asks.iter().map(|ask| (ask.key.clone(), digest(ask))));
            let carried = Carried { asked, answers: self.answers.clone(), memory: self.memory.clone() };
            let ring = self.ring.as_ref().ok_or_else(|| {
                let detail = "a call needs to remember something between two requests, and LATCH_KEYS is not set";
                crate::log::event(caller.host, crate::log::Level::Error, "no_keys", &[("detail", detail.into())]);
                Fault::of_method(code::INTERNAL_ERROR, "the server is not configured for calls of several rounds")
            })?;
            let expires = caller.host.now().saturating_add(PATIENCE);
            let state = ring.seal::<RequestState>(caller.host, &carried, expires, &self.binding);
            let too_long = || Fault::of_method(code::INTERNAL_ERROR, "the call has more to remember than a client can carry");
            let state = state.filter(|state| state.len() <= MAX_STATE).ok_or_else(too_long)?;
            members.insert("requestState".into(), Value::String(state));
        }
        Ok(members)
    }
}

/// A question, in few bytes.
fn digest(ask: &Ask) -> Value {
    let digest = Sha256::digest(ask.request.to_string());
    Value::String(URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default()))
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
