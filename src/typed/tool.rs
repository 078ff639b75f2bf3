//! Functions as tools.

use serde_json::{Map, Value};

use super::{
    Handler, Reply, ToolError,
    described::described,
    function::Function,
    gate::{Gate, gated},
    schema,
    validate::Validator,
};
use crate::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Access, CallResult, Called, Context, Tool, ToolSpec},
};

/// Makes a tool of an async function; see [`Handler`] for which, and [`Reply`] for what it may return.
///
/// The input schema is that of the arguments' type, with field documentation as descriptions. The type's own documentation is the
/// tool's description unless [`ToolFn::description`] says another one. Arguments are checked against the schema before the function
/// runs; the model is told which one is wrong and how.
///
/// ```
/// use mcp_latch::prelude::*;
///
/// /// Adds two whole numbers.
/// #[derive(Deserialize, JsonSchema)]
/// struct Add {
///     /// The first number.
///     a: i64,
///     /// The second.
///     b: i64,
/// }
///
/// async fn add(Add { a, b }: Add) -> Result<String, ToolError> {
///     let sum = a.checked_add(b).ok_or_else(|| ToolError::new("the sum is too large"))?;
///     Ok(sum.to_string())
/// }
///
/// let tool = tool("add", add).read_only();
/// assert_eq!(tool.spec().description, "Adds two whole numbers.");
/// assert_eq!(tool.spec().input_schema, json!({
///     "type": "object",
///     "properties": {
///         "a": { "type": "integer", "description": "The first number." },
///         "b": { "type": "integer", "description": "The second." }
///     },
///     "required": ["a", "b"]
/// }));
/// ```
///
/// The name is 1 to 64 of `A-Z a-z 0-9 _ - .`: hosts make their own names of it and take no others.
///
/// # Panics
/// In debug builds, if the name is another one, or the arguments are no object.
pub fn tool<M, H>(name: impl Into<String>, function: H) -> ToolFn
where
    M: 'static,
    H: Handler<M>,
    H::Output: Reply,
{
    let name = name.into();
    debug_assert!(is_name(&name), "{name:?} is no name of a tool: it is 1 to 64 of A-Z a-z 0-9 _ - .");
    let (input_schema, description) = schema::of_input::<H::Input>();
    let description = description.unwrap_or_default();
    let spec = ToolSpec { name, description, input_schema, output_schema: H::Output::schema(), ..ToolSpec::default() };
    let function = Function::new(function, |output: H::Output, ()| output.reply());
    ToolFn { spec, gate: Gate::default(), function, output: Validator::default() }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// A tool made of a function by [`tool`].
pub struct ToolFn {
    spec: ToolSpec,
    gate: Gate,
    function: Function<(), CallResult>,
    output: Validator,
}

impl ToolFn {
    described!("Tells the model what it does and when to use it.");

    /// Says that it changes nothing.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.spec.annotations.read_only_hint = true;
        self
    }

    /// Says that it may destroy something: clients ask the user first.
    #[must_use]
    pub const fn destructive(mut self) -> Self {
        self.spec.annotations.destructive_hint = true;
        self
    }

    /// Says that calling it twice is the same as calling it once.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.spec.annotations.idempotent_hint = true;
        self
    }

    /// Says that it talks to systems nobody here knows.
    #[must_use]
    pub const fn open_world(mut self) -> Self {
        self.spec.annotations.open_world_hint = true;
        self
    }

    /// Sets the schema of the arguments, JSON Schema 2020-12 of type `object`, for functions that take a [`serde_json::Value`] or
    /// whose schema no type can say. It is listed as it is, and arguments are checked against it.
    ///
    /// ```
    /// use mcp_latch::prelude::*;
    ///
    /// let schema = json!({ "type": "object", "properties": { "x": { "$ref": "#/$defs/x" } }, "$defs": { "x": { "const": 1 } } });
    /// let tool = tool("echo", async |arguments: Value| arguments.to_string()).input_schema(schema.clone());
    /// assert_eq!(tool.spec().input_schema, schema);
    /// ```
    #[must_use]
    pub fn input_schema(mut self, schema: Value) -> Self {
        self.spec.input_schema = schema;
        self
    }

    /// Sets the schema of the structured result, for functions that return a [`CallResult`]. In debug builds a result that
    /// does not fit, or has no structure at all, is an error unless it tells of one itself ([`CallResult::error`]).
    #[must_use]
    pub fn output_schema(mut self, schema: Value) -> Self {
        self.spec.output_schema = Some(schema);
        self
    }

    gated!("tool");

    /// How it is listed.
    pub const fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn checked(&self, context: Context<'_>, arguments: &Map<String, Value>) -> Result<CallResult, ToolError> {
        // The validator wants a whole value; arguments are small.
        let arguments = Value::Object(arguments.clone());
        let result = self.function.checked(&self.spec.input_schema, context, &arguments, ()).await?;
        if cfg!(debug_assertions)
            && !result.is_error
            && let Some(schema) = &self.spec.output_schema
        {
            self.output.check_result(schema, result.structured.as_ref())?;
        }
        Ok(result)
    }
}

impl Tool for ToolFn {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn access(&self, identity: &Identity) -> Access {
        self.gate.access(identity)
    }

    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            match self.checked(context, arguments).await {
                Ok(result) => Ok(result),
                Err(error) => error.of_tool(&context, &self.spec.name),
            }
        })
    }
}
