//! Tables as headers and dotted keys build them, each key once.

use super::super::{
    mistake::{Mistake, excerpt},
    node::{Node, Value},
};

/// Most members of one table; the document has 200 at most.
const MAX_MEMBERS: usize = 1_000;

/// A table that is being built.
pub(super) struct Tree {
    line: usize,
    origin: Origin,
    members: Vec<(String, Slot)>,
}

/// What made a table: it may be made once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The header of a table below it.
    Passed,
    /// Its own header.
    Header,
    /// A dotted key.
    Dotted,
}

enum Slot {
    Table(Tree),
    Value(Node),
}

impl Slot {
    const fn line(&self) -> usize {
        match self {
            Self::Table(table) => table.line,
            Self::Value(node) => node.line,
        }
    }
}

impl Tree {
    pub(super) const fn root() -> Self {
        Self::new(1, Origin::Header)
    }

    const fn new(line: usize, origin: Origin) -> Self {
        Self { line, origin, members: Vec::new() }
    }

    /// A header.
    pub(super) fn open(&mut self, path: &[String], line: usize) -> Result<(), Mistake> {
        let Some((last, way)) = path.split_last() else { return Ok(()) };
        let parent = self.below(way, line)?;
        let table = parent.table(last, Origin::Header, line)?;
        if table.line != line || table.origin != Origin::Header {
            if table.origin != Origin::Passed {
                return Err(twice(last, table.line, line));
            }
            (table.line, table.origin) = (line, Origin::Header);
        }
        Ok(())
    }

    /// The table at a path, made on the way if need be.
    pub(super) fn below(&mut self, path: &[String], line: usize) -> Result<&mut Self, Mistake> {
        path.iter().try_fold(self, |table, name| table.table(name, Origin::Passed, line))
    }

    /// `a.b.c = value`
    pub(super) fn insert(&mut self, path: &[String], value: Node, line: usize) -> Result<(), Mistake> {
        let Some((last, way)) = path.split_last() else { return Ok(()) };
        let parent = way.iter().try_fold(self, |table, name| {
            let table = table.table(name, Origin::Dotted, line)?;
            if table.origin == Origin::Dotted { Ok(table) } else { Err(twice(name, table.line, line)) }
        })?;
        match parent.members.iter().find(|(name, _)| name == last) {
            Some((_, first)) => Err(twice(last, first.line(), line)),
            None => parent.push(last, Slot::Value(value), line).map(|_| ()),
        }
    }

    /// A member that is a table, made if it is not there.
    fn table(&mut self, name: &str, origin: Origin, line: usize) -> Result<&mut Self, Mistake> {
        let index = match self.members.iter().position(|(member, _)| member == name) {
            Some(index) => index,
            None => self.push(name, Slot::Table(Self::new(line, origin)), line)?,
        };
        match self.members.get_mut(index) {
            Some((_, Slot::Table(table))) => Ok(table),
            Some((_, Slot::Value(first))) => Err(twice(name, first.line, line)),
            None => Err(twice(name, line, line)),
        }
    }

    fn push(&mut self, name: &str, slot: Slot, line: usize) -> Result<usize, Mistake> {
        if self.members.len() >= MAX_MEMBERS {
            return Err(Mistake::of_document(line, "a table has more than 1000 members", "declare less"));
        }
        self.members.push((name.to_owned(), slot));
        Ok(self.members.len() - 1)
    }

    pub(super) fn into_node(self) -> Node {
        let members = self.members.into_iter().map(|(name, slot)| match slot {
            Slot::Table(table) => (name, table.into_node()),
            Slot::Value(node) => (name, node),
        });
        Node { line: self.line, value: Value::Table(members.collect()) }
    }
}

fn twice(name: &str, first: usize, line: usize) -> Mistake {
    let problem = format!("the key {} occurs twice; the first is in line {first}", excerpt(name));
    Mistake::of_document(line, &problem, "join the two, or rename one")
}
