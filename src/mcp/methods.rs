//! The methods both eras share.

use serde_json::{Map, Value, json};

use super::{Context, Server, code, jsonrpc::Fault};

/// What became of a method call.
pub(super) enum Outcome {
    /// A list, which the modern era marks as cacheable.
    List(Map<String, Value>),
    /// Any other result.
    Done(Map<String, Value>),
    /// Both eras have their own way to say this.
    NoSuchMethod,
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
) -> Result<Outcome, Fault> {
    match method {
        "tools/list" => {
            first_page(params)?;
            let mut result = Map::new();
            result.insert("tools".into(), server.registry.list_tools());
            Ok(Outcome::List(result))
        }
        "tools/call" => call_tool(server, context, params).await.map(Outcome::Done),
        _ => Ok(Outcome::NoSuchMethod),
    }
}

/// Lists have one page as yet, so no cursor is one of ours.
fn first_page(params: &Map<String, Value>) -> Result<(), Fault> {
    match params.get("cursor") {
        // Some clients write an absent optional as null.
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Fault::of_method(code::INVALID_PARAMS, "unknown cursor")),
    }
}

async fn call_tool(server: &Server, context: Context<'_>, params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let name = params.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, "params.name is missing"))?;
    let tool = server.registry.tool(name);
    let tool = tool.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, format!("there is no tool {name:.80}")))?;
    let none = Map::new();
    let arguments = match params.get("arguments") {
        None => &none,
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(Fault::of_method(code::INVALID_PARAMS, "params.arguments is not an object")),
    };
    Ok(tool.call(context, arguments).await.into_members())
}
