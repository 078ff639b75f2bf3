//! `completion/complete`: values while a person fills in a prompt's argument or a template's variable.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{
    Access, Stop, code,
    jsonrpc::Fault,
    methods::{Call, Outcome, done},
};
use crate::json;

/// Most values of one completion (MCP `CompleteResult`).
const MAX_COMPLETIONS: usize = 100;
/// What a variable's value is escaped for (RFC 6570 §3.2.2).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Call<'_> {
    pub(super) fn complete(self) -> Result<Outcome, Stop> {
        let invalid = |text: &str| Fault::of_method(code::INVALID_PARAMS, text);
        let nothing = || invalid("there is nothing of that name to complete");
        let member = |name: &str| self.params.get(name).and_then(Value::as_object);
        let (Some(reference), Some(argument)) = (member("ref"), member("argument")) else {
            return Err(invalid("params.ref or params.argument is missing").into());
        };
        let of = |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(name), Some(typed)) = (of(argument, "name"), of(argument, "value")) else {
            return Err(invalid("params.argument has no name or no value").into());
        };
        let none = Map::new();
        let filled = member("context").and_then(|context| context.get("arguments")?.as_object()).unwrap_or(&none);
        let (registry, identity) = (&self.server.registry, self.caller.identity);
        let values = match (of(reference, "type").as_deref(), of(reference, "name"), of(reference, "uri")) {
            (Some("ref/prompt"), Some(prompt), _) => {
                let prompt = registry.prompt(&prompt);
                if let Some(prompt) = prompt {
                    registry.prompt_access(prompt, identity).admit(|| self.hidden(nothing()))?;
                }
                let known = prompt.filter(|prompt| prompt.spec().arguments.iter().any(|argument| argument.name == name));
                known.map(|prompt| prompt.complete(identity, &name, &typed, filled))
            }
            (_, _, Some(template)) => {
                let all = || registry.resources();
                let access = all().fold(registry.template_access(&template, identity), |access, family| {
                    access.and(family.template_access(identity, &template, filled))
                });
                access.admit(|| self.hidden(nothing()))?;
                let values = all().find_map(|family| family.complete(identity, &template, &name, &typed, filled));
                // What cannot be read for any scopes is not told of either.
                let is_there = |value: &String| {
                    let uri = filled_in(&template, &name, value, filled);
                    uri.is_none_or(|uri| registry.resource_access(&uri, identity) != Access::Hidden)
                };
                values.map(|values| values.into_iter().filter(is_there).collect())
            }
            _ => return Err(invalid("params.ref names neither a prompt nor a resource template").into()),
        };
        let values = values.ok_or_else(nothing)?;
        let (total, first) = (values.len(), values.into_iter().take(MAX_COMPLETIONS).collect::<Vec<_>>());
        let completion = json!({ "total": total, "hasMore": total > first.len(), "values": first });
        Ok(done(json::members([("completion".to_owned(), completion)])))
    }
}

/// The URI of a template whose variables have all been given: one of them here, the others before. `None` while some are open.
fn filled_in(template: &str, variable: &str, value: &str, filled: &Map<String, Value>) -> Option<String> {
    let mut pieces = template.split('{');
    let mut uri = pieces.next()?.to_owned();
    for piece in pieces {
        let (name, literal) = piece.split_once('}')?;
        let value = if name == variable { value } else { filled.get(name)?.as_str()? };
        uri.extend(utf8_percent_encode(value, VALUE));
        uri.push_str(literal);
    }
    Some(uri)
}
