//! Cases from a corpus: spliced, bent and broken, and often mended so that they get past the first check.

use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use crate::{answer, case::Case, judge::judge};

/// Of this many cases, one is judged by the schemas too.
const SAMPLE: u64 = 4;
/// Sealed states and cursors that are tried again.
const MAX_FOUND: usize = 200;

const HEADERS: [&str; 16] = [
    "authorization",
    "content-type",
    "content-length",
    "accept",
    "origin",
    "host",
    "cookie",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "mcp-param-region",
    "mcp-param-size",
    "mcp-session-id",
    "last-event-id",
    "access-control-request-method",
    "x-forwarded-for",
];
const VALUES: [&str; 22] = [
    "Bearer $TOKEN",
    "bearer  $TOKEN",
    "Basic $TOKEN",
    "Bearer x.y.z",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/json, text/event-stream",
    "text/event-stream;q=0.1",
    "2026-07-28",
    "2025-11-25",
    "2025-06-18",
    "2025-03-26",
    "2024-11-05",
    " 2026-07-28\t",
    "=?base64?dGFsaw==?=",
    "=?base64?dGFsaw?=",
    "=?base64?%?=",
    "https://evil.example",
    "https://api.example.com",
    "0",
    "18446744073709551616",
];
const WORDS: [&str; 52] = [
    "2.0",
    "server/discover",
    "initialize",
    "ping",
    "logging/setLevel",
    "tools/list",
    "tools/call",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "completion/complete",
    "subscriptions/listen",
    "notifications/cancelled",
    "whoami",
    "talk",
    "ask",
    "blocks",
    "region",
    "scoped",
    "hidden",
    "refused",
    "any",
    "letter",
    "to",
    "roots",
    "both",
    "twice",
    "again",
    "url",
    "model",
    "shelf://text",
    "shelf://bytes",
    "shelf://ask",
    "shelf://locked",
    "shelf://book/{id}",
    "shelf://book/0",
    "latch-data://notes",
    "notes_select",
    "notes_insert",
    "notes_update",
    "notes_upsert",
    "notes_delete",
    "rpc_add",
    "ref/prompt",
    "ref/resource",
    "2026-07-28",
    "2025-11-25",
    "debug",
    "\u{202e}é\u{10ffff}\u{0}\"\\",
];
const MEMBERS: [&str; 40] = [
    "jsonrpc",
    "id",
    "method",
    "params",
    "result",
    "error",
    "name",
    "uri",
    "arguments",
    "cursor",
    "level",
    "ref",
    "argument",
    "context",
    "value",
    "type",
    "_meta",
    "progressToken",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/logLevel",
    "elicitation",
    "sampling",
    "roots",
    "form",
    "inputResponses",
    "requestState",
    "protocolVersion",
    "what",
    "times",
    "region",
    "deep",
    "where",
    "rows",
    "set",
    "limit",
    "order",
    "returning",
    "id",
];

/// Cases by the status of their answers.
pub type Seen = BTreeMap<u16, u64>;

/// Tries so many cases.
///
/// # Errors
/// The first case with a fault, as text to be put into the corpus.
pub fn campaign(cases: u64, seed: u64) -> Result<Seen, String> {
    let mut source = Source::new(seed)?;
    let mut seen = Seen::new();
    for number in 0..cases {
        let case = source.next();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let Some(answer) = answer(&case) else { return Ok(None) };
            judge(&case, &answer, number % SAMPLE == 0).map(|()| Some(answer))
        }));
        let fault = match tried {
            Ok(Ok(None)) => continue,
            Ok(Ok(Some(answer))) => {
                *seen.entry(answer.status.as_u16()).or_default() += 1;
                source.learn(&answer.body);
                continue;
            }
            Ok(Err(fault)) => fault,
            Err(_) => "a panic, see above".to_owned(),
        };
        let text = String::from_utf8_lossy(&case.to_bytes()).into_owned();
        return Err(format!("case {number} from seed {seed}: {fault}\n--- the case\n{text}\n---"));
    }
    Ok(seen)
}

/// Where cases come from.
struct Source {
    random: StdRng,
    corpus: Vec<Case>,
    /// Sealed states and cursors that the server gave out.
    found: Vec<String>,
}

impl Source {
    fn new(seed: u64) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut paths: Vec<_> =
            fs::read_dir(&folder).map_err(|error| error.to_string())?.flatten().map(|file| file.path()).collect();
        paths.sort_unstable();
        let read = |path| fs::read(path).map(|bytes| Case::parse(&bytes)).map_err(|error| error.to_string());
        let corpus = paths.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if corpus.is_empty() {
            return Err("the corpus is empty".to_owned());
        }
        Ok(Self { random: StdRng::seed_from_u64(seed), corpus, found: Vec::new() })
    }

    fn learn(&mut self, answer: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return };
        for member in ["requestState", "nextCursor"] {
            if let Some(text) = answer["result"][member].as_str() {
                if self.found.len() < MAX_FOUND {
                    self.found.push(text.to_owned());
                } else {
                    let place = self.random.random_range(0..MAX_FOUND);
                    text.clone_into(&mut self.found[place]);
                }
            }
        }
    }

    fn next(&mut self) -> Case {
        let mut case = self.pick();
        case.seed = self.random.random();
        if self.one_in(20) {
            case.body = self.pick().body;
        }
        for _ in 0..self.random.random_range(0..5) {
            match self.random.random_range(0..10) {
                0 => self.bend_head(&mut case),
                1 | 2 => self.bend_headers(&mut case),
                3 => self.bend_bytes(&mut case.body),
                _ => self.bend_json(&mut case.body),
            }
        }
        if !self.one_in(3) {
            self.mend(&mut case);
        }
        case
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.random.random_range(0..count) == 0
    }

    fn pick(&mut self) -> Case {
        self.corpus.choose(&mut self.random).cloned().unwrap_or_default()
    }

    fn word(&mut self, words: &[&str]) -> String {
        words.choose(&mut self.random).copied().unwrap_or_default().to_owned()
    }

    fn bend_head(&mut self, case: &mut Case) {
        if self.one_in(2) {
            case.method = self.word(&["POST", "GET", "HEAD", "OPTIONS", "DELETE", "PUT", "post", "X"]);
        } else {
            case.target = self.word(&[
                "/mcp",
                "/mcp/",
                "/mcp//",
                "/mcp?access_token=x",
                "/mcp?%ff=%",
                "/healthz",
                "/",
                "/.well-known/oauth-protected-resource",
                "/.well-known/oauth-protected-resource/mcp",
                "/.well-known/oauth-authorization-server",
                "https://x.example/mcp",
                "*",
            ]);
        }
    }

    fn bend_headers(&mut self, case: &mut Case) {
        let count = case.headers.len();
        let place = self.random.random_range(0..count.max(1));
        match self.random.random_range(0..5) {
            0 if count > 0 => drop(case.headers.remove(place)),
            1 if count > 0 => case.headers.push(case.headers[place].clone()),
            2 if count > 0 => {
                let value = &mut case.headers[place].1;
                let at = self.random.random_range(0..=value.len());
                value.insert(at, self.random.random());
            }
            3 if count > 0 => case.headers[place].1 = self.word(&VALUES).into_bytes(),
            _ => {
                let (name, value) = (self.word(&HEADERS), self.word(&VALUES));
                case.headers.push((name, value.into_bytes()));
            }
        }
    }

    fn bend_bytes(&mut self, body: &mut Vec<u8>) {
        let at = self.random.random_range(0..=body.len());
        match self.random.random_range(0..5) {
            0 => body.truncate(at),
            1 => body.insert(at, self.random.random()),
            2 if at < body.len() => body[at] ^= 1 << self.random.random_range(0..8),
            3 => {
                let end = self.random.random_range(at..=body.len());
                let piece = body[at..end].to_vec();
                body.splice(at..at, piece);
            }
            _ => {
                let depth = self.random.random_range(1..200);
                body.splice(at..at, "[".repeat(depth).into_bytes());
            }
        }
    }

    fn bend_json(&mut self, body: &mut Vec<u8>) {
        let Ok(mut message) = serde_json::from_slice::<Value>(body) else { return };
        let mut count = 0;
        walk(&mut message, &mut |_| count += 1);
        let chosen = self.random.random_range(0..count);
        let mut index = 0;
        walk(&mut message, &mut |value| {
            if index == chosen {
                self.bend_value(value);
            }
            index += 1;
        });
        *body = message.to_string().into_bytes();
    }

    fn bend_value(&mut self, value: &mut Value) {
        let kind = self.random.random_range(0..8);
        match value {
            Value::Object(members) if kind < 6 => {
                let name = match members.keys().nth(self.random.random_range(0..members.len().max(1))) {
                    Some(name) if kind < 3 => name.clone(),
                    _ => self.word(&MEMBERS),
                };
                if kind == 0 {
                    members.remove(&name);
                } else {
                    members.insert(name, self.value(3));
                }
            }
            Value::Array(items) if kind < 4 => items.push(self.value(2)),
            Value::Array(items) if kind < 6 => drop(items.pop()),
            _ => *value = self.value(3),
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.random.random_range(0..if depth == 0 { 9 } else { 12 }) {
            0 => Value::Null,
            1 => json!(self.random.random::<bool>()),
            2 => json!(self.random.random_range(-3..30)),
            3 => json!(self.random.random::<i64>()),
            4 => json!(self.random.random::<f64>() * 1e3),
            5 if !self.found.is_empty() => json!(self.found.choose(&mut self.random)),
            6 => json!("x".repeat(self.random.random_range(0..300))),
            5 | 7 | 8 => json!(self.word(&WORDS)),
            9 => (0..self.random.random_range(0..4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let mut members = Map::new();
                for _ in 0..self.random.random_range(0..4) {
                    members.insert(self.word(&MEMBERS), self.value(depth - 1));
                }
                Value::Object(members)
            }
        }
    }

    /// Makes the head agree with the body again, in one era or the other.
    fn mend(&mut self, case: &mut Case) {
        let Ok(mut message) = serde_json::from_slice::<Value>(&case.body) else { return };
        let Some(members) = message.as_object_mut() else { return };
        if self.one_in(4) {
            let params = members.entry("params").or_insert_with(|| json!({}));
            if let Some(params) = params.as_object_mut() {
                if self.one_in(2) {
                    params.insert("_meta".into(), self.meta());
                } else {
                    params.remove("_meta");
                }
            }
        }
        let version = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str().map(str::to_owned);
        case.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("mcp-"));
        if let Some(version) = version {
            case.set("mcp-protocol-version", version);
            case.set("mcp-method", message["method"].as_str().unwrap_or_default());
            let name = message["params"]["name"].as_str().or(message["params"]["uri"].as_str());
            if let Some(name) = name.filter(|name| name.is_ascii()) {
                case.set("mcp-name", name);
            }
            if let Some(region) = message["params"]["arguments"]["region"].as_str().filter(|_| !self.random.random_ratio(1, 4)) {
                case.set("mcp-param-region", region);
            }
        } else if self.one_in(2) {
            let version = self.word(&["2025-11-25", "2025-06-18", "2025-03-26"]);
            case.set("mcp-protocol-version", version);
        }
        if !self.one_in(8) {
            "POST".clone_into(&mut case.method);
            "/mcp".clone_into(&mut case.target);
            case.headers.retain(|(name, _)| !["origin", "content-length"].contains(&name.as_str()));
            case.set("authorization", "Bearer $TOKEN");
            case.set("content-type", "application/json");
        }
        case.body = message.to_string().into_bytes();
    }

    fn meta(&mut self) -> Value {
        let mut meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        for capability in ["elicitation", "sampling", "roots"] {
            if !self.one_in(3) {
                meta["io.modelcontextprotocol/clientCapabilities"][capability] = json!({});
            }
        }
        if self.one_in(2) {
            meta["progressToken"] = self.value(0);
        }
        if self.one_in(2) {
            meta["io.modelcontextprotocol/logLevel"] = json!(self.word(&["debug", "error", "emergency", "loud"]));
        }
        meta
    }
}

/// Calls `visit` with every value, children before their parent.
fn walk(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        Value::Object(members) => members.values_mut().for_each(|member| walk(member, visit)),
        _ => {}
    }
    visit(value);
}
