//! A tool that is a function.

use mcp_latch::{
    host::LocalFuture,
    mcp::{Called, Context, Tool, ToolSpec},
};
use serde_json::{Map, Value, json};

pub(crate) type Arguments = Map<String, Value>;
/// What a tool does.
pub(crate) type Run = for<'a> fn(Context<'a>, &'a Arguments) -> LocalFuture<'a, Called>;

/// A tool of the suite.
pub(crate) struct Fixture {
    spec: ToolSpec,
    run: Run,
}

impl Fixture {
    /// A tool without arguments.
    pub(crate) fn new(name: &str, description: &str, run: Run) -> Self {
        let spec = ToolSpec {
            name: name.to_owned(),
            description: description.to_owned(),
            input_schema: json!({ "type": "object" }),
            ..ToolSpec::default()
        };
        Self { spec, run }
    }

    /// The same with arguments.
    pub(crate) fn taking(mut self, schema: Value) -> Self {
        self.spec.input_schema = schema;
        self
    }
}

impl Tool for Fixture {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Arguments) -> LocalFuture<'a, Called> {
        (self.run)(context, arguments)
    }
}

/// A text argument, or what stands for one.
pub(crate) fn text<'a>(arguments: &'a Arguments, name: &str, otherwise: &'a str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or(otherwise)
}
