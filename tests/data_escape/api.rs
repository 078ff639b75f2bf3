//! A data API that answers as PostgREST would: with rows of the columns that were asked for, of their declared types, and with
//! texts in them that mean something to somebody on the way back.

use std::sync::Mutex;

use http::{HeaderMap, HeaderValue, Method};
use mcp_latch::host::{FetchError, Fetched, Host, LocalFuture, Outgoing, UnixTime};
use percent_encoding::percent_decode_str;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use super::{NOW, declare::Tool, input::NASTY};

/// What was sent to the data API.
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How a server takes `handling=strict` and `max-affected`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Server {
    /// It ignores both, as PostgREST 11 does.
    Old,
    /// It refuses the second, as 12.0 does.
    Strict,
    /// It knows both.
    New,
}

/// The data API while one tool is called.
pub(crate) struct Api {
    pub(crate) sent: Mutex<Vec<Sent>>,
    server: Server,
    tool: Tool,
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    /// How many rows the last reading answered.
    rows: usize,
}

impl Api {
    pub(crate) fn new(server: Server, tool: &Tool, seed: u64) -> Self {
        let state = State { rng: StdRng::seed_from_u64(seed), rows: 0 };
        Self { sent: Mutex::default(), server, tool: tool.clone(), state: Mutex::new(state) }
    }

    fn answer(&self, request: &Sent) -> (u16, HeaderMap, Vec<u8>) {
        let prefer = request.headers.get("prefer").map_or("", |prefer| prefer.to_str().unwrap()).to_owned();
        let mut headers = HeaderMap::new();
        if prefer.contains("handling=strict") && self.server != Server::Old {
            headers.insert("preference-applied", HeaderValue::from_static("handling=strict"));
        }
        if self.server == Server::Strict && prefer.contains("max-affected") {
            let refusal = json!({ "code": "PGRST122", "message": "Invalid preferences given with handling=strict" });
            return (400, headers, refusal.to_string().into_bytes());
        }
        let state = &mut *self.state.lock().unwrap();
        if self.tool.action == "call" {
            return (200, headers, b"{}".to_vec());
        }
        if request.method != Method::GET && prefer.contains("return=minimal") {
            // Now and then somebody else was faster.
            let count = if state.rng.random_bool(0.1) { 0 } else { state.rows };
            headers.insert("content-range", format!("*/{count}").parse().unwrap());
            return (204, headers, vec![]);
        }
        let asked = |name: &str| {
            let query = request.url.split_once('?')?.1;
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            Some(percent_decode_str(value).decode_utf8().unwrap().into_owned())
        };
        let limit: Option<usize> = asked("limit").and_then(|limit| limit.parse().ok());
        let few = state.rng.random_range(0..4);
        let count = match limit {
            Some(limit) if state.rng.random_bool(0.3) => limit,
            Some(limit) => few.min(limit),
            None => few,
        };
        state.rows = count;
        let columns = selected(&asked("select").unwrap_or_default());
        let rows: Vec<Value> = (0..count).map(|index| self.row(&mut state.rng, index, &columns)).collect();
        (200, headers, json!(rows).to_string().into_bytes())
    }

    fn row(&self, rng: &mut StdRng, index: usize, columns: &[(String, String, bool)]) -> Value {
        let member = |(name, source, as_text): &(String, String, bool)| {
            let column = self.tool.columns.iter().find(|column| column.source == *source)?;
            let value = if self.tool.key.contains(source) { key(&column.kind, index) } else { value(rng, &column.kind) };
            let value = if *as_text && !value.is_string() { json!(value.to_string()) } else { value };
            Some((name.clone(), value))
        };
        Value::Object(columns.iter().filter_map(member).collect::<Map<_, _>>())
    }
}

/// Of another row for every index.
fn key(kind: &str, index: usize) -> Value {
    match kind {
        "bigint" => json!(index),
        "uuid" => json!(format!("123e4567-e89b-12d3-a456-{index:012}")),
        _ => json!(format!("{}{index}", sound(NASTY[index % NASTY.len()]))),
    }
}

fn value(rng: &mut StdRng, kind: &str) -> Value {
    let text = sound(NASTY.choose(rng).unwrap());
    match kind {
        _ if rng.random_bool(0.1) => Value::Null,
        "boolean" => json!(true),
        "smallint" | "integer" | "bigint" => json!(rng.random_range(-9..99)),
        "numeric" => json!("12.50"),
        "real" => json!(0.5),
        "uuid" => json!("123e4567-e89b-12d3-a456-426614174000"),
        "date" => json!("2026-11-21"),
        "time" => json!("13:45:00"),
        "timestamp" => json!("2026-11-21T13:45:00"),
        "timestamptz" => json!("2026-11-21T13:45:00+00:00"),
        "interval" => json!("1 day"),
        "bytea" => json!("\\x00ff"),
        "jsonb" => json!({ (text.clone()): text }),
        "text[]" => json!([text, null]),
        _ => json!(text),
    }
}

/// PostgreSQL has no U+0000.
fn sound(text: &str) -> String {
    text.replace('\0', "")
}

/// The members of a select list: name, source and whether it is cast to text.
fn selected(mut text: &str) -> Vec<(String, String, bool)> {
    let mut found = vec![];
    while !text.is_empty() {
        let name = take_name(&mut text);
        let source = match text.strip_prefix(':').filter(|rest| !rest.starts_with(':')) {
            Some(rest) => {
                text = rest;
                take_name(&mut text)
            }
            None => name.clone(),
        };
        let end = text.find(',').unwrap_or(text.len());
        found.push((name, source, text[..end].starts_with("::")));
        text = text.get(end + 1..).unwrap_or_default();
    }
    found
}

fn take_name(text: &mut &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([':', ',']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        *text = rest;
        return name.to_owned();
    };
    let (mut name, mut chars) = (String::new(), quoted.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                *text = &quoted[at + 1..];
                return name;
            }
            '\\' => name.push(chars.next().unwrap().1),
            c => name.push(c),
        }
    }
    panic!("a quote that does not end")
}

impl Host for Api {
    fn fetch<'a>(&'a self, request: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
        let sent = Sent {
            method: request.method,
            url: request.url.to_owned(),
            headers: request.headers.into_iter().collect(),
            body: request.body.to_vec(),
        };
        let (status, headers, body) = self.answer(&sent);
        self.sent.lock().unwrap().push(sent);
        Box::pin(async move { Ok(Fetched { status, headers, body }) })
    }

    fn now(&self) -> UnixTime {
        NOW
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> LocalFuture<'a, ()> {
        Box::pin(std::future::pending())
    }

    fn log(&self, _: &str) {}
}
