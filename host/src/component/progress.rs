//! Telling a human that something takes long: a spinner on a terminal, plain lines elsewhere, silence when it is quick.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Something that takes a while.
pub(super) struct Progress {
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// On a terminal that wants it (`TERM` other than `dumb`), a spinner that shows up with the first message.
    pub(super) fn new() -> Self {
        let fancy = io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        Self { spinner: fancy.then(spinner) }
    }

    /// A step that deserves a line of its own.
    pub(super) fn say(&self, message: &str) {
        match &self.spinner {
            Some(spinner) => spinner.println(format!("latch: {message}")),
            None => {
                let _ = writeln!(io::stderr(), "latch: {message}");
            }
        }
    }

    /// What is going on right now; shown on a terminal only.
    pub(super) fn now(&self, message: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner.set_message(message.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
