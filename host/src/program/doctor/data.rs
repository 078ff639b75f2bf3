//! The data API: does its gateway let us in, and does it know the declared tables?

use ::http::header::ACCEPT;
use ::http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::super::http::{Answer, NoAnswer};
use super::verdict::Verdict;

/// Most tables asked for.
const MAX_TABLES: usize = 100;
/// Columns in one request: names of 63 bytes, each byte percent-encoded, leave the URL below the 8 KiB that gateways take.
const MAX_COLUMNS: usize = 30;

/// What a declaration speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) relations: Vec<Relation>,
    /// How many functions.
    pub(super) functions: usize,
}

/// A declared table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// Its name in the database.
    pub(super) name: String,
    /// Its schema, if it is declared.
    pub(super) schema: Option<String>,
    /// The names of its columns in the database.
    pub(super) columns: Vec<String>,
    /// Whether rows may be updated or deleted.
    pub(super) changes: bool,
}

/// Tables, views and functions of a declaration. Whether it is a good one is the configuration's business.
pub(super) fn declared(declaration: &str) -> Declared {
    let document: Value = if declaration.trim_start().starts_with('{') {
        serde_json::from_str(declaration).unwrap_or_default()
    } else {
        toml::from_str(declaration).unwrap_or_default()
    };
    let members = |value: &Value, name: &str| value.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let name = |key: &str, entry: &Value, member: &str| {
        entry.get(member).and_then(Value::as_str).map_or_else(|| key.to_owned(), str::to_owned)
    };
    let mut relations = Vec::new();
    for (section, member) in [("tables", "table"), ("views", "view")] {
        relations.extend(members(&document, section).iter().map(|(key, entry)| {
            Relation {
                name: name(key, entry, member),
                schema: entry.get("schema").and_then(Value::as_str).map(str::to_owned),
                columns: members(entry, "columns").iter().map(|(key, column)| name(key, column, "column")).collect(),
                changes: entry
                    .get("actions")
                    .and_then(Value::as_array)
                    .is_some_and(|actions| actions.iter().any(|action| matches!(action.as_str(), Some("update" | "delete")))),
            }
        }));
    }
    relations.truncate(MAX_TABLES);
    Declared { relations, functions: members(&document, "functions").len() }
}

/// Where a relation is, without its rows. The empty name is the root.
pub(super) fn url(origin: &str, name: &str) -> String {
    let query = if name.is_empty() { "" } else { "?limit=0" };
    format!("{origin}/rest/v1/{}{query}", encoded(name))
}

/// The same, naming its columns: PostgreSQL says which of them it does not know, before it looks at permissions.
pub(super) fn urls(origin: &str, relation: &Relation) -> Vec<String> {
    let url = url(origin, &relation.name);
    if relation.columns.is_empty() {
        return vec![url];
    }
    let quoted = |column: &String| encoded(&format!("\"{}\"", column.replace('\\', "\\\\").replace('"', "\\\"")));
    let chunks = relation.columns.chunks(MAX_COLUMNS);
    chunks.map(|columns| format!("{url}&select={}", columns.iter().map(quoted).collect::<Vec<_>>().join(","))).collect()
}

/// What goes with a request for a relation, beside the key. A schema's name may be any UTF-8, as the client sends it.
pub(super) fn headers(relation: &Relation) -> Vec<(HeaderName, HeaderValue)> {
    let schema = relation.schema.as_deref().and_then(|schema| HeaderValue::from_bytes(schema.as_bytes()).ok());
    let mut headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
    headers.extend(schema.map(|schema| (HeaderName::from_static("accept-profile"), schema)));
    headers
}

/// A preference that nobody knows, to be refused by whoever handles preferences strictly.
pub(super) fn unknown_preference() -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("prefer"), HeaderValue::from_static("handling=strict,latch-doctor"))
}

/// Whether preferences are handled strictly, from the answer to an unknown one: without that nothing undoes a write of too many
/// rows, and the endpoint counts them first.
pub(super) fn bounds(answer: &Result<Answer, NoAnswer>) -> Verdict {
    let Ok(answer) = answer else { return Verdict::Skipped("no answer".into()) };
    match (answer.status, answer.text("code").as_str()) {
        (_, "PGRST122") => Verdict::Good("preferences are handled strictly".into()),
        // What comes after preferences.
        (200..=299, _) | (_, "42501") => Verdict::warn(
            "the data API ignores `Prefer: handling=strict`, so updates and deletes take two steps each",
            "update PostgREST to 12 or newer; if it is, let the proxy in front of it pass the `Prefer` header on",
        ),
        _ => Verdict::Skipped(format!("/rest/v1 answers {}", answer.summary())),
    }
}

fn encoded(text: &str) -> String {
    let safe = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(safe).collect()
}

/// What the gateway thinks of our key. `needed`: there are declared tables, so calls will go through it.
pub(super) fn gateway(answer: &Result<Answer, NoAnswer>, has_key: bool, needed: bool) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Verdict::fail(format!("/rest/v1 gives no answer: {error}"), "check the project's Data API"),
    };
    let message = answer.text("message").to_ascii_lowercase();
    if matches!(answer.status, 401 | 403) && message.contains("api key") {
        let cause = format!("/rest/v1 answers {}", answer.summary());
        let get = "dashboard → Project Settings → API Keys: copy the key that starts with sb_publishable_ (or the anon key)";
        return match (has_key, needed) {
            (true, _) => Verdict::fail(
                format!("{cause}: the key in SUPABASE_PUBLISHABLE_KEY is not one of this project"),
                format!("{get} of the project in SUPABASE_URL into SUPABASE_PUBLISHABLE_KEY"),
            ),
            (false, true) => Verdict::fail(
                format!("{cause}: SUPABASE_PUBLISHABLE_KEY is not set"),
                format!("{get} into SUPABASE_PUBLISHABLE_KEY"),
            ),
            (false, false) => Verdict::warn(
                format!("{cause}: SUPABASE_PUBLISHABLE_KEY is not set, which tables and functions will need"),
                format!("{get} into SUPABASE_PUBLISHABLE_KEY before you set LATCH_DATA"),
            ),
        };
    }
    if answer.status >= 500 {
        let fix = "look at the project's status in the dashboard: the database may be starting, paused or full";
        return Verdict::fail(format!("/rest/v1 answers {}", answer.summary()), fix);
    }
    Verdict::Good(if has_key { "the gateway takes the key" } else { "the gateway asks for no key" }.into())
}

fn no_names(name: &str, answer: &Answer) -> Verdict {
    Verdict::Skipped(format!("{name}: names cannot be checked without a user ({})", answer.summary()))
}

/// Whether PostgREST knows a table, and PostgreSQL its columns. Without a user it need not show it.
pub(super) fn table(relation: &Relation, answer: &Result<Answer, NoAnswer>) -> Verdict {
    let name = relation.schema.iter().map(|schema| format!("{schema}.")).collect::<String>() + &relation.name;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Verdict::fail(format!("{name}: no answer: {error}"), "check the project's Data API"),
    };
    let code = answer.text("code");
    match (answer.status, code.as_str()) {
        (200..=299, _) => Verdict::Good(name),
        // PostgreSQL says so while it looks for names, PostgREST before.
        (_, "PGRST301" | "PGRST302" | "PGRST303") => no_names(&name, answer),
        (_, "42501") if answer.text("message").contains("for schema") => no_names(&name, answer),
        (_, "42501") => Verdict::Good(format!("{name} (closed to the public, as it may be)")),
        (_, "PGRST205" | "42P01") => Verdict::fail(
            format!("{name} is not a table or view that the project's data API knows ({code})"),
            "correct the name in LATCH_DATA (`table = \"…\"` is the database's); if the table is new, reload the schema cache \
             (SQL: notify pgrst, 'reload schema')\nand check that the data API exposes it (dashboard → Project Settings → Data API)",
        ),
        (_, "42703") => Verdict::fail(
            format!("{name} has no column of that name ({})", answer.summary()),
            "correct the column in LATCH_DATA (`column = \"…\"` is the database's name), or add it to the database",
        ),
        (_, "PGRST106") => Verdict::fail(
            format!("{name}: its schema is not exposed ({code})"),
            "dashboard → Project Settings → Data API → Exposed schemas: add it, or correct `schema` in LATCH_DATA",
        ),
        _ => Verdict::warn(format!("{name}: {}", answer.summary()), "look at the project's API logs"),
    }
}
