//! `{table}_select`: from arguments to a request, and from rows to a page.

#[cfg(test)]
mod tests;

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    cursor::{Fingerprint, Position, foreign},
    declaration::{Limits, Table},
    filter::Filter,
    order::Ordering,
    projection::Projection,
    request::{Query, Request, Target},
    rows::{NOTICE, fitting, of_answer, shown},
    text::{got, only, unknown, whole},
};

/// The arguments of a select.
const ARGUMENTS: [&str; 7] = ["where", "any_of", "columns", "order", "limit", "cursor", "count"];
/// How rows may be counted.
pub(super) const COUNTS: [&str; 3] = ["exact", "planned", "estimated"];

/// A checked call.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) request: Request,
    list: List,
    query: Fingerprint,
    limit: usize,
    start: Option<Position>,
    prefer: String,
    limits: Limits,
    /// One row more than `limit` is asked for, to see whether there is another page.
    ahead: bool,
    /// Fewer rows are asked for than the caller wanted, because those were too much to read.
    reduced: bool,
}

/// What defines a list of rows; a page of it is a request.
#[derive(Debug, Clone)]
struct List {
    target: Target,
    filter: Filter,
    ordering: Ordering,
    projection: Projection,
}

/// Checks the arguments of a call.
pub(super) fn plan(table: &Table, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    only(arguments, &ARGUMENTS)?;
    let filter = Filter::of_call(table, arguments)?;
    let ordering = Ordering::of_call(table, arguments)?;
    let shown = Projection::of_call(table, arguments, "columns")?;
    if shown.shown.is_empty() {
        return Err("columns must name at least one column, or be left out for all".to_owned());
    }
    let limit = whole(arguments, "limit", table.rows.max)?.unwrap_or(table.rows.default);
    let query = Fingerprint::of(&[&table.name, "select", &filter.to_parameter(), &ordering.to_parameter()]);
    let start = match arguments.get("cursor") {
        None => None,
        Some(Value::String(cursor)) => Some(Position::of_cursor(cursor, query)?),
        Some(other) => return Err(format!("cursor must be the next_cursor of an earlier result; got {}", got(other))),
    };
    let prefer = match (arguments.get("count"), &start) {
        (None, _) => String::new(),
        (Some(_), Some(_)) => return Err("count is answered for the first page only; leave it out with cursor".to_owned()),
        (Some(Value::String(count)), None) if COUNTS.contains(&count.as_str()) => format!("count={count}"),
        (Some(Value::String(count)), None) => return Err(unknown("count", count, COUNTS)),
        (Some(other), None) => return Err(format!("count must be one of {}; got {}", COUNTS.join(", "), got(other))),
    };
    let projection = if ordering.is_total() { shown.with_hidden(ordering.columns()) } else { shown };
    let target = Target::relation(&table.relation, table.schema.as_deref());
    let list = List { target, filter, ordering, projection };
    let request = list.page(start.as_ref(), limit.saturating_add(1), &prefer)?;
    Ok(Plan { request, list, query, limit: limit as usize, start, prefer, limits, ahead: true, reduced: false })
}

impl List {
    /// The request for so many rows.
    fn page(&self, start: Option<&Position>, rows: u32, prefer: &str) -> Result<Request, String> {
        let mut filter = self.filter.clone();
        let mut offset = String::new();
        match start {
            None => {}
            Some(Position::After(values)) => filter = filter.and(self.ordering.after(values).ok_or_else(foreign)?),
            Some(Position::Offset(_)) if self.ordering.is_total() => return Err(foreign()),
            Some(Position::Offset(before)) => offset = before.to_string(),
        }
        let query = Query::default()
            .with("select", &self.projection.to_parameter())
            .with("and", &filter.to_parameter())
            .with("order", &self.ordering.to_parameter())
            .with_number("limit", rows)
            .with("offset", &offset);
        self.target.request(Method::GET, query, prefer, None)
    }
}

impl Plan {
    /// The same page with a quarter of the rows; `None` if it is one row.
    pub(super) fn smaller(&self) -> Option<Self> {
        let limit = (self.limit / 4).max(1);
        let request = self.list.page(self.start.as_ref(), u32::try_from(limit).ok()?.saturating_add(1), &self.prefer).ok()?;
        (self.limit > 1).then(|| Self { request, limit, reduced: true, ..self.clone() })
    }

    /// The first row of the page and nothing else: the next one may be what is too large. `None` if that is what it is.
    pub(super) fn single(&self) -> Option<Self> {
        let request = self.list.page(self.start.as_ref(), 1, &self.prefer).ok()?;
        self.ahead.then(|| Self { request, limit: 1, ahead: false, reduced: true, ..self.clone() })
    }

    /// The result, from the rows that PostgREST answered and the total it counted.
    pub(super) fn result(&self, answer: Value, total: Option<u64>) -> Result<Value, String> {
        let mut found = of_answer(answer)?;
        // Who does not look ahead does not know, and the next page may be empty.
        let unseen = !self.ahead && !found.is_empty();
        let more = unseen || found.len() > self.limit || found.len() >= self.limits.server_rows as usize;
        found.truncate(self.limit);
        let mut rows = vec![];
        let mut positions = vec![];
        for row in found {
            positions.push(self.sort_values(&row));
            rows.push(shown(row, &self.list.projection.shown)?);
        }
        let fits = fitting(&rows, self.limits.bytes);
        let mut cut = (self.reduced && more).then(|| {
            format!(
                "only {fits} of the rows could be read, because the ones after are too large for the {}-byte limit; go on with next_cursor",
                self.limits.bytes
            )
        });
        if fits < rows.len() {
            if fits == 0 {
                return Err(format!(
                    "one row is larger than the {}-byte limit of a result; ask for fewer columns",
                    self.limits.bytes
                ));
            }
            cut = Some(format!(
                "only {fits} of {} rows fit in the {}-byte limit; go on with next_cursor",
                rows.len(),
                self.limits.bytes
            ));
            rows.truncate(fits);
        }
        let mut next = None;
        if (more || cut.is_some()) && fits > 0 {
            match self.next_cursor(positions.into_iter().nth(fits - 1), fits) {
                Ok(cursor) => next = Some(cursor),
                Err(why) => cut = Some(why),
            }
        }
        let mut result = Map::new();
        result.insert("count".into(), json!(rows.len()));
        result.insert("rows".into(), rows.into_iter().map(Value::Object).collect());
        result.insert("notice".into(), json!(NOTICE));
        let optional = [("total", total.map(Value::from)), ("next_cursor", next.map(Value::from)), ("cut", cut.map(Value::from))];
        result.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(Value::Object(result))
    }

    /// The values the next page starts behind, if this row is the last; nothing if rows cannot be told apart.
    fn sort_values(&self, row: &Map<String, Value>) -> Option<Vec<Value>> {
        self.list.ordering.columns().map(|column| self.list.projection.value(row, column).cloned()).collect()
    }

    fn next_cursor(&self, last: Option<Option<Vec<Value>>>, rows: usize) -> Result<String, String> {
        let next = if self.list.ordering.is_total() {
            let values = last.flatten().unwrap_or_default();
            let lies = || {
                "there are more rows, but the last row's key is not as declared; the operator must correct LATCH_DATA".to_owned()
            };
            self.list.ordering.after(&values).ok_or_else(lies)?;
            Position::After(values)
        } else {
            let before = if let Some(Position::Offset(before)) = self.start { before } else { 0 };
            let behind = u32::try_from(rows).ok().and_then(|rows| before.checked_add(rows));
            behind.and_then(Position::offset).ok_or("there are more rows, but they are too far behind; narrow the filter")?
        };
        let limit = u32::try_from(self.limit).unwrap_or(u32::MAX);
        let cursor = next.to_cursor(self.query);
        match self.list.page(Some(&next), limit.saturating_add(1), "").is_ok() && Position::of_cursor(&cursor, self.query).is_ok() {
            true => Ok(cursor),
            false => Err("there are more rows, but the last row's sort values are too long to go on from; order by another column or shorten the filter".to_owned()),
        }
    }
}
