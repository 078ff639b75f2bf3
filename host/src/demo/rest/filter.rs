//! Filters, as trees (`and`, `or`) and as parameters of their own: parsing and evaluation.

use std::cmp::Ordering;

use super::column::{Cell, Column, Kind};
use super::fault::Fault;
use super::pattern::{Pattern, Search};
use super::table::Row;
use super::text::Text;

/// Conditions, and groups of them, in one filter.
const MAX_NODES: usize = 1000;
/// Values in all lists of a filter.
const MAX_VALUES: usize = 2000;
/// Groups in groups.
const MAX_DEPTH: usize = 8;

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Test { column: Column, negated: bool, test: Test },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Null,
    Compare(&'static [Ordering], Cell),
    In(Vec<Cell>),
    Like(Pattern),
    Search(Search),
}

/// A comparison is the set of orders that it accepts.
const COMPARISONS: [(&str, &[Ordering]); 6] = [
    ("eq.", &[Ordering::Equal]),
    ("neq.", &[Ordering::Less, Ordering::Greater]),
    ("gte.", &[Ordering::Greater, Ordering::Equal]),
    ("gt.", &[Ordering::Greater]),
    ("lte.", &[Ordering::Less, Ordering::Equal]),
    ("lt.", &[Ordering::Less]),
];

impl Filter {
    /// No filter: every row.
    pub(super) const fn none() -> Self {
        Self::All(Vec::new())
    }

    /// `(condition,…)` as the parameter `and` or `or` has it.
    pub(super) fn tree(parameter: &'static str, value: &str) -> Result<Self, Fault> {
        let mut parser = Parser { text: Text::new(parameter, value), nodes: 0, values: 0, quoted: true };
        let conditions = parser.group(0)?;
        parser.text.end()?;
        Ok(if parameter == "or" { Self::Any(conditions) } else { Self::All(conditions) })
    }

    /// One condition as a parameter of its own: `"column"=not.operator.operand`. The operand is what it is, without quotes.
    pub(super) fn of_parameter(name: &str, value: &str) -> Result<Self, Fault> {
        let mut name = Text::new("filter", name);
        let column = name.column()?;
        name.end()?;
        let mut parser = Parser { text: Text::new("filter", value), nodes: 0, values: 0, quoted: false };
        let negated = parser.text.eat("not.");
        let test = parser.test(column.kind())?;
        parser.text.end()?;
        Ok(Self::Test { column, negated, test })
    }

    /// Both must hold.
    pub(super) fn and(&mut self, other: Self) {
        match self {
            Self::All(filters) => filters.push(other),
            _ => *self = Self::All(vec![self.clone(), other]),
        }
    }

    /// Whether the filter is true of the row; null is not.
    pub(super) fn accepts(&self, row: &Row) -> bool {
        self.holds(row) == Some(true)
    }

    /// SQL's logic of three values.
    fn holds(&self, row: &Row) -> Option<bool> {
        let any = |filters: &[Self], wanted: bool| {
            let mut unknown = false;
            for filter in filters {
                match filter.holds(row) {
                    Some(outcome) if outcome == wanted => return Some(wanted),
                    Some(_) => {}
                    None => unknown = true,
                }
            }
            if unknown { None } else { Some(!wanted) }
        };
        match self {
            Self::All(filters) => any(filters, false),
            Self::Any(filters) => any(filters, true),
            Self::Test { column, negated, test } => test.holds(row.get(*column)).map(|outcome| outcome != *negated),
        }
    }
}

impl Test {
    fn holds(&self, cell: &Cell) -> Option<bool> {
        if let Self::Null = self {
            return Some(*cell == Cell::Null);
        }
        if *cell == Cell::Null {
            return None;
        }
        Some(match (self, cell) {
            (Self::Compare(orders, operand), _) => orders.contains(&cell.cmp(operand)),
            (Self::In(list), _) => list.contains(cell),
            (Self::Like(pattern), Cell::Text(text)) => pattern.matches(text),
            (Self::Search(search), Cell::Text(text)) => search.matches(text),
            _ => false,
        })
    }
}

struct Parser<'a> {
    text: Text<'a>,
    nodes: usize,
    values: usize,
    /// Whether operands stand in quotes: in a tree they do. Those of a list do anyway.
    quoted: bool,
}

impl Parser<'_> {
    fn group(&mut self, depth: usize) -> Result<Vec<Filter>, Fault> {
        if depth > MAX_DEPTH {
            return Err(self.text.wrong("fewer groups in groups"));
        }
        self.text.expect("(")?;
        let mut filters = vec![self.node(depth)?];
        while self.text.eat(",") {
            filters.push(self.node(depth)?);
        }
        self.text.expect(")")?;
        Ok(filters)
    }

    fn node(&mut self, depth: usize) -> Result<Filter, Fault> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.text.wrong("fewer conditions"));
        }
        for (name, make) in [("and", Filter::All as fn(_) -> _), ("or", Filter::Any)] {
            if self.text.starts_with(&format!("{name}(")) {
                self.text.eat(name);
                return self.group(depth + 1).map(make);
            }
        }
        let column = self.text.column()?;
        self.text.expect(".")?;
        let negated = self.text.eat("not.");
        Ok(Filter::Test { column, negated, test: self.test(column.kind())? })
    }

    fn operand(&mut self) -> Result<String, Fault> {
        if self.quoted { self.text.quoted() } else { Ok(self.text.rest().to_owned()) }
    }

    fn test(&mut self, kind: Kind) -> Result<Test, Fault> {
        if self.text.eat("is.") {
            return self.text.expect("null").map(|()| Test::Null);
        }
        if self.text.eat("in.") {
            return self.list(kind).map(Test::In);
        }
        for (name, orders) in COMPARISONS {
            if self.text.eat(name) {
                return Ok(Test::Compare(orders, kind.read(&self.operand()?)?));
            }
        }
        for (name, operator) in [("like.", "~~"), ("ilike.", "~~*"), ("wfts.", "@@"), ("cs.", "@>"), ("cd.", "<@"), ("ov.", "&&")]
        {
            if self.text.eat(name) {
                let operand = self.operand()?;
                let test = match name {
                    "like." | "ilike." => Pattern::new(&operand, name == "ilike.").map(Test::Like),
                    "wfts." => Search::new(&operand).map(Test::Search),
                    _ => return Err(kind.no_operator(operator)),
                };
                if kind != Kind::Text {
                    return Err(kind.no_operator(operator));
                }
                return test
                    .ok_or_else(|| Fault::bad("22025", "LIKE pattern must not end with escape character, or be this long"));
            }
        }
        Err(self.text.wrong("an operator"))
    }

    fn list(&mut self, kind: Kind) -> Result<Vec<Cell>, Fault> {
        self.text.expect("(")?;
        let mut list = Vec::new();
        loop {
            self.values += 1;
            if self.values > MAX_VALUES {
                return Err(self.text.wrong("fewer values"));
            }
            list.push(kind.read(&self.text.quoted()?)?);
            if !self.text.eat(",") {
                return self.text.expect(")").map(|()| list);
            }
        }
    }
}
