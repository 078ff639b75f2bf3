//! TOML → [`Node`].

use toml_span::{ErrorKind, Value as Toml, value::ValueInner};

use super::{
    mistake::{Mistake, excerpt},
    node::{Lines, MAX_DEPTH, Node, Value},
};

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<Node, Mistake> {
    let lines = Lines::of(text);
    let mut root = toml_span::parse(text).map_err(|error| syntax(&error, &lines))?;
    node(&mut root, 1, MAX_DEPTH, &lines)
}

fn node(toml: &mut Toml<'_>, line: usize, depth: usize, lines: &Lines) -> Result<Node, Mistake> {
    let Some(depth) = depth.checked_sub(1) else { return Err(Mistake::too_deep(line)) };
    let value = match toml.take() {
        ValueInner::String(text) => Value::Text(text.into_owned()),
        ValueInner::Integer(number) => Value::Whole(number),
        ValueInner::Float(number) => Value::Number(number),
        ValueInner::Boolean(switch) => Value::Switch(switch),
        ValueInner::Array(mut items) => {
            let items = items.iter_mut().map(|item| node(item, lines.line(item.span.start), depth, lines));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        ValueInner::Table(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by_key(|(key, _)| key.span.start);
            let members = members.into_iter().map(|(key, mut value)| {
                let line = lines.line(key.span.start);
                Ok((key.name.into_owned(), node(&mut value, line, depth, lines)?))
            });
            Value::Table(members.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { line, value })
}

/// A string that is not closed is told apart from other mistakes, for it is found at its end and sought at its start.
fn syntax(error: &toml_span::Error, lines: &Lines) -> Mistake {
    let line = lines.line(error.span.start);
    let twice = |what: &str, name: &str, first: usize| {
        let problem = format!("{what} {} occurs twice; the first is in line {}", excerpt(name), lines.line(first));
        Mistake::of_document(line, &problem, "join the two, or rename one")
    };
    match &error.kind {
        ErrorKind::DuplicateKey { key, first } => twice("the key", key, first.start),
        ErrorKind::DuplicateTable { name, first } => twice("the table", name, first.start),
        ErrorKind::UnquotedString => Mistake::of_document(line, "a value is not TOML", "put text in double quotes"),
        ErrorKind::ExceededDepthLimit => Mistake::too_deep(line),
        _ => Mistake::of_document(line, &format!("not TOML: {error}"), "correct the syntax; see https://toml.io"),
    }
}
