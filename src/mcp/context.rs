//! What a tool, a prompt or a resource is given with each call.

use serde_json::Value;

use super::{
    DataTools,
    ask::{Ask, Cause, Interrupt},
    era::Era,
    exchange::Exchange,
    log_level::LogLevel,
};
use crate::{host::Host, identity::Identity};

/// Who calls, the door out, and the way back to the client while the call runs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The outside.
    pub host: &'a dyn Host,
    /// The caller. Never the caller's token.
    pub identity: &'a Identity,
    /// The caller's token, for this crate's data tools alone: they pass it on to the database's gateway.
    pub(crate) token: &'a str,
    /// Whether the operator lets the running tool read it, by name.
    #[cfg_attr(not(feature = "typed"), allow(dead_code))]
    pub(crate) shows_token: bool,
    /// The data tools of `LATCH_DATA`, for a tool of a custom server to call.
    #[cfg_attr(not(feature = "typed"), allow(dead_code))]
    pub(crate) data: Option<&'a DataTools>,
    pub(super) exchange: &'a Exchange,
}

impl Context<'_> {
    /// Tells the client how far the call is, if it wants to know. `total` is the value that means done; `progress` must grow.
    ///
    /// The client has it before this returns to the call, and a call whose client has gone does not return from here: it is
    /// dropped, which is how cancellation looks to a tool.
    pub async fn progress(&self, progress: f64, total: impl Into<Option<f64>>, message: impl Into<Option<&str>>) {
        self.exchange.progress(progress, total.into(), message.into()).await;
    }

    /// Sends a log message to the client, if it asked for that level. For the operator's log see [`Host::log`].
    pub async fn log(&self, level: LogLevel, logger: &str, data: impl Into<Value>) {
        self.exchange.log(level, logger, data.into()).await;
    }

    /// The answer to a question. Without one the call stops with an [`Interrupt`] for `?` to pass on: the client asks and calls
    /// again, and the call runs from its start, this time with the answer. So ask before doing what must be done once.
    ///
    /// An answer belongs to the question as it was worded: word it the same in each round, and [`Self::remember`] what it depends
    /// on. (Without `LATCH_KEYS` it belongs to the key alone, and a call can ask once only.)
    ///
    /// The value is an `ElicitResult`, a `CreateMessageResult` or a `ListRootsResult`; it comes from the client and proves
    /// nothing.
    ///
    /// # Errors
    /// There is no answer yet, the client cannot be asked, or speaks a revision before 2026-07-28.
    pub fn ask(&self, ask: &Ask) -> Result<Value, Interrupt> {
        let [answer] = self.ask_all([ask])?;
        Ok(answer)
    }

    /// The answers to several questions that the client may ask at once.
    ///
    /// # Errors
    /// As [`Self::ask`], for the first of them that is the reason.
    pub fn ask_all<const N: usize>(&self, asks: [&Ask; N]) -> Result<[Value; N], Interrupt> {
        let mut rounds = self.exchange.rounds.borrow_mut();
        let answers = asks.map(|ask| rounds.answer(ask).cloned());
        if answers.iter().all(Option::is_some) {
            return Ok(answers.map(Option::unwrap_or_default));
        }
        drop(rounds);
        if self.exchange.era == Era::Legacy {
            return Err(Interrupt(Cause::TooOld));
        }
        let open = || asks.iter().zip(&answers).filter(|(_, answer)| answer.is_none()).map(|(ask, _)| (*ask).clone());
        match asks.iter().zip(&answers).find(|(ask, answer)| answer.is_none() && !self.can_ask(ask)) {
            Some((ask, _)) => Err(Interrupt(Cause::Lacks(ask.required()))),
            None => Err(Interrupt(Cause::Ask(open().collect()))),
        }
    }

    /// Stops the call to ask once more, because the answer was of no use: `return Err(context.ask_again(&ask).into())`.
    pub fn ask_again(&self, ask: &Ask) -> Interrupt {
        self.exchange.rounds.borrow_mut().forget(ask);
        match self.ask(ask) {
            Err(interrupt) => interrupt,
            // Forgotten above.
            Ok(_) => Interrupt(Cause::Ask(vec![ask.clone()])),
        }
    }

    /// Whether this client can be asked this.
    pub fn can_ask(&self, ask: &Ask) -> bool {
        self.exchange.era == Era::Modern && self.exchange.has(ask.capability, ask.part)
    }

    /// What an earlier round of this call chose to remember.
    pub fn memory(&self) -> Option<Value> {
        self.exchange.rounds.borrow().memory.clone()
    }

    /// Remembers something for the next round, sealed: the client carries it and cannot read or change it. It can bring back an
    /// older one, within ten minutes.
    pub fn remember(&self, memory: impl Into<Value>) {
        self.exchange.rounds.borrow_mut().memory = Some(memory.into());
    }
}
