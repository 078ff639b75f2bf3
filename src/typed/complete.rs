//! Values offered while a person types.

use std::collections::BTreeMap;

type Candidates = Box<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// Who offers values for which argument.
#[derive(Default)]
pub(super) struct Completions(BTreeMap<String, Candidates>);

impl Completions {
    pub(super) fn add<I, S>(&mut self, argument: String, candidates: impl Fn(&str) -> I + Send + Sync + 'static)
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let all = move |typed: &str| candidates(typed).into_iter().map(Into::into).collect();
        self.0.insert(argument, Box::new(all));
    }

    /// The values that begin with what was typed, in whatever case; `otherwise` where nobody was asked to offer any.
    pub(super) fn of(&self, argument: &str, typed: &str, otherwise: impl FnOnce() -> Vec<String>) -> Vec<String> {
        let mut all = self.0.get(argument).map_or_else(otherwise, |candidates| candidates(typed));
        let beginning = typed.to_lowercase();
        all.retain(|value| value.to_lowercase().starts_with(&beginning));
        all
    }
}
