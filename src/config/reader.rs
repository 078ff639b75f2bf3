//! Reads typed values by [`Variable`] and collects the mistakes.

use std::borrow::Cow;

use super::{Errors, Mistake, Variable, url, variables as var};
use crate::{document, secret::Secret};

/// Longest excerpt of a value that a message repeats.
const EXCERPT: usize = 80;

pub(crate) struct Reader<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    mistakes: Vec<Mistake>,
    /// What is read, where each of several has variables of its own.
    part: Option<Part>,
}

/// One of several upstreams or issuers.
struct Part {
    /// What the names of its variables start with.
    prefix: &'static str,
    /// Those that may be its own.
    variables: &'static [&'static Variable],
    /// Its name in theirs.
    infix: String,
    /// Whether there are others.
    several: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(look_up: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, mistakes: Vec::new(), part: None }
    }

    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Errors> {
        match value {
            Some(value) if self.mistakes.is_empty() => Ok(value),
            _ => Err(Errors(self.mistakes)),
        }
    }

    /// Reads an upstream's variables from now on, under names with this infix; where it is the only one, without it too.
    pub(super) fn within_upstream(&mut self, infix: &str, several: bool) {
        let infix = infix.to_owned();
        self.part = Some(Part { prefix: var::UPSTREAM, variables: var::OF_AN_UPSTREAM, infix, several });
    }

    /// Likewise an issuer's.
    pub(super) fn within_issuer(&mut self, infix: &str, several: bool) {
        let infix = infix.to_owned();
        self.part = Some(Part { prefix: var::PREFIX, variables: var::OF_AN_ISSUER, infix, several });
    }

    /// Reads variables under their own names again.
    pub(super) fn within_nothing(&mut self) {
        self.part = None;
    }

    /// The names a variable is read by, the first of which is that of messages. What belongs to one upstream or issuer is never
    /// another's.
    fn names<'v>(&self, variable: &'v Variable) -> [Option<Cow<'v, str>>; 2] {
        let own = |part: &&Part| part.variables.iter().any(|own| own.name == variable.name);
        match self.part.as_ref().filter(own).zip(self.part.as_ref().and_then(|part| variable.name.strip_prefix(part.prefix))) {
            Some((part, last)) => {
                let named = Some(Cow::Owned(format!("{}{}_{last}", part.prefix, part.infix)));
                if part.several { [named, None] } else { [Some(Cow::Borrowed(variable.name)), named] }
            }
            None => [Some(Cow::Borrowed(variable.name)), None],
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
    pub(crate) fn mistake_in(&mut self, variable: &Variable, read: Option<&str>, problem: &str, fix: &str) {
        let [first, _] = self.names(variable);
        let name = self.find(variable).map(|(name, _)| name).or(first);
        self.mistake(name.as_deref().unwrap_or(variable.name), read.filter(|_| !variable.secret), problem, fix);
    }

    /// Notes the mistakes of a document.
    pub(super) fn mistakes_of(&mut self, variable: &Variable, mistakes: Vec<document::Mistake>) {
        for mistake in mistakes {
            let path = if mistake.path.is_empty() { String::new() } else { format!(", {}", mistake.path) };
            let problem = format!("line {}{path}: {}", mistake.line, mistake.problem);
            self.mistake_in(variable, None, &problem, &mistake.fix);
        }
    }

    pub(crate) fn has(&self, variable: &Variable) -> bool {
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

    pub(crate) fn text(&self, variable: &Variable) -> Option<String> {
        self.find(variable).map(|(_, value)| value)
    }

    /// A value whose lines are counted in messages, so that the white space before it stays.
    pub(super) fn document(&self, variable: &Variable) -> Option<String> {
        let (name, _) = self.find(variable)?;
        (self.look_up)(&name)
    }

    pub(crate) fn secret(&self, variable: &Variable) -> Option<Secret> {
        self.text(variable).map(Secret::new)
    }

    /// Values separated by commas or white space. A list of nothing is a mistake: where an absent list means everybody, one that a
    /// deployment filled from variables that are not set must not.
    pub(crate) fn list(&mut self, variable: &Variable) -> Vec<String> {
        let text = self.text(variable).unwrap_or_default();
        let items = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
        let items: Vec<String> = items.map(str::to_owned).collect();
        if items.is_empty() && !text.is_empty() {
            self.mistake_in(variable, Some(&text), "is a list of nothing", "list something, or remove it");
        }
        items
    }

    /// Notes a mistake for each variable that is set with the name of the part that is read, and without.
    pub(super) fn check_both_names(&mut self, variables: &[&Variable], plain: &str) {
        let is_set = |name: &str| (self.look_up)(name).is_some_and(|value| !value.trim().is_empty());
        let both = |variable: &Variable| self.names(variable).into_iter().flatten().filter(|name| is_set(name)).count() == 2;
        let twice: Vec<&Variable> = variables.iter().copied().filter(|variable| both(variable)).collect();
        for variable in twice {
            let fix = format!("keep one of {plain} and the name with the provider's in it");
            self.mistake_in(variable, None, "is set under two names", &fix);
        }
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
    pub(crate) fn url(&mut self, variable: &Variable) -> Option<String> {
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

    /// A text that a provider cannot do without.
    pub(crate) fn needed(&mut self, variable: &Variable, what: &str) -> Option<String> {
        if !self.has(variable) {
            self.mistake_in(variable, None, "is missing", &format!("set it to {what}"));
        }
        self.text(variable)
    }

    /// Likewise a URL. A bare host is one of `https`.
    pub(crate) fn needed_url(&mut self, variable: &Variable, example: &str) -> Option<String> {
        let text = self.needed(variable, &format!("a URL such as {example}"))?;
        let text = if text.contains("://") { text } else { format!("https://{text}") };
        match url::parse(&text) {
            Ok(parsed) if parsed.query().is_none() => Some(text.trim_end_matches('/').to_owned()),
            outcome => {
                let read = Some(text.as_str()).filter(|text| !text.contains('@'));
                let problem = outcome.map_or_else(|problem| problem, |_| "has a query");
                self.mistake_in(variable, read, problem, &format!("use a URL such as {example}"));
                None
            }
        }
    }

    /// A host, by its name or URL, as an origin.
    pub(crate) fn host(&mut self, variable: &Variable, example: &str) -> Option<String> {
        let text = self.needed_url(variable, example)?;
        let origin = url::origin(&text);
        if url::parse(&text).is_ok_and(|url| url::is_origin(&url)) {
            return Some(origin);
        }
        self.mistake_in(variable, Some(&text), "has a path", &format!("use {origin}"));
        None
    }

    /// One of two words; the second is the default.
    pub(crate) fn switch(&mut self, variable: &Variable, on: &str, off: &str) -> bool {
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
