//! What came instead of rows, and how to tell it: to the model in a sentence it can act on, to the operator in the log.
//!
//! PostgREST answers errors as `{code, message, details, hint}`; codes are PostgreSQL's SQLSTATE or PostgREST's own `PGRST…`.
//! The gateway in front of it answers without a code. Both may change words between releases, so codes and statuses decide.

mod token;

use std::fmt::Write as _;

use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value, json};

use self::token::Trouble;
use super::text::NOT_KNOWN;
use crate::{
    host::{Fetched, Host},
    identity::Refusal,
    json,
    log::{self, Level},
};

/// Most characters of a text of the database that are repeated.
const QUOTE: usize = 300;

/// An answer that is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Failure {
    status: u16,
    code: Option<String>,
    message: String,
    details: String,
    hint: String,
    /// What it has against the token, if it is about the token.
    trouble: Option<Trouble>,
    /// It answers a change that may have been made all the same.
    in_doubt: bool,
}

/// Whose fault it is, as far as the code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The arguments; another call may succeed.
    Caller,
    /// The declaration, the database or its gateway; only the operator can help.
    Operator,
    /// Nobody's; the same call may succeed later.
    Weather,
}

impl Failure {
    pub(super) fn parse(answer: &Fetched) -> Self {
        let members = json::object(&answer.body).unwrap_or_default();
        let challenges = answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let is_bearer = |value: &&str| value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        let challenge = challenges.into_iter().find(is_bearer);
        let failure = Self {
            status: answer.status,
            code: text(&members, "code").filter(|code| !code.is_empty() && code.len() <= 16),
            message: text(&members, "message").unwrap_or_default(),
            details: text(&members, "details").unwrap_or_default(),
            hint: text(&members, "hint").unwrap_or_default(),
            trouble: None,
            in_doubt: false,
        };
        Self { trouble: Trouble::of(&failure, challenge), ..failure }
    }

    pub(super) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// The same as the answer to a change. Where a gateway gave up (no code of the database), or the connection to the database
    /// broke, the change may have been made, and one that is repeated would be made twice.
    #[must_use]
    pub(super) fn of_a_change(mut self) -> Self {
        let code = self.code();
        let of_the_database = code.starts_with("PGRST")
            || (code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        self.in_doubt = if of_the_database {
            matches!(code, "PGRST001" | "40003" | "57P01" | "57P02") || code.starts_with("08")
        } else {
            matches!(self.status, 408 | 500..=599)
        };
        self
    }

    /// Whether the same request may succeed at once: the server or its database was not there, rather than too slow.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 502..=504) && !matches!(self.code(), "57014" | "PGRST003")
    }

    /// A value does not fit its column: nobody's fault but the caller's.
    pub(super) fn is_about_a_value(&self) -> bool {
        self.status == 400 && self.code().starts_with("22")
    }

    /// The token is over, so the client must sign in again. Where that would not help there is no refusal but a
    /// [`Self::sentence`], and a gateway's 401 is about our `apikey`.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        (self.trouble == Some(Trouble::Over))
            .then(|| Refusal::Upstream(quote(if self.is_written_by_the_system() { &self.message } else { self.code() })))
    }

    /// For the model. `what` is the tool's subject: `table notes`, `function search_notes`.
    pub(super) fn sentence(&self, what: &str) -> String {
        let mut text = self.advice(what);
        for (name, said) in [("said", &self.message), ("details", &self.details), ("hint", &self.hint)] {
            // "Failing row contains (…)" shows columns that nobody declared.
            let shows_row = name == "details" && matches!(self.code(), "23502" | "23514" | "44000");
            if !said.is_empty() && !shows_row {
                // The words may be a user's (a RAISE, a value in a constraint's details), so they are quoted as such.
                let _ = write!(text, " Database {name}: {:?}.", quote(said));
            }
        }
        let _ = match &self.code {
            Some(code) => write!(text, " [{code}, HTTP {}]", self.status),
            None => write!(text, " [HTTP {}]", self.status),
        };
        text
    }

    fn advice(&self, what: &str) -> String {
        if let Some(trouble) = self.trouble {
            return trouble.advice().to_owned();
        }
        if self.in_doubt {
            return format!(
                "The data API failed for {what}.{NOT_KNOWN} If it stays so, the operator must look into the project's logs."
            );
        }
        match self.code() {
            "42501" if self.message.contains("row-level security") => format!(
                "Row-level security refused the row: it would not belong to the signed-in user, or a policy of {what} forbids it. \
                 Leave out columns that say who owns the row, or set them to the signed-in user's id."
            ),
            "42501" => format!(
                "The database does not let the signed-in user's role do this with {what}; no other argument will help. The operator \
                 must grant it, with `grant {} … to authenticated`, if agents are meant to.{}",
                if what.starts_with("function") { "execute on function" } else { "select, insert, update or delete on" },
                // With a role of its own PostgREST says 403.
                if self.status == 401 {
                    " The data API answered as if nobody were signed in: if the grant is there, something in front of PostgREST \
                     removes the Authorization header."
                } else {
                    ""
                }
            ),
            "42P01" | "PGRST205" => format!(
                "{what} is declared, but the database has nothing of that name (or does not expose it). The operator must correct LATCH_DATA."
            ),
            "42703" | "PGRST204" => {
                format!("A declared column of {what} does not exist in the database. The operator must correct LATCH_DATA.")
            }
            "42883" | "PGRST202" | "PGRST203" => format!(
                "{what} does not exist with these arguments, or an operator does not fit a column's type. The operator must compare LATCH_DATA with the database."
            ),
            "PGRST106" | "3F000" => format!(
                "The schema declared for {what} is not exposed. The operator must add it to the project's exposed schemas, or correct LATCH_DATA."
            ),
            "PGRST103" => "There are no rows so far behind. Start again without `cursor`.".to_owned(),
            "PGRST124" => {
                format!("More rows of {what} match than `max_affected` allows; nothing was changed. Narrow the filter.")
            }
            "PGRST100" | "PGRST102" | "PGRST108" | "PGRST118" | "PGRST122" | "PGRST127" => format!(
                "The data API did not understand the request for {what}. Try a simpler call; if that fails too, the operator should look into the log."
            ),
            "22P02" | "22007" | "22008" | "22003" | "22P03" | "22P05" | "22023" => {
                format!("A value does not fit its column's type in {what}. Correct the value.")
            }
            "22001" => format!("A text is longer than its column in {what} allows. Shorten it."),
            "23502" => format!("The {what} needs a value for a column that was left out or null. Give it one."),
            "23503" => {
                format!(
                    "The {what} refers to a row that does not exist (or is referred to by one that does). Correct the reference."
                )
            }
            "23505" => {
                format!(
                    "The {what} has such a row already, and it must be unique. Change the value, or update the row that exists."
                )
            }
            "23514" => format!("A value breaks a rule (check constraint) of {what}. Correct the value."),
            "23P01" => format!("The row conflicts with another row of {what}. Change the values that overlap."),
            "21000" => format!("Two of the rows are the same row of {what}. Give each row once."),
            "25006" => format!("The {what} tried to change data where only reading is allowed."),
            "40001" | "40P01" | "55P03" => format!("Somebody else changed {what} at the same time. Call again."),
            "57014" => format!(
                "The database needed too long for {what} and stopped; nothing was changed. Narrow the filter or ask for fewer rows."
            ),
            "42P17" => format!("The policies of {what} refer to themselves. The operator must correct them."),
            code if code.starts_with("PT") || code.starts_with("P0") => format!("The {what} refused it."),
            code if code.starts_with("22") || code.starts_with("23") => {
                format!("A value is not acceptable to {what}. Correct it.")
            }
            _ => self.by_status(what),
        }
    }

    fn by_status(&self, what: &str) -> String {
        match self.status {
            401 | 403 if self.code.is_none() => "The project's gateway refused our API key. The operator must set SUPABASE_PUBLISHABLE_KEY to this project's publishable key.".to_owned(),
            404 => format!("The data API does not know {what}. The operator must check SUPABASE_URL and LATCH_DATA."),
            408 | 429 => "The data API has too much to do. Wait, then call again.".to_owned(),
            500..=599 => format!("The data API failed for {what}. Call again in a while; if it stays so, the operator must look into the project's logs."),
            _ => format!("The data API did not accept the request for {what}."),
        }
    }

    fn fault(&self) -> Fault {
        match (self.trouble, self.code()) {
            (Some(Trouble::Early), _) => Fault::Weather,
            (Some(_), _) => Fault::Operator,
            (None, code) => self.fault_by_code(code),
        }
    }

    fn fault_by_code(&self, code: &str) -> Fault {
        match code {
            "42501" if self.message.contains("row-level security") => Fault::Caller,
            "57014" | "PGRST103" | "PGRST124" => Fault::Caller,
            code if ["22", "23", "21", "40", "55", "P0", "PT"].iter().any(|class| code.starts_with(class)) => Fault::Caller,
            _ if matches!(self.status, 408 | 429 | 502..=504) => Fault::Weather,
            _ => Fault::Operator,
        }
    }

    /// Whether the message was written by PostgreSQL, PostgREST or the gateway. Under any other code it may be the words of a
    /// function (`raise sqlstate … using message = …`), and with them a caller's values.
    fn is_written_by_the_system(&self) -> bool {
        match self.code() {
            "" => true,
            // These repeat the request.
            "PGRST100" | "PGRST102" => false,
            "22023" => self.trouble.is_some(),
            "42501" | "42P01" | "42703" | "42725" | "42883" | "42P17" | "3F000" | "25006" => true,
            code => ["PGRST", "08", "53", "57P", "58", "XX"].iter().any(|class| code.starts_with(class)),
        }
    }

    /// One line for the operator, if it is the operator's matter. What the database says about a caller's values stays out: it
    /// quotes them.
    pub(super) fn report(&self, host: &dyn Host, what: &str) {
        let (level, says) = match self.fault() {
            Fault::Caller => return,
            Fault::Weather => (Level::Warn, self.trouble.is_some()),
            Fault::Operator => (Level::Error, true),
        };
        let message = (says && self.is_written_by_the_system()).then(|| quote(&self.message));
        let fields =
            [("what", json!(what)), ("status", json!(self.status)), ("code", json!(self.code)), ("message", json!(message))];
        log::event(host, level, "data_failed", &fields);
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    match members.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        // GoTrue and some gateways write numbers here.
        other => Some(other.to_string()),
    }
}

fn quote(text: &str) -> String {
    text.chars().take(QUOTE).collect()
}

#[cfg(test)]
mod tests;
