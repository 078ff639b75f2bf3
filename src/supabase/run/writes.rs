//! Writes: one request where that is safe, else step by step.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Done, Tools};
use crate::{
    identity::Refusal,
    log::{self, Level},
    mcp::Context,
    supabase::{
        change,
        client::{Answer, Effect, Session, Stop},
        declaration::Table,
        insert,
    },
};

impl Tools {
    /// Rows that are given: an insert or an upsert.
    pub(super) async fn insert(
        &self,
        context: Context<'_>,
        table: &Table,
        plan: Result<insert::Plan, String>,
    ) -> Result<Done, Refusal> {
        let what = table.what();
        let session = self.client.session(context, &what);
        match plan {
            Err(text) => Ok(Done::Error(text)),
            Ok(plan) => {
                let outcome = session.send(&plan.request, Effect::Changes, self.max_bytes()).await;
                self.learn(&outcome);
                self.finish(&session, outcome, |answer| plan.result(answer.value, answer.total))
            }
        }
    }

    /// Rows that are there: an update or a delete.
    pub(super) async fn change(
        &self,
        context: Context<'_>,
        table: &Table,
        plan: Result<change::Plan, String>,
    ) -> Result<Done, Refusal> {
        let what = table.what();
        let session = self.client.session(context, &what);
        let plan = match plan {
            Ok(plan) => plan,
            Err(text) => return Ok(Done::Error(text)),
        };
        if let Some(request) = &plan.request
            && self.can_bound()
        {
            match session.send(request, Effect::Changes, self.max_bytes()).await {
                Err(Stop::Failed(failure)) if failure.code() == "PGRST122" => self.forget_bound(),
                Err(Stop::Failed(failure)) if failure.code() == "PGRST124" => return Ok(Done::Error(plan.too_many())),
                outcome => {
                    self.learn(&outcome);
                    return self.finish(&session, outcome, |answer| changed(&session, &plan, answer));
                }
            }
        }
        self.change_in_steps(&session, &plan).await
    }

    async fn change_in_steps(&self, session: &Session<'_>, plan: &change::Plan) -> Result<Done, Refusal> {
        let found = match plan.keys_request() {
            Ok(request) => session.send(&request, Effect::Reads, self.max_bytes()).await,
            Err(text) => return Ok(Done::Error(text)),
        };
        self.learn(&found);
        let keys = match found {
            Ok(found) => plan.keys(found.value),
            Err(stop) => return self.finish(session, Err(stop), |_| Ok(Value::Null)),
        };
        let keys = match keys {
            Ok(keys) => keys,
            Err(text) => return Ok(Done::Error(text)),
        };
        let mut bounded = self.can_bound();
        let written = loop {
            let request = match plan.write(&keys, bounded) {
                Ok(request) => request,
                Err(text) => return Ok(Done::Error(text)),
            };
            match session.send(&request, Effect::Changes, self.max_bytes()).await {
                Err(Stop::Failed(failure)) if bounded && failure.code() == "PGRST122" => {
                    self.forget_bound();
                    bounded = false;
                }
                Err(Stop::Failed(failure)) if failure.code() == "PGRST124" => return Ok(Done::Error(plan.too_many())),
                outcome => break outcome,
            }
        };
        self.learn(&written);
        match written {
            Ok(answer) if plan.is_counted(&keys) => Ok(match plan.count(answer.total) {
                Ok(count) => {
                    report(session, plan, count);
                    Done::Result(self.read_back(session, plan, &keys, count).await)
                }
                Err(text) => Done::Error(text),
            }),
            outcome => self.finish(session, outcome, |answer| changed(session, plan, answer)),
        }
    }

    /// The rows of an update, after it. Whatever fails here, the update was made, so it is no error: not even a refused token,
    /// for a client that signs in again would send the update again.
    async fn read_back(&self, session: &Session<'_>, plan: &change::Plan, keys: &change::Keys, count: usize) -> Value {
        let request = match plan.read_back(keys, count) {
            Ok(request) => request,
            Err(result) => return result,
        };
        match session.send(&request, Effect::Reads, self.max_bytes()).await {
            Ok(answer) => plan.reread(answer.value, count),
            Err(Stop::Refused(refusal)) => {
                let fields = [("what", json!(session.what())), ("message", json!(refusal.to_string()))];
                log::event(session.host(), Level::Warn, "data_failed", &fields);
                plan.unread(count, "the token was refused")
            }
            Err(Stop::Failed(failure)) => {
                failure.report(session.host(), session.what());
                plan.unread(count, &failure.sentence(session.what()))
            }
            Err(Stop::TooLarge) => plan.unread(count, "they are too large; select them with fewer columns"),
            Err(Stop::Silent(text)) => plan.unread(count, &text),
        }
    }

    /// Whether the server will undo a write of too many rows. Without a sign of it the rows are counted first.
    fn can_bound(&self) -> bool {
        self.strict.load(Ordering::Relaxed) && !self.cannot_bound.load(Ordering::Relaxed)
    }

    /// Looks whether our `handling=strict` was understood, in an answer to a request that had it.
    fn learn(&self, outcome: &Result<Answer, Stop>) {
        if let Ok(answer) = outcome {
            self.strict.store(answer.strict, Ordering::Relaxed);
        }
    }

    /// The server refused a request for a preference it does not know (`PGRST122`), so nothing was done.
    fn forget_bound(&self) {
        self.cannot_bound.store(true, Ordering::Relaxed);
    }
}

/// The result of a change that answered its rows.
fn changed(session: &Session<'_>, plan: &change::Plan, answer: Answer) -> Result<Value, String> {
    report(session, plan, answer.value.as_array().map_or(0, Vec::len));
    plan.result(answer.value)
}

/// Tells the operator of a write that touched more rows than the caller allowed.
fn report(session: &Session<'_>, plan: &change::Plan, count: usize) {
    if let Some(message) = plan.beyond(count) {
        log::event(
            session.host(),
            Level::Error,
            "data_not_bounded",
            &[("what", json!(session.what())), ("message", json!(message))],
        );
    }
}
