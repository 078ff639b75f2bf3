//! A value, the way to it, and where to note what is wrong with it.

use super::{
    mistake::{Mistake, Mistakes, excerpt},
    names,
    node::{Node, Value},
};

/// A value in the document. Reading it as something it is not notes a mistake.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    node: &'a Node,
    path: String,
    mistakes: &'a Mistakes,
}

impl<'a> Place<'a> {
    pub(crate) const fn root(node: &'a Node, mistakes: &'a Mistakes) -> Self {
        Self { node, path: String::new(), mistakes }
    }

    /// Notes a mistake that tells what was read.
    pub(crate) fn mistake(&self, problem: &str, fix: &str) {
        self.mistake_here(&format!("{} {problem}", self.read()), fix);
    }

    /// Notes a mistake of a value that need not be repeated.
    pub(crate) fn mistake_here(&self, problem: &str, fix: &str) {
        let (path, problem, fix) = (self.path.clone(), problem.to_owned(), fix.to_owned());
        self.mistakes.note(Mistake { line: self.node.line, path, problem, fix });
    }

    /// What stands here, as a message repeats it.
    fn read(&self) -> String {
        match &self.node.value {
            Value::Null => "null".to_owned(),
            Value::Switch(switch) => switch.to_string(),
            Value::Whole(number) => number.to_string(),
            Value::Number(number) => {
                serde_json::Number::from_f64(*number).map_or_else(|| "a number".to_owned(), |number| number.to_string())
            }
            Value::Text(text) => excerpt(text),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    fn at(&self, node: &'a Node, path: String) -> Self {
        Self { node, path, mistakes: self.mistakes }
    }

    /// A member of a table, if it is there.
    pub(crate) fn member(&self, name: &str) -> Option<Self> {
        let Value::Table(members) = &self.node.value else { return None };
        let (name, node) = members.iter().find(|(member, _)| member == name)?;
        Some(self.at(node, self.path_to(name)))
    }

    /// A member that must be there.
    pub(crate) fn needed(&self, name: &str, fix: &str) -> Option<Self> {
        let member = self.member(name);
        if member.is_none() {
            self.at(self.node, self.path_to(name)).mistake_here("is missing", fix);
        }
        member
    }

    fn path_to(&self, name: &str) -> String {
        let bare = !name.is_empty()
            && name.len() <= 80
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte));
        let name = if bare && !super::secrets::is_secret(name) { name.to_owned() } else { excerpt(name) };
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    /// The members of a table whose names the operator chose.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let members: &'a [(String, Node)] = match &self.node.value {
            Value::Table(members) => members,
            _ => {
                self.mistake("is not a table", "write a table");
                &[]
            }
        };
        members.iter().map(|(name, node)| (name.as_str(), self.at(node, self.path_to(name))))
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.node.value, Value::Table(members) if members.is_empty())
    }

    pub(crate) const fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    pub(crate) const fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    pub(crate) const fn is_empty_list(&self) -> bool {
        matches!(&self.node.value, Value::List(items) if items.is_empty())
    }

    /// Whether this is a table. Members that are not among the known ones are mistakes.
    pub(crate) fn only(&self, known: &[&str]) -> bool {
        for (name, member) in self.entries() {
            if !known.contains(&name) {
                member.mistake_here("there is no such member", &names::suggestion(name, known));
            }
        }
        self.is_table()
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        let Value::Text(text) = &self.node.value else {
            self.mistake("is not text", "write a string in quotes");
            return None;
        };
        Some(text)
    }

    /// The text or switch that stands here, without a mistake if it is neither.
    pub(crate) const fn value(&self) -> &'a Value {
        &self.node.value
    }

    pub(crate) fn switch(&self) -> Option<bool> {
        let Value::Switch(switch) = &self.node.value else {
            self.mistake("is neither true nor false", "write true or false, without quotes");
            return None;
        };
        Some(*switch)
    }

    /// A whole number, if it is one; `1.0` is.
    pub(crate) fn whole(&self) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.node.value {
            Value::Whole(number) => Some(number),
            // In this range the conversion is exact.
            #[allow(clippy::cast_possible_truncation)]
            Value::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => Some(number as i64),
            _ => None,
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, least: u32, most: u32) -> Option<u32> {
        let number = self.whole().and_then(|number| u32::try_from(number).ok()).filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.mistake(&format!("is not a whole number from {least} to {most}"), "write one, without quotes");
        }
        number
    }

    /// The items of a list that is not too long.
    pub(crate) fn items(&self, most: usize) -> Vec<Self> {
        let Value::List(items) = &self.node.value else {
            self.mistake("is not a list", "write a list in square brackets");
            return Vec::new();
        };
        if items.len() > most {
            self.mistake_here(&format!("has {} items", items.len()), &format!("list {most} at most"));
            return Vec::new();
        }
        items.iter().enumerate().map(|(index, item)| self.at(item, format!("{}[{index}]", self.path))).collect()
    }

    /// Texts, each once.
    pub(crate) fn texts(&self, most: usize) -> Vec<(Self, &'a str)> {
        let mut texts: Vec<(Self, &str)> = Vec::new();
        for item in self.items(most) {
            let Some(text) = item.text() else { continue };
            if texts.iter().any(|(_, other)| *other == text) {
                item.mistake("occurs twice", "remove one of the two");
            } else {
                texts.push((item, text));
            }
        }
        texts
    }
}
