//! The terminal. All that the program prints goes through here.

use std::io::{self, IsTerminal, Write as _};

/// Whether text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Bytes as they are: files, pipes, and terminals whose user says `NO_COLOR`.
    Plain,
    /// ANSI escapes.
    Colour,
}

impl Style {
    pub(super) fn of(stream: &impl IsTerminal) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if stream.is_terminal() && !unwanted { Self::Colour } else { Self::Plain }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// To stdout. Who closed it does not want to know.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// To stderr, as the reason for stopping.
pub(super) fn error(text: &str) {
    let label = Style::of(&io::stderr()).paint("1;31", "latch:");
    let _ = writeln!(io::stderr().lock(), "{label} {text}");
}
