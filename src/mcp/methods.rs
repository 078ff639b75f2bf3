//! The methods both eras share.

use serde_json::{Map, Value, json};

use super::{Access, Context, ReadError, Server, Stop, code, jsonrpc::Fault};
use crate::identity::Refusal;

/// How long a client may reuse a list or the discovery result, in milliseconds. They depend on the user and on the build.
pub(super) const LIST_TTL_MS: u64 = 60_000;
/// What both eras say, each with its own code.
pub(super) const NO_SUCH_RESOURCE: &str = "there is no such resource";
/// Most values of one completion (MCP `CompleteResult`).
const MAX_COMPLETIONS: usize = 100;

/// What became of a method call.
pub(super) enum Outcome {
    /// A result, and for how long the modern era lets the client use it again.
    Done { result: Map<String, Value>, ttl_ms: Option<u64> },
    /// Both eras have their own way to say this.
    NoSuchMethod,
    /// Likewise. The URI asked for.
    NoSuchResource(String),
}

/// Name and version of this server.
pub(super) fn server_info() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })
}

pub(super) async fn call(
    server: &Server,
    context: Context<'_>,
    method: &str,
    params: &Map<String, Value>,
) -> Result<Outcome, Stop> {
    let registry = &server.registry;
    let has_resources = registry.resources().next().is_some();
    match method {
        "tools/list" => list("tools", params, || registry.list_tools(context.identity)),
        "tools/call" => call_tool(server, context, params).await.map(|result| Outcome::Done { result, ttl_ms: None }),
        "resources/list" if has_resources => list("resources", params, || {
            let all = registry.resources().flat_map(|family| family.list(context.identity));
            all.map(|spec| serde_json::to_value(spec).unwrap_or_default()).collect()
        }),
        "resources/templates/list" if has_resources => list("resourceTemplates", params, || {
            let all = registry.resources().flat_map(|family| family.templates(context.identity));
            all.map(|spec| serde_json::to_value(spec).unwrap_or_default()).collect()
        }),
        "resources/read" if has_resources => read_resource(server, context, params).await,
        "completion/complete" if has_resources => complete(server, context, params),
        _ => Ok(Outcome::NoSuchMethod),
    }
}

fn list(member: &str, params: &Map<String, Value>, items: impl FnOnce() -> Value) -> Result<Outcome, Stop> {
    first_page(params)?;
    let result = Map::from_iter([(member.to_owned(), items())]);
    Ok(Outcome::Done { result, ttl_ms: Some(LIST_TTL_MS) })
}

/// Lists have one page as yet, so no cursor is one of ours.
fn first_page(params: &Map<String, Value>) -> Result<(), Fault> {
    match params.get("cursor") {
        // Some clients write an absent optional as null.
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Fault::of_method(code::INVALID_PARAMS, "unknown cursor")),
    }
}

async fn call_tool(server: &Server, context: Context<'_>, params: &Map<String, Value>) -> Result<Map<String, Value>, Stop> {
    let name = text(params, "name")?;
    let no_such_tool = || Fault::of_method(code::INVALID_PARAMS, format!("there is no tool {name:.80}"));
    let tool = server.registry.tool(name).ok_or_else(no_such_tool)?;
    match tool.access(context.identity) {
        Access::Granted => {}
        Access::NeedsScopes(needed) => return Err(Refusal::InsufficientScope { needed }.into()),
        Access::Hidden => return Err(no_such_tool().into()),
    }
    let none = Map::new();
    let arguments = match params.get("arguments") {
        None => &none,
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(Fault::of_method(code::INVALID_PARAMS, "params.arguments is not an object").into()),
    };
    Ok(tool.call(context, arguments).await?.into_members())
}

async fn read_resource(server: &Server, context: Context<'_>, params: &Map<String, Value>) -> Result<Outcome, Stop> {
    let uri = text(params, "uri")?;
    for family in server.registry.resources() {
        match family.read(context, uri).await {
            Ok(reading) => {
                let result = Map::from_iter([("contents".to_owned(), reading.contents(uri))]);
                return Ok(Outcome::Done { result, ttl_ms: Some(reading.ttl_ms) });
            }
            Err(ReadError::NotFound) => {}
            Err(ReadError::Invalid(text)) => {
                let fault = Fault::of_method(code::INVALID_PARAMS, text);
                return Err(fault.with_data(json!({ "uri": excerpt(uri) })).into());
            }
            Err(ReadError::Failed(text)) => return Err(Fault::of_method(code::INTERNAL_ERROR, text).into()),
            Err(ReadError::Refused(refusal)) => return Err(refusal.into()),
        }
    }
    Ok(Outcome::NoSuchResource(excerpt(uri)))
}

/// As much of a client's URI as an answer repeats.
fn excerpt(uri: &str) -> String {
    uri.chars().take(200).collect()
}

fn complete(server: &Server, context: Context<'_>, params: &Map<String, Value>) -> Result<Outcome, Stop> {
    let member = |name: &str| params.get(name).and_then(Value::as_object);
    let (none, text) =
        (Map::new(), |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned));
    let (Some(reference), Some(argument)) = (member("ref"), member("argument")) else {
        return Err(Fault::of_method(code::INVALID_PARAMS, "params.ref or params.argument is missing").into());
    };
    let (Some(template), Some(variable), Some(typed)) = (text(reference, "uri"), text(argument, "name"), text(argument, "value"))
    else {
        return Err(Fault::of_method(code::INVALID_PARAMS, "only the variables of resource templates are completed").into());
    };
    let filled = member("context").and_then(|context| context.get("arguments")?.as_object()).unwrap_or(&none);
    let mut families = server.registry.resources();
    let found = families.find_map(|family| family.complete(context.identity, &template, &variable, &typed, filled));
    let values = found.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, "there is no such template or variable"))?;
    let (total, first) = (values.len(), values.into_iter().take(MAX_COMPLETIONS).collect::<Vec<_>>());
    let completion = json!({ "total": total, "hasMore": total > first.len(), "values": first });
    Ok(Outcome::Done { result: Map::from_iter([("completion".to_owned(), completion)]), ttl_ms: None })
}

/// A string the method cannot do without.
fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Result<&'a str, Fault> {
    let found = params.get(name).and_then(Value::as_str);
    found.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, format!("params.{name} is missing")))
}
