//! Functions as prompts.

use serde_json::{Map, Value};

use super::{
    Handler, ToolError,
    complete::Completions,
    described::described,
    fields,
    function::Function,
    gate::{Gate, gated},
    schema,
};
use crate::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Access, Content, Context, Filled, Prompt, PromptArgument, PromptError, PromptSpec, Role},
};

/// Makes a prompt of an async function; see [`Handler`] for which, and [`PromptReply`] for what it may return.
///
/// Each field of the arguments is one blank to fill in, in their order; `Option`s may be left empty. What a person types is always
/// text; fields of other types, such as numbers, are read from it. All of it is checked against the type's schema before the
/// function runs.
///
/// ```
/// use mcp_latch::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Review {
///     /// What it is written in.
///     lang: Option<String>,
///     /// The code to look at.
///     code: String,
/// }
///
/// async fn review(Review { lang, code }: Review) -> String {
///     format!("Review this {} code:\n{code}", lang.as_deref().unwrap_or("Rust"))
/// }
///
/// let prompt = prompt("review", review)
///     .description("Asks for a code review.")
///     .complete("lang", |_| ["Rust", "Ruby", "Python"]);
/// assert_eq!(json!(prompt.spec().arguments), json!([
///     { "name": "lang", "description": "What it is written in.", "required": false },
///     { "name": "code", "description": "The code to look at.", "required": true }
/// ]));
/// ```
pub fn prompt<M, H>(name: impl Into<String>, function: H) -> PromptFn
where
    M: 'static,
    H: Handler<M>,
    H::Output: PromptReply,
{
    let (schema, description) = schema::of_input::<H::Input>();
    let arguments = arguments(&schema, fields::of::<H::Input>());
    let spec = PromptSpec { name: name.into(), description, arguments, ..PromptSpec::default() };
    let function = Function::new(function, |output: H::Output, ()| output.filled());
    PromptFn { spec, schema, gate: Gate::default(), completions: Completions::default(), function }
}

/// A prompt made of a function by [`prompt`].
pub struct PromptFn {
    spec: PromptSpec,
    schema: Value,
    gate: Gate,
    completions: Completions,
    function: Function<(), Filled>,
}

/// Something a prompt can be filled in to: text, which is what the user says; messages with their roles; [`Filled`]; or a `Result`
/// of one of these with an error that a [`ToolError`] can be made of.
///
/// ```compile_fail,E0277
/// use mcp_latch::prelude::*;
///
/// async fn review() -> Content { Content::text("Review this.") } // vec![(Role::User, content)]
/// prompt("review", review);
/// ```
#[diagnostic::on_unimplemented(
    message = "a prompt cannot return `{Self}`",
    label = "is not a reply of a prompt",
    note = "return `String`, `Vec<(Role, Content)>` or `Filled`, or `Result<one of these, ToolError>`"
)]
pub trait PromptReply {
    /// The prompt, filled in.
    ///
    /// # Errors
    /// It cannot be.
    fn filled(self) -> Result<Filled, ToolError>;
}

impl PromptReply for Filled {
    fn filled(self) -> Result<Filled, ToolError> {
        Ok(self)
    }
}

impl PromptReply for Vec<(Role, Content)> {
    fn filled(self) -> Result<Filled, ToolError> {
        Ok(Filled { description: None, messages: self })
    }
}

impl PromptReply for String {
    fn filled(self) -> Result<Filled, ToolError> {
        vec![(Role::User, Content::text(self))].filled()
    }
}

impl PromptReply for &'static str {
    fn filled(self) -> Result<Filled, ToolError> {
        self.to_owned().filled()
    }
}

impl<R: PromptReply, E: Into<ToolError>> PromptReply for Result<R, E> {
    fn filled(self) -> Result<Filled, ToolError> {
        self.map_err(Into::into)?.filled()
    }
}

impl PromptFn {
    described!("Tells people when to pick it. Without it, it is the documentation of the arguments' type.");

    /// Offers values for an argument. The function is given what was typed and may give more than fits: what does not begin with it
    /// is left out. An argument whose type is an enum offers its variants without this.
    #[must_use]
    pub fn complete<I, S>(mut self, argument: impl Into<String>, candidates: impl Fn(&str) -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.completions.add(argument.into(), candidates);
        self
    }

    gated!("prompt");

    /// How it is listed.
    pub const fn spec(&self) -> &PromptSpec {
        &self.spec
    }
}

impl Prompt for PromptFn {
    fn spec(&self) -> &PromptSpec {
        &self.spec
    }

    fn access(&self, identity: &Identity) -> Access {
        self.gate.access(identity)
    }

    fn get<'a>(
        &'a self,
        context: Context<'a>,
        arguments: &'a Map<String, Value>,
    ) -> LocalFuture<'a, Result<Filled, PromptError>> {
        Box::pin(async move {
            // All are text: that is checked before.
            let texts = arguments.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            let arguments = Value::Object(schema::typed(&self.schema, texts));
            let filled = self.function.checked(&self.schema, context, &arguments, ()).await;
            filled.map_err(|failure| ToolError::from(failure).of_prompt(&context, &self.spec.name))
        })
    }

    fn complete(&self, _: &Identity, argument: &str, typed: &str, _: &Map<String, Value>) -> Vec<String> {
        self.completions.of(argument, typed, || schema::choices(&self.schema, argument))
    }
}

/// The blanks, in the order of the type's fields; those whose place is unknown come last, by name.
fn arguments(schema: &Value, fields: &[&str]) -> Vec<PromptArgument> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let argument = |(name, property): (&String, &Value)| PromptArgument {
        name: name.clone(),
        description: property["description"].as_str().map(str::to_owned),
        required: required(name),
    };
    let mut arguments: Vec<PromptArgument> = schema["properties"].as_object().into_iter().flatten().map(argument).collect();
    arguments.sort_by_key(|argument| fields.iter().position(|field| *field == argument.name).unwrap_or(usize::MAX));
    arguments
}
