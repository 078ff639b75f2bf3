//! One line a decision: who was let in to do what, or refused and why. Never a token.

use std::{cell::Cell, rc::Rc, time::Duration};

use http::{Method, StatusCode, request::Parts};
use serde_json::{Value, json};

use super::trace::Trace;
use crate::{
    config::Audit,
    host::Host,
    identity::{Bearer, Identity, Refusal},
    log::{self, Level},
    mcp::Asked,
};

/// A request that is to be decided. One whose caller hangs up before is written down all the same: what was begun may have been done.
pub(super) struct Pending<'a> {
    host: &'a dyn Host,
    wanted: Audit,
    begun: Option<Duration>,
    http: String,
    trace: Option<String>,
    asked: Rc<Asked>,
    bearer: Option<Bearer>,
    decided: Cell<bool>,
}

impl<'a> Pending<'a> {
    pub(super) fn new(host: &'a dyn Host, wanted: Audit, request: &Parts, trace: Option<&Trace>, asked: Rc<Asked>) -> Self {
        Self {
            host,
            wanted,
            begun: host.elapsed(),
            http: known(&request.method).to_owned(),
            trace: trace.map(|trace| trace.parent().to_owned()),
            asked,
            bearer: None,
            decided: Cell::new(false),
        }
    }

    /// Notes who was let in. Without a token it is nobody.
    pub(super) fn admitted(&mut self, identity: &Identity) {
        self.bearer = (!identity.issuer().is_empty()).then(|| Bearer::of(identity));
    }

    /// Notes whose token is refused.
    pub(super) fn of(&mut self, bearer: Option<Box<Bearer>>) {
        self.bearer = bearer.map(|bearer| *bearer);
    }

    /// The request was answered.
    pub(super) fn allowed(&self, status: StatusCode) {
        if self.asked.was_hidden() {
            let detail = "what was asked for is not for this caller, who was told that it does not exist";
            return self.write(Level::Info, "refused", "hidden", status, Some(detail.to_owned()));
        }
        if self.wanted == Audit::All {
            self.write(Level::Info, "allowed", "ok", status, None);
        }
        self.decided.set(true);
    }

    /// The request was refused: one line, so that "authorized, then 401" can be told from "wrong audience".
    pub(super) fn refused(&self, refusal: &Refusal) {
        let status = refusal.outcome().status();
        let level = if status == StatusCode::SERVICE_UNAVAILABLE { Level::Error } else { Level::Info };
        self.write(level, "refused", refusal.code(), status, Some(refusal.to_string()));
    }

    fn write(&self, level: Level, event: &str, reason: &str, status: StatusCode, detail: Option<String>) {
        self.decided.set(true);
        let what = self.asked.what();
        let took = self.begun.zip(self.host.elapsed()).map(|(begun, now)| now.saturating_sub(begun));
        let bearer = self.bearer.as_ref();
        let fields = [
            ("reason", json!(reason)),
            ("status", json!(status.as_u16())),
            ("http", json!(self.http)),
            ("method", json!(what.method)),
            ("tool", json!(what.tool)),
            ("prompt", json!(what.prompt)),
            ("resource", json!(what.resource)),
            ("issuer", json!(bearer.map(|bearer| &bearer.issuer))),
            ("subject", json!(bearer.map(|bearer| &bearer.subject))),
            ("client", json!(bearer.and_then(|bearer| bearer.client.as_ref()))),
            ("ms", took.map_or(Value::Null, |took| json!(took.as_millis()))),
            ("trace", json!(self.trace)),
            ("detail", json!(detail)),
        ];
        log::event(self.host, level, event, &fields);
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.decided.get() && self.wanted == Audit::All {
            self.write(Level::Info, "allowed", "abandoned", StatusCode::OK, None);
        }
    }
}

/// A method's name; a stranger's invention could fill the line.
pub(super) fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    if known.contains(method) { method.as_str() } else { "other" }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, time::Duration};

    use super::*;
    use crate::host::{FetchError, Fetched, LocalFuture, Outgoing, UnixTime};

    #[derive(Default)]
    struct Paper(RefCell<Vec<String>>);

    impl Host for Paper {
        fn fetch<'a>(&'a self, _: Outgoing<'a>) -> LocalFuture<'a, Result<Fetched, FetchError>> {
            Box::pin(std::future::pending())
        }
        fn now(&self) -> UnixTime {
            0
        }
        fn random(&self, _: &mut [u8]) {}
        fn sleep<'a>(&'a self, _: Duration) -> LocalFuture<'a, ()> {
            Box::pin(std::future::pending())
        }
        fn log(&self, line: &str) {
            self.0.borrow_mut().push(line.to_owned());
        }
    }

    fn written(wanted: Audit, decide: impl FnOnce(&mut Pending<'_>)) -> Vec<String> {
        let paper = Paper::default();
        let (parts, ()) = http::Request::post("/mcp").body(()).unwrap().into_parts();
        let mut pending = Pending::new(&paper, wanted, &parts, None, Rc::default());
        decide(&mut pending);
        drop(pending);
        paper.0.into_inner()
    }

    #[test]
    fn whoever_hangs_up_is_written_down_too() {
        let user = |pending: &mut Pending<'_>| pending.admitted(&Identity::of_test("ada", "claude"));
        let lines = written(Audit::All, user);
        assert!(lines.len() == 1 && lines[0].contains("\"reason\":\"abandoned\"") && lines[0].contains("subject"), "{lines:?}");
        assert!(written(Audit::Refused, user).is_empty());
    }

    #[test]
    fn a_decision_is_one_line() {
        for wanted in [Audit::All, Audit::Refused] {
            assert_eq!(written(wanted, |pending| pending.refused(&Refusal::NoToken)).len(), 1);
            assert_eq!(written(wanted, |pending| pending.allowed(StatusCode::OK)).len(), usize::from(wanted == Audit::All));
        }
    }
}
