//! `rpc_{function}`: a call of a database function.

#[cfg(test)]
mod tests;

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    declaration::{Base, Function, Limits, Returns, Type},
    lenient,
    projection::Projection,
    request::{Query, Request, Target},
    rows::{NOTICE, admit, fitting, of_answer, shown},
    text::unknown,
    value::body,
};

/// A checked call.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) request: Request,
    returns: Answer,
    read_only: bool,
    bytes: usize,
}

#[derive(Debug, Clone)]
enum Answer {
    Void,
    Value(Type),
    Rows { projection: Projection, most: usize },
}

/// Checks the arguments of a call.
pub(super) fn plan(function: &Function, limits: Limits, arguments: &Map<String, Value>) -> Result<Plan, String> {
    let mut sent = Map::new();
    for (name, value) in arguments {
        let Some(argument) = function.arguments.iter().find(|argument| argument.name == *name) else {
            return Err(unknown("argument", name, function.arguments.iter().map(|argument| argument.name.as_str())));
        };
        let value = body(&argument.kind, argument.nullable, argument.max_length, value, name)?;
        if sent.insert(argument.source.clone(), value).is_some() {
            return Err(format!("{name} is the same database argument as another one"));
        }
    }
    let missing = |name: &str| !arguments.contains_key(name);
    if let Some(argument) = function.arguments.iter().find(|argument| argument.required && missing(&argument.name)) {
        return Err(format!("argument `{}` is missing", argument.name));
    }
    let mut query = Query::default();
    let returns = match &function.returns {
        Returns::Void => Answer::Void,
        Returns::Value(kind) => Answer::Value(kind.clone()),
        Returns::Rows(columns) => {
            let projection = Projection::of(columns);
            query = query.with("select", &projection.to_parameter()).with_number("limit", function.rows.max.saturating_add(1));
            Answer::Rows { projection, most: function.rows.max as usize }
        }
    };
    let target = Target::routine(&function.routine, function.schema.as_deref());
    let request = target.request(Method::POST, query, "", Some(Value::Object(sent)))?;
    Ok(Plan { request, returns, read_only: function.read_only, bytes: limits.bytes })
}

impl Plan {
    /// The result, from the body that PostgREST answered: nothing at all for `void`, a JSON value, or rows.
    pub(super) fn result(&self, answer: &[u8]) -> Result<Value, String> {
        // A model that reads of a mistake calls again, and a function that changes something would do so twice.
        let done = if self.read_only {
            ""
        } else {
            ". The function has run, only its result cannot be shown: do not call it again for that"
        };
        self.understand(answer).map_err(|why| format!("{why}{done}"))
    }

    fn understand(&self, answer: &[u8]) -> Result<Value, String> {
        if let Answer::Void = self.returns {
            return Ok(json!({ "result": null }));
        }
        // An exact decimal is read as text, before a double could round it.
        let exact = match &self.returns {
            Answer::Value(Type { base: Base::Numeric, array: false }) => str::from_utf8(answer).ok().map(str::trim),
            _ => None,
        };
        let exact = exact.filter(|text| text.len() <= self.bytes && text.starts_with(|c: char| c == '-' || c.is_ascii_digit()));
        let parsed = || lenient::value(answer).map_err(|_| "the database's answer cannot be read".to_owned());
        match (&self.returns, exact) {
            (Answer::Value(_), Some(text)) => parsed().map(|_| json!({ "result": text })),
            (Answer::Value(kind), None) => self.value(kind, parsed()?),
            (Answer::Rows { projection, most }, _) => self.rows(projection, *most, parsed()?),
            (Answer::Void, _) => Ok(json!({ "result": null })),
        }
    }

    fn value(&self, kind: &Type, answer: Value) -> Result<Value, String> {
        let value = admit(kind, answer, "the result")?;
        match value.to_string().len() {
            length if length > self.bytes => {
                Err(format!("the result is {length} bytes long, over the {}-byte limit of a result; ask for less", self.bytes))
            }
            _ => Ok(json!({ "result": value })),
        }
    }

    fn rows(&self, projection: &Projection, most: usize, answer: Value) -> Result<Value, String> {
        // A function that returns one row, not a set, answers the row itself.
        let mut rows = of_answer(if answer.is_object() { Value::Array(vec![answer]) } else { answer })?;
        let mut cut = (rows.len() > most).then(|| format!("there are more than {most} rows; narrow the call by its arguments"));
        rows.truncate(most);
        let mut rows = rows.into_iter().map(|row| shown(row, &projection.shown)).collect::<Result<Vec<_>, _>>()?;
        let fits = fitting(&rows, self.bytes);
        if fits < rows.len() {
            cut = Some(format!(
                "only {fits} of {} rows fit in the {}-byte limit; narrow the call by its arguments",
                rows.len(),
                self.bytes
            ));
            rows.truncate(fits);
        }
        let mut result = Map::new();
        result.insert("count".into(), json!(rows.len()));
        result.insert("rows".into(), rows.into_iter().map(Value::Object).collect());
        result.insert("notice".into(), json!(NOTICE));
        result.extend(cut.map(|cut| ("cut".to_owned(), cut.into())));
        Ok(Value::Object(result))
    }
}
