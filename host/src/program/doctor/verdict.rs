//! What a check found, and how it is said.

use super::super::output::Style;

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be; what was seen.
    Good(String),
    /// It works, or may: cause and fix.
    Warn(String, String),
    /// It does not work: cause and fix.
    Fail(String, String),
    /// Nothing was asked; why.
    Skipped(String),
}

impl Verdict {
    pub(super) fn warn(cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Warn(cause.into(), fix.into())
    }

    pub(super) fn fail(cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Fail(cause.into(), fix.into())
    }

    /// The lines of a check.
    pub(super) fn render(&self, name: &str, style: Style) -> String {
        let (label, colour, text, fix) = match self {
            Self::Good(seen) => ("ok", "32", seen.clone(), None),
            Self::Warn(cause, fix) => ("warn", "33", cause.clone(), Some(fix)),
            Self::Fail(cause, fix) => ("fail", "1;31", cause.clone(), Some(fix)),
            Self::Skipped(why) => ("skip", "2", format!("not checked: {why}"), None),
        };
        let indent = format!("\n{:21}", "");
        let label = style.paint(colour, &format!("{label:<4}"));
        let fix = fix.map(|fix| format!("{indent}fix: {}", fix.replace('\n', &indent))).unwrap_or_default();
        format!("  {label} {name:<13} {}{fix}\n", text.replace('\n', &indent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_a_line_and_its_fix_another() {
        assert_eq!(Verdict::Good("here".into()).render("keys", Style::Plain), "  ok   keys          here\n");
        assert_eq!(
            Verdict::fail("it is off", "switch it on\nor not").render("registration", Style::Plain),
            "  fail registration  it is off\n                     fix: switch it on\n                     or not\n"
        );
        assert_eq!(Verdict::Skipped("why".into()).render("a", Style::Plain), "  skip a             not checked: why\n");
    }
}
