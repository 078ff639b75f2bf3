//! Which rows: `where` and `any_of` of a call, checked against the declaration, as the one `and` parameter of a request.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    declaration::{Base, Column, Operator, Table},
    request::quoted,
    text::{got, unknown},
    value::{items, literal},
};

/// Most conditions of one call.
const MAX_CONDITIONS: usize = 100;
/// Most values of one `in`.
const MAX_ITEMS: usize = 100;
/// Most alternatives of `any_of`.
const MAX_ALTERNATIVES: usize = 10;

/// A tree of conditions.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Test(Condition),
}

/// One comparison of a column.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) column: Arc<Column>,
    pub(super) operator: Operator,
    pub(super) operand: Operand,
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// PostgreSQL's text of a value.
    Literal(String),
    /// Of `in` and `not_in`.
    List(Vec<String>),
    /// Of `is_null`: null, or anything but null.
    Null(bool),
}

impl Filter {
    /// The filter of a call. `All` of nothing matches everything.
    pub(super) fn of_call(table: &Table, arguments: &Map<String, Value>) -> Result<Self, String> {
        let mut parts = match arguments.get("where") {
            Some(conditions) => conjunction(table, conditions, "where")?,
            None => vec![],
        };
        for column in &table.required {
            let narrows = |part: &Filter| {
                matches!(part, Filter::Test(Condition { column: tested, operator: Operator::Eq | Operator::In, .. })
                    if tested.source == column.source)
            };
            if !parts.iter().any(narrows) {
                return Err(format!("`where` must say which {0} with eq or in, such as {{\"{0}\": {{\"eq\": …}}}}", column.name));
            }
        }
        if let Some(alternatives) = arguments.get("any_of") {
            let alternatives = items(alternatives, "any_of", MAX_ALTERNATIVES)?;
            let alternative = |(index, conditions): (usize, &Value)| {
                let at = format!("any_of[{index}]");
                match conjunction(table, conditions, &at)? {
                    tests if tests.is_empty() => Err(format!("{at} is empty, so it would match every row; leave any_of out")),
                    tests => Ok(Filter::All(tests)),
                }
            };
            parts.push(Filter::Any(alternatives.iter().enumerate().map(alternative).collect::<Result<_, _>>()?));
        }
        let filter = Filter::All(parts);
        match filter.conditions() {
            many if many > MAX_CONDITIONS => {
                Err(format!("{many} conditions are too many; at most {MAX_CONDITIONS} fit one call"))
            }
            _ => Ok(filter),
        }
    }

    /// The row's column has this value; null is equal to null.
    pub(super) fn equal(column: &Arc<Column>, value: Option<String>) -> Self {
        match value {
            Some(text) => Self::test(column, Operator::Eq, Operand::Literal(text)),
            None => Self::test(column, Operator::IsNull, Operand::Null(true)),
        }
    }

    pub(super) fn test(column: &Arc<Column>, operator: Operator, operand: Operand) -> Self {
        Self::Test(Condition { column: column.clone(), operator, operand })
    }

    /// Both this and that.
    #[must_use]
    pub(super) fn and(self, that: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(that);
                Self::All(parts)
            }
            other => Self::All(vec![other, that]),
        }
    }

    /// The value of the `and` parameter; empty if everything matches.
    pub(super) fn to_parameter(&self) -> String {
        match self {
            Self::All(parts) if parts.is_empty() => String::new(),
            Self::All(parts) => format!("({})", list(parts)),
            other => format!("({})", other.term()),
        }
    }

    /// The conditions that must all hold, and the alternatives of which one must hold besides.
    pub(super) fn conjuncts(&self) -> (Vec<&Condition>, Vec<&Filter>) {
        match self {
            Self::Test(condition) => (vec![condition], vec![]),
            Self::Any(_) => (vec![], vec![self]),
            Self::All(parts) => parts.iter().map(Self::conjuncts).fold((vec![], vec![]), |(mut all, mut any), (more, other)| {
                all.extend(more);
                any.extend(other);
                (all, any)
            }),
        }
    }

    /// The columns it compares, as often as it does.
    pub(super) fn columns(&self) -> Vec<&Arc<Column>> {
        match self {
            Self::Test(condition) => vec![&condition.column],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::columns).collect(),
        }
    }

    fn conditions(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::conditions).sum(),
            Self::Test(_) => 1,
        }
    }

    fn term(&self) -> String {
        match self {
            Self::All(parts) | Self::Any(parts) if parts.len() == 1 => list(parts),
            Self::All(parts) => format!("and({})", list(parts)),
            Self::Any(parts) => format!("or({})", list(parts)),
            Self::Test(condition) => condition.term(),
        }
    }
}

fn list(parts: &[Filter]) -> String {
    parts.iter().map(Filter::term).collect::<Vec<_>>().join(",")
}

impl Condition {
    fn term(&self) -> String {
        format!("{}.{}", quoted(&self.column.source), self.test(true))
    }

    /// The operator and operand. Inside of a tree an operand is quoted; as a parameter of its own it is taken as it is.
    pub(super) fn test(&self, quote: bool) -> String {
        let (_, operator) = names(self.operator);
        let plain = !quote || (self.column.kind.base == Base::Boolean && !self.column.kind.array);
        let operand = match &self.operand {
            // In a tree only `true` and `false` get here.
            Operand::Literal(text) if plain => text.clone(),
            Operand::Literal(text) => quoted(text),
            // PostgREST takes a list of nothing but one empty text for the empty list.
            Operand::List(texts) if texts.iter().all(String::is_empty) => "(\"\",\"\")".to_owned(),
            Operand::List(texts) => format!("({})", super::request::quoted_list(texts.iter().map(String::as_str))),
            Operand::Null(_) => "null".to_owned(),
        };
        let not = if self.operand == Operand::Null(false) { "not." } else { "" };
        format!("{not}{operator}.{operand}")
    }
}

/// The tests of an object of columns; the caller ANDs them.
fn conjunction(table: &Table, conditions: &Value, at: &str) -> Result<Vec<Filter>, String> {
    let Value::Object(columns) = conditions else {
        return Err(format!(
            "{at} must be an object of columns such as {{\"{}\": {{…}}}}; got {}",
            example(table),
            got(conditions)
        ));
    };
    let filterable = || table.columns.iter().filter(|column| !column.operators.is_empty());
    let mut tests = vec![];
    for (name, operators) in columns {
        let Some(column) = filterable().find(|column| column.name == *name) else {
            return Err(unknown(&format!("{at}: column"), name, filterable().map(|column| column.name.as_str())));
        };
        let at = format!("{at}.{name}");
        let Value::Object(operators) = operators else {
            return Err(format!(
                "{at} must be an object of operators such as {{\"{}\": …}}; got {}",
                first(column),
                got(operators)
            ));
        };
        if operators.is_empty() {
            return Err(format!("{at} is empty; give an operator such as {{\"{}\": …}}", first(column)));
        }
        for (name, operand) in operators {
            let Some(operator) = column.operators.iter().find(|operator| name_of(**operator) == name) else {
                return Err(unknown(&format!("{at}: operator"), name, column.operators.iter().map(|one| name_of(*one))));
            };
            tests.push(Filter::test(column, *operator, self::operand(column, *operator, operand, &format!("{at}.{name}"))?));
        }
    }
    Ok(tests)
}

fn operand(column: &Column, operator: Operator, value: &Value, at: &str) -> Result<Operand, String> {
    let text = || match value {
        Value::String(_) => {
            literal(&super::declaration::Type { base: Base::Text, array: false }, value, at).map(Operand::Literal)
        }
        other => Err(format!("{at} must be a string; got {}", got(other))),
    };
    match operator {
        Operator::IsNull => match value {
            Value::Bool(null) => Ok(Operand::Null(*null)),
            other => Err(format!("{at} must be true or false; got {}", got(other))),
        },
        Operator::In | Operator::NotIn => {
            let each = |(index, item): (usize, &Value)| literal(&column.kind, item, &format!("{at}[{index}]"));
            items(value, at, MAX_ITEMS)?.iter().enumerate().map(each).collect::<Result<_, _>>().map(Operand::List)
        }
        Operator::Like | Operator::Ilike | Operator::Search => text(),
        _ => literal(&column.kind, value, at).map(Operand::Literal),
    }
}

/// The name of an operator in arguments.
pub(super) fn name_of(operator: Operator) -> &'static str {
    names(operator).0
}

/// The names of an operator: in arguments, and in PostgREST's grammar.
fn names(operator: Operator) -> (&'static str, &'static str) {
    match operator {
        Operator::Eq => ("eq", "eq"),
        Operator::Neq => ("neq", "neq"),
        Operator::Gt => ("gt", "gt"),
        Operator::Gte => ("gte", "gte"),
        Operator::Lt => ("lt", "lt"),
        Operator::Lte => ("lte", "lte"),
        Operator::In => ("in", "in"),
        Operator::NotIn => ("not_in", "not.in"),
        Operator::Like => ("like", "like"),
        Operator::Ilike => ("ilike", "ilike"),
        Operator::IsNull => ("is_null", "is"),
        Operator::Search => ("search", "wfts"),
        Operator::Contains => ("contains", "cs"),
        Operator::ContainedBy => ("contained_by", "cd"),
        Operator::Overlaps => ("overlaps", "ov"),
    }
}

fn first(column: &Column) -> &'static str {
    column.operators.first().copied().map_or("eq", name_of)
}

fn example(table: &Table) -> &str {
    table.columns.iter().find(|column| !column.operators.is_empty()).map_or("id", |column| column.name.as_str())
}
