//! The query: the parameters the endpoint sends, and nothing else. What PostgREST would read in some other way is refused
//! here, so that a request the component should not have built shows.

use super::column::Column;
use super::fault::Fault;
use super::filter::Filter;
use super::text::Text;

/// Bytes of a query.
const MAX_QUERY: usize = 48 * 1024;
/// Columns in a list.
const MAX_COLUMNS: usize = 100;
/// Filters that are parameters of their own.
const MAX_FILTERS: usize = 200;

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) label: String,
    pub(super) column: Column,
    /// `::text`
    pub(super) as_text: bool,
}

/// One term of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) column: Column,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) select: Vec<Field>,
    pub(super) filter: Filter,
    pub(super) order: Vec<Term>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) on_conflict: Option<Vec<Column>>,
}

impl Query {
    /// Reads a query in which only `allowed` parameters may stand, each once.
    pub(super) fn parse(query: &str, allowed: &[&str]) -> Result<Self, Fault> {
        if query.len() > MAX_QUERY {
            return Err(Fault::syntax("query", "it is too long"));
        }
        let mut parsed = Self::default();
        let (mut seen, mut filters) = (Vec::new(), 0);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| Fault::syntax("query", "a parameter has no value"))?;
            let decoded = |text| percent_decoded(text).ok_or_else(|| Fault::syntax("query", "it is not percent-encoded UTF-8"));
            let (name, value) = (decoded(name)?, decoded(value)?);
            // A name in quotes is a column, and may come more than once.
            if name.starts_with('"') && allowed.contains(&"and") {
                filters += 1;
                if filters > MAX_FILTERS {
                    return Err(Fault::syntax("query", "it has too many filters"));
                }
                parsed.filter.and(Filter::of_parameter(&name, &value)?);
                continue;
            }
            if !allowed.contains(&name.as_str()) {
                return Err(Fault::syntax(&name, "there is no such parameter here"));
            }
            if seen.contains(&name) {
                return Err(Fault::syntax(&name, "it comes twice"));
            }
            parsed.read(&name, &value)?;
            seen.push(name);
        }
        Ok(parsed)
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "select" => self.select = list(Text::new("select", value), field)?,
            "and" => self.filter.and(Filter::tree("and", value)?),
            "or" => self.filter.and(Filter::tree("or", value)?),
            "order" => self.order = list(Text::new("order", value), term)?,
            "limit" => self.limit = Some(Text::new("limit", value).number()?),
            "offset" => self.offset = Text::new("offset", value).number()?,
            "columns" => self.columns = Some(list(Text::new("columns", value), written)?),
            "on_conflict" => self.on_conflict = Some(list(Text::new("on_conflict", value), Text::column)?),
            _ => return Err(Fault::syntax(name, "there is no such parameter")),
        }
        Ok(())
    }
}

impl Default for Query {
    fn default() -> Self {
        let field = |column: Column| Field { label: column.name().to_owned(), column, as_text: false };
        Self {
            select: Column::ALL.map(field).to_vec(),
            filter: Filter::none(),
            order: Vec::new(),
            limit: None,
            offset: 0,
            columns: None,
            on_conflict: None,
        }
    }
}

/// Items between commas.
fn list<'a, T>(mut text: Text<'a>, item: impl Fn(&mut Text<'a>) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    let mut items = vec![item(&mut text)?];
    while text.eat(",") {
        items.push(item(&mut text)?);
        if items.len() > MAX_COLUMNS {
            return Err(text.wrong("fewer columns"));
        }
    }
    text.end()?;
    Ok(items)
}

/// `source`, `label:"source"`, `label:"source"::text`
fn field(text: &mut Text<'_>) -> Result<Field, Fault> {
    let first = text.name()?;
    let labelled = !text.starts_with("::") && text.eat(":");
    let source = if labelled { text.name()? } else { first.clone() };
    let column = Column::of(&source).ok_or_else(|| Fault::no_such_column(&source))?;
    Ok(Field { label: first, column, as_text: text.eat("::text") })
}

/// `"column".desc.nullslast`
fn term(text: &mut Text<'_>) -> Result<Term, Fault> {
    let column = text.column()?;
    let descending = text.eat(".desc");
    if !descending {
        text.expect(".asc")?;
    }
    let nulls_first = text.eat(".nullsfirst");
    if !nulls_first {
        text.expect(".nullslast")?;
    }
    Ok(Term { column, descending, nulls_first })
}

fn written(text: &mut Text<'_>) -> Result<Column, Fault> {
    let name = text.name()?;
    Column::of(&name).ok_or_else(|| Fault::not_in_cache(&name))
}

/// `+` is a space, as PostgREST and forms have it.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
