//! The demo's data: one table, `notes`, in the shape of PostgREST below `/rest/v1`, as a Supabase project has it.
//!
//! Ada and Linus see and change their own rows only. The policy is applied here as PostgreSQL applies it, so what a tool is
//! shown, refused and silently not shown is what a real project with row-level security would answer. Queries are read by the
//! grammar the component writes and refused outside of it (`PGRST100`), where PostgREST would take more. Errors have the codes
//! of PostgREST 13 and later. Everything is in bounded memory and gone when the program stops.
//!
//! ```text
//! request ──► auth ──► query · prefer · body ──► table (policy, constraints) ──► reply
//!                      text, filter, pattern     column, time
//! ```

mod auth;
mod body;
mod column;
mod fault;
mod filter;
mod pattern;
mod prefer;
mod query;
mod table;
mod text;
mod time;

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, HeaderMap};
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value};

use self::fault::Fault;
use self::prefer::Prefer;
use self::query::{Query, percent_decoded};
use self::table::{Conflict, Row, Session, Table};
use super::issuer::Issuer;
use super::reply::{self, Reply};

/// Below it is the data.
const PREFIX: &str = "/rest/v1/";
/// PostgREST's `db-max-rows`.
const MAX_ROWS: usize = 1000;

/// The database.
pub(super) struct Rest {
    notes: Mutex<Table>,
}

/// A good answer.
struct Answer {
    status: StatusCode,
    rows: Option<Value>,
    range: String,
    applied: Vec<String>,
}

impl Rest {
    /// `now` is in microseconds since the epoch.
    pub(super) fn new(now: i64) -> Self {
        Self { notes: Mutex::new(Table::seeded(now)) }
    }

    pub(super) fn owns(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    pub(super) fn answer(&self, issuer: &Issuer, request: &Request<Bytes>) -> Reply {
        match self.respond(issuer, request) {
            Ok(answer) => reply::rows(answer.status, answer.rows.as_ref(), &answer.range, &answer.applied.join(", ")),
            Err(fault) => reply::fault(fault.status, &fault.body(), &challenge(&fault)),
        }
    }

    fn respond(&self, issuer: &Issuer, request: &Request<Bytes>) -> Result<Answer, Fault> {
        let user = auth::user(issuer, request)?;
        relation(request.uri().path().strip_prefix(PREFIX).unwrap_or_default())?;
        let Some(user) = user else {
            let fault = Fault::new(StatusCode::UNAUTHORIZED, "42501", "permission denied for table notes");
            return Err(fault.hint("send the user's access token as Authorization: Bearer"));
        };
        negotiate(request.headers())?;
        let prefer = Prefer::read(request.headers())?;
        let session = Session { user, now: i64::try_from(issuer.clock.wall().as_micros()).unwrap_or(i64::MAX) };
        let query = |allowed| Query::parse(request.uri().query().unwrap_or_default(), allowed);
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        match *request.method() {
            Method::GET => select(&notes, user, &query(&["select", "and", "or", "order", "limit", "offset"])?, prefer),
            Method::POST => {
                let query = query(&["select", "columns", "on_conflict"])?;
                let rows = body::rows(request.body(), query.columns.as_deref(), prefer.defaults)?;
                prefer.bound(rows.len())?;
                let written = notes.insert(session, rows, conflict(&query, &prefer)?)?;
                Ok(changed(StatusCode::CREATED, &written, &query, prefer))
            }
            Method::PATCH => {
                let query = query(&["select", "and", "or"])?;
                let values = body::values(request.body())?;
                let rows = if values.is_empty() {
                    Vec::new()
                } else {
                    notes.update(user, &query.filter, &values, |count| prefer.bound(count))?
                };
                Ok(changed(StatusCode::OK, &rows, &query, prefer))
            }
            Method::DELETE => {
                let query = query(&["select", "and", "or"])?;
                let rows = notes.delete(user, &query.filter, |count| prefer.bound(count))?;
                Ok(changed(StatusCode::OK, &rows, &query, prefer))
            }
            ref method => {
                let message = format!("Unsupported HTTP method: {method}");
                Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, "PGRST117", message))
            }
        }
    }
}

/// The path below the prefix names the one table, or the fault that PostgREST gives.
fn relation(path: &str) -> Result<(), Fault> {
    let decoded = percent_decoded(&path.replace('+', "%2B"));
    let missing = |code, message| Err(Fault::new(StatusCode::NOT_FOUND, code, message));
    match decoded.as_deref() {
        Some("notes") => Ok(()),
        Some("") => missing("PGRST126", "Root endpoint metadata is disabled".to_owned()),
        Some(name) => match name.strip_prefix("rpc/") {
            Some(name) => missing("PGRST202", format!("Could not find the function public.{name} in the schema cache")),
            None if path.contains('/') => missing("PGRST125", "Invalid path specified in request URL".to_owned()),
            None => missing("PGRST205", format!("Could not find the table 'public.{name}' in the schema cache")),
        },
        None => missing("PGRST125", "Invalid path specified in request URL".to_owned()),
    }
}

/// One schema, one format.
fn negotiate(headers: &HeaderMap) -> Result<(), Fault> {
    for name in ["accept-profile", "content-profile"] {
        if let Some(schema) = headers.get(name).filter(|schema| *schema != "public") {
            let message = format!("Invalid schema: {}", String::from_utf8_lossy(schema.as_bytes()));
            let fault = Fault::new(StatusCode::NOT_ACCEPTABLE, "PGRST106", message);
            return Err(fault.hint("Only the following schemas are exposed: public"));
        }
    }
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let json = |range: &str| matches!(range.split(';').next().map(str::trim), Some("application/json" | "application/*" | "*/*"));
    if accepted.split(',').any(json) {
        return Ok(());
    }
    let message = format!("None of these media types are available: {accepted}");
    Err(Fault::new(StatusCode::NOT_ACCEPTABLE, "PGRST107", message))
}

fn conflict(query: &Query, prefer: &Prefer) -> Result<Conflict, Fault> {
    let keyed = query.on_conflict.as_deref().is_none_or(|columns| columns == [column::Column::Id]);
    if !keyed {
        let message = "there is no unique or exclusion constraint matching the ON CONFLICT specification";
        return Err(Fault::bad("42P10", message));
    }
    Ok(match prefer {
        Prefer { merge: true, .. } => Conflict::Merge,
        Prefer { ignore: true, .. } => Conflict::Ignore,
        _ => Conflict::Refuse,
    })
}

fn select(notes: &Table, user: &str, query: &Query, prefer: Prefer) -> Result<Answer, Fault> {
    let rows = notes.select(user, &query.filter, &query.order);
    let (total, offset) = (rows.len(), query.offset);
    if prefer.count && offset > total {
        let fault = Fault::new(StatusCode::RANGE_NOT_SATISFIABLE, "PGRST103", "Requested range not satisfiable");
        return Err(fault.details(format!("An offset of {offset} was requested, but there are only {total} rows.")));
    }
    let page: Vec<Row> = rows.into_iter().skip(offset).take(query.limit.unwrap_or(MAX_ROWS).min(MAX_ROWS)).collect();
    let span = if page.is_empty() { "*".to_owned() } else { format!("{offset}-{}", offset + page.len() - 1) };
    let range = if prefer.count { format!("{span}/{total}") } else { format!("{span}/*") };
    let status = if prefer.count && page.len() < total { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    Ok(Answer { status, rows: Some(represent(&page, query)), range, applied: prefer.applied })
}

/// The answer to a write: its rows if they were asked for.
fn changed(status: StatusCode, rows: &[Row], query: &Query, prefer: Prefer) -> Answer {
    let range = format!("*/{}", if prefer.count { rows.len().to_string() } else { "*".to_owned() });
    let status = if prefer.representation || status == StatusCode::CREATED { status } else { StatusCode::NO_CONTENT };
    Answer { status, rows: prefer.representation.then(|| represent(rows, query)), range, applied: prefer.applied }
}

fn represent(rows: &[Row], query: &Query) -> Value {
    let row = |row: &Row| {
        let cells = query.select.iter().map(|field| {
            let cell = row.get(field.column);
            (field.label.clone(), if field.as_text { cell.text() } else { cell.json() })
        });
        Value::Object(cells.collect::<Map<_, _>>())
    };
    rows.iter().map(row).collect()
}

/// What a 401 says in `WWW-Authenticate`.
fn challenge(fault: &Fault) -> String {
    match (fault.status, fault.code) {
        (StatusCode::UNAUTHORIZED, "42501") => "Bearer".to_owned(),
        (StatusCode::UNAUTHORIZED, _) => format!("Bearer error=\"invalid_token\", error_description=\"{}\"", fault.message),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
