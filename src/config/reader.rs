//! Reads typed values by [`Variable`] and collects the mistakes.

use std::borrow::Cow;

use super::{Errors, Mistake, Variable, url, variables as var};
use crate::secret::Secret;

/// Longest excerpt of a value that a message repeats.
const EXCERPT: usize = 80;

pub(super) struct Reader<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    mistakes: Vec<Mistake>,
    /// The upstream that is read, and whether it is one of several.
    upstream: Option<(String, bool)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(look_up: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, mistakes: Vec::new(), upstream: None }
    }

    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Errors> {
        match value {
            Some(value) if self.mistakes.is_empty() => Ok(value),
            _ => Err(Errors(self.mistakes)),
        }
    }

    /// Reads an upstream's variables from now on, under names with this infix; where it is the only one, without it too.
    pub(super) fn within(&mut self, upstream: Option<(String, bool)>) {
        self.upstream = upstream;
    }

    /// The names a variable is read by, the first of which is that of messages. One upstream's secret is never another's.
    fn names<'v>(&self, variable: &'v Variable) -> [Option<Cow<'v, str>>; 2] {
        match (&self.upstream, variable.name.strip_prefix(var::UPSTREAM)) {
            (Some((infix, several)), Some(last)) => {
                let named = Some(Cow::Owned(format!("{}{infix}_{last}", var::UPSTREAM)));
                if *several { [named, None] } else { [Some(Cow::Borrowed(variable.name)), named] }
            }
            _ => [Some(Cow::Borrowed(variable.name)), None],
        }
    }

    pub(super) fn mistake(&mut self, variable: &str, read: Option<&str>, problem: &str, fix: &str) {
        let read = read.map(|read| read.chars().take(EXCERPT).collect());
        let mistake = Mistake { variable: variable.to_owned(), read, problem: problem.to_owned(), fix: fix.to_owned() };
        // A variable that several rules look at is told once.
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// Notes a mistake under the name the value was found by. A secret's value is never repeated.
    pub(super) fn mistake_in(&mut self, variable: &Variable, read: Option<&str>, problem: &str, fix: &str) {
        let [first, _] = self.names(variable);
        let name = self.find(variable).map(|(name, _)| name).or(first);
        self.mistake(name.as_deref().unwrap_or(variable.name), read.filter(|_| !variable.secret), problem, fix);
    }

    pub(super) fn has(&self, variable: &Variable) -> bool {
        self.find(variable).is_some()
    }

    /// The value under the variable's name, else under its first alias that is set. White space around it does not count; an
    /// empty value counts as not set, because that is how shells and deployment forms say so.
    fn find<'v>(&self, variable: &'v Variable) -> Option<(Cow<'v, str>, String)> {
        let own = self.names(variable).into_iter().flatten();
        let mut names = own.chain(variable.aliases.iter().map(|alias| Cow::Borrowed(*alias)));
        names.find_map(|name| {
            let value = (self.look_up)(&name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| (name, value.to_owned()))
        })
    }

    pub(super) fn text(&self, variable: &Variable) -> Option<String> {
        self.find(variable).map(|(_, value)| value)
    }

    /// A value whose lines are counted in messages, so that the white space before it stays.
    pub(super) fn document(&self, variable: &Variable) -> Option<String> {
        let (name, _) = self.find(variable)?;
        (self.look_up)(&name)
    }

    pub(super) fn secret(&self, variable: &Variable) -> Option<Secret> {
        self.text(variable).map(Secret::new)
    }

    /// Values separated by commas or white space. A list of nothing is a mistake: where an absent list means everybody, one that a
    /// deployment filled from variables that are not set must not.
    pub(super) fn list(&mut self, variable: &Variable) -> Vec<String> {
        let text = self.text(variable).unwrap_or_default();
        let items = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
        let items: Vec<String> = items.map(str::to_owned).collect();
        if items.is_empty() && !text.is_empty() {
            self.mistake_in(variable, Some(&text), "is a list of nothing", "list something, or remove it");
        }
        items
    }

    /// Whether an upstream's variable is set under both of its names.
    pub(super) fn has_both(&self, variable: &Variable) -> bool {
        let is_set = |name: Cow<'_, str>| (self.look_up)(&name).is_some_and(|value| !value.trim().is_empty());
        self.names(variable).into_iter().flatten().filter(|name| is_set(name.clone())).count() == 2
    }

    /// Scope tokens (RFC 6749 §3.3). They are copied into a quoted header parameter, so the grammar matters.
    pub(super) fn scopes(&mut self, variable: &Variable) -> Vec<String> {
        let scopes = self.list(variable);
        let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if let Some(bad) = scopes.iter().find(|scope| !scope.bytes().all(allowed)) {
            self.mistake_in(variable, Some(bad), "is not a scope", "use printable ASCII without quotes or backslashes");
        }
        scopes
    }

    /// Names of tools: 1 to 64 of `A-Z a-z 0-9 _ - .` each.
    pub(super) fn tool_names(&mut self, variable: &Variable) -> Vec<String> {
        let names = self.list(variable);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if let Some(bad) = names.iter().find(|name| name.len() > 64 || !name.bytes().all(allowed)) {
            self.mistake_in(
                variable,
                Some(bad),
                "is not the name of a tool",
                "list names as tools/list shows them, with commas between",
            );
        }
        names
    }

    /// Origins: scheme, host and port, nothing else.
    pub(super) fn origins(&mut self, variable: &Variable) -> Vec<String> {
        let mut origins = Vec::new();
        for item in self.list(variable) {
            match url::parse(&item) {
                Ok(parsed) if url::is_origin(&parsed) => origins.push(url::origin(&item)),
                _ => self.mistake_in(
                    variable,
                    Some(&item),
                    "is not an origin",
                    "write it like https://app.example.com, without a path",
                ),
            }
        }
        origins
    }

    /// An absolute URL that is safe to send users or keys to, as it was written.
    pub(super) fn url(&mut self, variable: &Variable) -> Option<String> {
        let text = self.text(variable)?;
        match url::parse(&text) {
            Ok(_) => Some(text),
            Err(problem) => {
                // Whatever stands before an @ may be a password.
                let read = Some(text.as_str()).filter(|text| !text.contains('@'));
                self.mistake_in(variable, read, problem, "use an absolute https:// URL (http:// only for localhost)");
                None
            }
        }
    }

    /// One of two words; the second is the default.
    pub(super) fn switch(&mut self, variable: &Variable, on: &str, off: &str) -> bool {
        match self.text(variable) {
            None => false,
            Some(text) if text.eq_ignore_ascii_case(on) => true,
            Some(text) if text.eq_ignore_ascii_case(off) => false,
            Some(text) => {
                self.mistake_in(variable, Some(&text), "is neither of its two values", &format!("use `{on}` or `{off}`"));
                false
            }
        }
    }
}
