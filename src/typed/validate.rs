//! Values against their schema (JSON Schema 2020-12), and sentences about what does not fit.
//!
//! What it costs: a request has at most 50,000 values ([`crate::json`]), and `boon` looks at each of them once for each part of the
//! schema that speaks of it and remembers every mistake. `uniqueItems` hashes, and patterns are those of the crate `regex`, which
//! takes time in proportion to the text. Only a choice (`anyOf`, `oneOf`) between parts that refer to themselves through a property
//! of the same name doubles the work with each level of the value; no option of `boon` bounds that, and the host's limits end it.
//! What is bounded here is the rest: how many of the mistakes are looked at, and told.

use std::{error::Error, fmt::Write as _, sync::OnceLock};

use boon::{Compiler, Draft, ErrorKind, InstanceLocation, InstanceToken, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::Value;

use super::{ToolError, function::Failure};

/// What a schema without an `$id` is called while it is compiled.
const BASE: &str = "latch:schema";
/// Mistakes that are looked at to find the first ones that differ.
const MAX_LOOKED: usize = 1_000;
/// Mistakes that one answer names.
const MAX_MISTAKES: usize = 3;
/// Longest sentence about one mistake, in characters: it may repeat what was sent.
const MAX_SENTENCE: usize = 300;

/// A schema that is compiled when the first value comes: an instance may serve one request only, and most tools are not in it.
#[derive(Default)]
pub(super) struct Validator(OnceLock<Result<Compiled, String>>);

struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
}

/// A schema may refer to itself and to nothing outside.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        Err(format!("{url} is outside the schema").into())
    }
}

impl Validator {
    /// Tells the model which argument is wrong. Without a usable schema no arguments are right.
    pub(super) fn check_arguments(&self, schema: &Value, arguments: &Value) -> Result<(), Failure> {
        let unusable = |error| Failure::Failed(ToolError::internal(format!("the input schema: {error}")));
        self.compiled(schema).map_err(unusable)?.check(arguments).map_err(Failure::Unfit)
    }

    /// Tells the author that a result is not what the tool promises.
    pub(super) fn check_result(&self, schema: &Value, result: Option<&Value>) -> Result<(), ToolError> {
        let absent = || ToolError::internal("the tool has an output schema, and its result no structured content");
        let result = result.ok_or_else(absent)?;
        let compiled = self.compiled(schema).map_err(|error| ToolError::internal(format!("the output schema: {error}")))?;
        let unfit = |text| ToolError::internal(format!("the result does not fit the output schema: {text}"));
        compiled.check(result).map_err(unfit)
    }

    fn compiled(&self, schema: &Value) -> Result<&Compiled, &str> {
        self.0.get_or_init(|| Compiled::new(schema)).as_ref().map_err(String::as_str)
    }
}

impl Compiled {
    fn new(schema: &Value) -> Result<Self, String> {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.use_loader(Box::new(Nowhere));
        compiler.add_resource(BASE, schema.clone()).map_err(|error| error.to_string())?;
        let index = compiler.compile(BASE, &mut schemas).map_err(|error| error.to_string())?;
        Ok(Self { schemas, index })
    }

    /// What does not fit, in sentences.
    fn check(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.index).map_err(|error| sentences(&error))
    }
}

fn sentences(error: &ValidationError<'_, '_>) -> String {
    let mut budget = MAX_LOOKED;
    let leaves = leaves(error, &mut budget);
    different(leaves.into_iter().map(|leaf| short(&sentence(leaf)).to_owned())).join(" ")
}

/// The first few that differ. No more are asked for than it takes.
fn different(sentences: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for sentence in sentences {
        if !all.contains(&sentence) {
            all.push(sentence);
        }
        if all.len() == MAX_MISTAKES {
            break;
        }
    }
    all
}

/// The mistakes proper, as far as the budget lets one look. Of the ways in which a choice could fit, those count that fit best: the
/// mistake lies deepest.
fn leaves<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>, budget: &mut usize) -> Vec<&'e ValidationError<'s, 'v>> {
    let Some(left) = budget.checked_sub(1) else { return Vec::new() };
    *budget = left;
    if error.causes.is_empty() {
        return vec![error];
    }
    let mut leaves = Vec::new();
    for cause in &error.causes {
        if *budget == 0 {
            break;
        }
        leaves.extend(self::leaves(cause, budget));
    }
    if matches!(error.kind, ErrorKind::AnyOf | ErrorKind::OneOf(_)) {
        let depth = |leaf: &ValidationError<'_, '_>| leaf.instance_location.tokens.len();
        let deepest = leaves.iter().map(|leaf| depth(leaf)).max().unwrap_or_default();
        leaves.retain(|leaf| depth(leaf) == deepest);
    }
    leaves
}

fn sentence(error: &ValidationError<'_, '_>) -> String {
    let place = place(&error.instance_location);
    let inside = |names: Vec<String>| if place.is_empty() { quoted(&names) } else { format!("{} of `{place}`", quoted(&names)) };
    let subject = if place.is_empty() { "The arguments".to_owned() } else { format!("The argument `{place}`") };
    match &error.kind {
        ErrorKind::Required { want } => format!("The {} is missing.", inside(want.iter().map(|&name| name.to_owned()).collect())),
        ErrorKind::AdditionalProperties { got } => {
            format!("There is no {}; leave it out.", inside(got.iter().map(ToString::to_string).collect()))
        }
        ErrorKind::Type { got, want } => {
            let want: Vec<String> = want.iter().map(|kind| kind.to_string()).collect();
            format!("{subject} must be of type {}, not {got}.", want.join(" or "))
        }
        ErrorKind::Enum { want } => format!("{subject} must be one of {}.", listed(want)),
        ErrorKind::Const { want } => format!("{subject} must be {want}."),
        ErrorKind::Minimum { want, .. } => format!("{subject} must be {want} or more."),
        ErrorKind::Maximum { want, .. } => format!("{subject} must be {want} or less."),
        ErrorKind::ExclusiveMinimum { want, .. } => format!("{subject} must be more than {want}."),
        ErrorKind::ExclusiveMaximum { want, .. } => format!("{subject} must be less than {want}."),
        ErrorKind::MultipleOf { want, .. } => format!("{subject} must be a multiple of {want}."),
        ErrorKind::MinLength { want, .. } => format!("{subject} must have {want} characters or more."),
        ErrorKind::MaxLength { want, .. } => format!("{subject} must have {want} characters or fewer."),
        ErrorKind::MinItems { want, .. } => format!("{subject} must have {want} items or more."),
        ErrorKind::MaxItems { want, .. } => format!("{subject} must have {want} items or fewer."),
        ErrorKind::UniqueItems { .. } => format!("{subject} must not have an item twice."),
        ErrorKind::Pattern { want, .. } => format!("{subject} must match the pattern {want}."),
        ErrorKind::FalseSchema => format!("{subject} must be left out."),
        other => format!("{subject} must be as the schema says: {other}."),
    }
}

/// Such as `rows[0].title`; empty for the arguments as a whole. No longer than a sentence can be: members have any names.
fn place(location: &InstanceLocation<'_>) -> String {
    let mut text = String::new();
    for token in &location.tokens {
        if text.len() > MAX_SENTENCE {
            break;
        }
        match token {
            InstanceToken::Prop(name) => {
                let dot = if text.is_empty() { "" } else { "." };
                text.push_str(dot);
                text.push_str(short(name));
            }
            InstanceToken::Item(index) => drop(write!(text, "[{index}]")),
        }
    }
    text
}

fn short(text: &str) -> &str {
    text.char_indices().nth(MAX_SENTENCE).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn quoted(names: &[String]) -> String {
    let which = if names.len() == 1 { "argument" } else { "arguments" };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{which} {}", names.join(", "))
}

fn listed(values: &[Value]) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
