//! PostgREST's grammar, as far as it may be used, read back from an address. Everything that is not expected is a problem.

use std::collections::BTreeSet;

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    api::Sent,
    declare::{Column, Tool},
};

/// A tool, and what else decides about what its request may name.
#[derive(Clone, Copy)]
struct Scope<'a> {
    tool: &'a Tool,
    deletes: bool,
    /// The call goes on behind a page.
    cursor: bool,
}

const BASE: &str = "https://abc.supabase.co/rest/v1/";

type Problem = Result<(), String>;

/// What a request of a tool may be.
pub(crate) fn check(tool: &Tool, sent: &Sent, cursor: bool) -> Problem {
    let Sent { method, url, headers, body } = sent;
    let scope = Scope { tool, deletes: *method == Method::DELETE, cursor };
    let rest = url.strip_prefix(BASE).ok_or("not below the base URL")?;
    if url.bytes().any(|byte| byte.is_ascii_control() || byte == b' ' || byte == b'#' || byte >= 0x80) {
        return Err("a byte that has no place in a URL".to_owned());
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = if tool.action == "call" { path.strip_prefix("rpc/").ok_or("not a function")? } else { path };
    if path.contains('/') || matches!(path, "" | "." | "..") || decode(path)? != tool.relation {
        return Err(format!("the path {path:?} is not the declared relation {:?}", tool.relation));
    }
    // What a WHATWG parser, as in the component's host, makes of it must still be the same path.
    let reparsed = url::Url::parse(url).map_err(|error| error.to_string())?;
    if !reparsed.as_str().starts_with(&format!("{BASE}{}", if tool.action == "call" { "rpc/" } else { "" })) {
        return Err("a URL parser leaves the base".to_owned());
    }
    methods(tool, method)?;
    let (mut names, mut filtered) = (BTreeSet::new(), false);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or("a parameter without a value")?;
        if name.starts_with("%22") {
            // A condition of its own; two of them may be about one column.
            filtered = true;
            plain(scope, &decode(name)?, &decode(value)?)?;
            continue;
        }
        if !names.insert(name) {
            return Err(format!("the parameter {name} twice"));
        }
        parameter(scope, name, &decode(value)?)?;
    }
    if *method == Method::PATCH || *method == Method::DELETE {
        // A change without a filter would be one of the whole table.
        if !filtered {
            return Err("a change that is not filtered by plain conditions".to_owned());
        }
        // Some servers apply a tree once more, to the rows that an update answers.
        let prefer = headers.get("prefer").and_then(|prefer| prefer.to_str().ok()).unwrap_or_default();
        if names.contains("and") && *method == Method::PATCH && !prefer.starts_with("return=minimal,count=exact,") {
            return Err("an update by a tree that answers rows".to_owned());
        }
    }
    written(tool, method, body)
}

fn methods(tool: &Tool, method: &Method) -> Problem {
    let allowed: &[Method] = match tool.action {
        "select" => &[Method::GET],
        "insert" | "upsert" | "call" => &[Method::POST],
        // The keys are read first where the server cannot bound a change.
        "update" => &[Method::PATCH, Method::GET],
        _ => &[Method::DELETE, Method::GET],
    };
    if allowed.contains(method) { Ok(()) } else { Err(format!("{method} for {}", tool.action)) }
}

fn parameter(scope: Scope<'_>, name: &str, value: &str) -> Problem {
    let tool = scope.tool;
    let readable = |column: &&Column| column.read;
    match name {
        "select" => {
            let mut text = Text(value);
            loop {
                let first = text.name()?;
                let source = if text.take(":\"") { text.quoted()? } else { first.clone() };
                // A delete needs the columns of its tree, under names that nobody is shown.
                let hidden = scope.deletes && first.starts_with('~');
                known(tool, &source, |column| column.read || hidden && !column.operators.is_empty())?;
                let _ = text.take("::_text") || text.take("::text");
                if text.0.is_empty() {
                    return Ok(());
                }
                text.expect(",")?;
            }
        }
        "and" => {
            let mut text = Text(value);
            conditions(scope, &mut text, 0)?;
            text.end()
        }
        "order" => {
            let mut text = Text(value);
            loop {
                let source = text.name()?;
                known(tool, &source, readable)?;
                if !(text.take(".desc") || text.take(".asc")) {
                    return Err(format!("an order without a direction at {:?}", text.0));
                }
                text.expect(".nullslast")?;
                if text.0.is_empty() {
                    return Ok(());
                }
                text.expect(",")?;
            }
        }
        "limit" | "offset" => value.parse::<u32>().map(|_| ()).map_err(|error| error.to_string()),
        "columns" | "on_conflict" => {
            let mut text = Text(value);
            loop {
                let source = text.name()?;
                known(tool, &source, |column| column.insert || name == "on_conflict" && tool.key.contains(&column.source))?;
                if text.0.is_empty() {
                    return Ok(());
                }
                text.expect(",")?;
            }
        }
        _ => Err(format!("the parameter {name}")),
    }
}

/// `(condition,condition,…)`
fn conditions(scope: Scope<'_>, text: &mut Text<'_>, depth: u32) -> Problem {
    if depth > 20 {
        return Err("too deep".to_owned());
    }
    text.expect("(")?;
    loop {
        if text.0.starts_with("and(") || text.0.starts_with("or(") {
            let _ = text.take("and") || text.take("or");
            conditions(scope, text, depth + 1)?;
        } else {
            condition(scope, text)?;
        }
        if text.take(")") {
            return Ok(());
        }
        text.expect(",")?;
    }
}

fn condition(scope: Scope<'_>, text: &mut Text<'_>) -> Problem {
    let source = text.quoted_name()?;
    text.expect(".")?;
    let negated = text.take("not.");
    let word = text.word().to_owned();
    let word = word.as_str();
    text.expect(".")?;
    match word {
        "in" => list(text)?,
        "is" => text.expect("null")?,
        _ => {
            if !(text.take("true") || text.take("false")) {
                text.quoted_name()?;
            }
        }
    }
    operator_of(scope, &source, word, negated)
}

fn operator_of(scope: Scope<'_>, source: &str, word: &str, negated: bool) -> Problem {
    let operator = match (word, negated) {
        ("in", true) => "not_in",
        ("is", _) => "is_null",
        (_, true) => return Err(format!("not.{word}")),
        ("cs", false) => "contains",
        ("cd", false) => "contained_by",
        ("ov", false) => "overlaps",
        ("wfts", false) => "search",
        (word, false) => word,
    };
    let allowed =
        |column: &&Column| column.operators.iter().any(|allowed| allowed == operator) || of_key(scope, column, operator);
    known(scope.tool, source, allowed).map_err(|problem| format!("{problem} with {operator}"))
}

/// `"column"=operator.operand`: the operand of a list is quoted, any other is the rest of the text.
fn plain(scope: Scope<'_>, name: &str, value: &str) -> Problem {
    let mut column = Text(name);
    let source = column.quoted_name()?;
    column.end()?;
    let mut text = Text(value);
    let negated = text.take("not.");
    let word = text.word().to_owned();
    text.expect(".")?;
    match word.as_str() {
        "in" => {
            list(&mut text)?;
            text.end()?;
        }
        "is" if text.0 != "null" => return Err(format!("is.{}", text.0)),
        _ => {}
    }
    operator_of(scope, &source, &word, negated)
}

fn list(text: &mut Text<'_>) -> Problem {
    text.expect("(")?;
    loop {
        text.quoted_name()?;
        if text.take(")") {
            return Ok(());
        }
        text.expect(",")?;
    }
}

/// The key finds again what a first step found, and continues a list.
fn of_key(scope: Scope<'_>, column: &Column, operator: &str) -> bool {
    let tool = scope.tool;
    match tool.action {
        "select" if scope.cursor => column.read && matches!(operator, "eq" | "gt" | "lt" | "is_null"),
        "update" | "delete" => tool.key.contains(&column.source) && matches!(operator, "eq" | "in"),
        _ => false,
    }
}

fn known(tool: &Tool, source: &str, allowed: impl Fn(&&Column) -> bool) -> Problem {
    let found = tool.columns.iter().find(|column| column.source == source);
    match found.filter(allowed) {
        Some(_) => Ok(()),
        None => Err(format!("the column {source:?}, which is not allowed there")),
    }
}

fn written(tool: &Tool, method: &Method, body: &[u8]) -> Problem {
    if *method == Method::GET || *method == Method::DELETE {
        return if body.is_empty() { Ok(()) } else { Err("a body where none belongs".to_owned()) };
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let rows = match &body {
        Value::Array(rows) if matches!(tool.action, "insert" | "upsert") => rows.clone(),
        Value::Object(_) if matches!(tool.action, "update" | "call") => vec![body],
        _ => return Err(format!("a body of another shape: {body}")),
    };
    for row in rows {
        for name in row.as_object().ok_or("a row that is no object")?.keys() {
            known(tool, name, |column| match tool.action {
                "insert" => column.insert,
                "update" => column.update,
                "upsert" => column.insert && (column.update || tool.key.contains(&column.source)),
                _ => true,
            })?;
        }
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, String> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|error| error.to_string())
}

/// What is left to read.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn take(&mut self, prefix: &str) -> bool {
        self.0.strip_prefix(prefix).map(|rest| self.0 = rest).is_some()
    }

    fn expect(&mut self, prefix: &str) -> Problem {
        if self.take(prefix) { Ok(()) } else { Err(format!("expected {prefix:?} at {:?}", self.0)) }
    }

    fn end(&self) -> Problem {
        if self.0.is_empty() { Ok(()) } else { Err(format!("more than one value: {:?}", self.0)) }
    }

    fn quoted_name(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        self.quoted()
    }

    /// The rest of a quoted text, its opening quote already read.
    fn quoted(&mut self) -> Result<String, String> {
        let (mut text, mut chars) = (String::new(), self.0.char_indices());
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[index + 1..];
                    return Ok(text);
                }
                '\\' => text.push(chars.next().ok_or("a backslash at the end")?.1),
                c => text.push(c),
            }
        }
        Err("a quote that does not end".to_owned())
    }

    /// A quoted name, or a plain one.
    fn name(&mut self) -> Result<String, String> {
        if self.take("\"") { self.quoted() } else { Ok(self.word().to_owned()) }
    }

    fn word(&mut self) -> &str {
        let end = self.0.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word
    }
}
