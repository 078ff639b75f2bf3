//! What a family's record says.

use std::fmt;

use crate::host::UnixTime;

/// `next until noted finished answer`, separated by single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    /// The generation that has no answer yet.
    pub(super) next: u64,
    /// When the refresh token of that generation expires.
    pub(super) until: UnixTime,
    /// When the broom looks for the family. Never before `until`.
    pub(super) noted: UnixTime,
    /// When the generation before was answered.
    pub(super) finished: UnixTime,
    /// That answer, sealed.
    pub(super) answer: String,
}

impl Family {
    pub(super) fn begin(until: UnixTime, now: UnixTime) -> Self {
        Self { next: 0, until, noted: ahead(until, now), finished: 0, answer: String::new() }
    }

    /// The record once a generation is answered, and whether the broom must be told a later time.
    pub(super) fn after(&self, generation: u64, answer: &str, until: UnixTime, now: UnixTime) -> (Self, bool) {
        let late = until > self.noted;
        let noted = if late { ahead(until, now) } else { self.noted };
        (Self { next: generation.saturating_add(1), until, noted, finished: now, answer: answer.to_owned() }, late)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(5, ' ');
        let mut number = || words.next()?.parse().ok();
        let (next, until, noted, finished) = (number()?, number()?, number()?, number()?);
        Some(Self { next, until, noted, finished, answer: words.next()?.to_owned() })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { next, until, noted, finished, answer } = self;
        write!(f, "{next} {until} {noted} {finished} {answer}")
    }
}

/// Refreshing moves `until` a little each time. A quarter more, and the broom is told a handful of times per lifetime.
fn ahead(until: UnixTime, now: UnixTime) -> UnixTime {
    until.saturating_add(until.saturating_sub(now) / 4)
}

pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

pub(super) fn text(number: u64) -> String {
    number.to_string()
}
