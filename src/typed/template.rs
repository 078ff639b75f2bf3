//! Families of resources: a URI template and a function of its variables.

use serde_json::{Map, Value};

use super::{
    Handler, ReadReply,
    complete::Completions,
    described::described,
    function::{Failure, Function},
    gate::{Gate, gated},
    resource::{Reader, of_content},
    schema,
    uri::Template,
};
use crate::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Access, Context, ReadError, Reading, ResourceSpec, ResourceTemplate, Resources},
};

/// Makes a family of resources of a URI template and an async function of its variables; see [`Handler`] and [`ReadReply`].
///
/// Variables are simple ones (RFC 6570 §3.2.2), each a part of one segment of the URI, with something between two of them. They
/// come decoded and never empty; a value that is `.` or `..`, or that holds a slash, a backslash or a control character even in
/// escaped form, names nothing. Neither does one that the field's schema or type does not take, nor a number, a boolean or a UUID
/// in another spelling than its own (`07`, `7.0`): every rule about `note://7` is about each way to that note.
///
/// ```
/// use mcp_latch::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Note { id: u64 }
///
/// async fn note(Note { id }: Note) -> Option<String> {
///     (id == 7).then(|| "buy milk".to_owned())
/// }
///
/// Registry::new().with_resources(
///     resource_template("note://{id}", "note", note).description("One note.").complete("id", |_| ["7"]),
/// );
/// ```
///
/// # Panics
/// In debug builds, if the template is none. In release builds such a family is never listed and holds nothing.
pub fn resource_template<M, H>(template: impl Into<String>, name: impl Into<String>, function: H) -> TemplateFn
where
    M: 'static,
    H: Handler<M>,
    H::Output: ReadReply,
{
    let uri_template = template.into();
    let (schema, description) = schema::of_input::<H::Input>();
    let template = Template::parse(&uri_template);
    debug_assert!(template.is_some(), "{uri_template} is no URI template of simple variables such as note://{{id}}");
    let mime_type = H::Output::MIME_TYPE.into();
    let spec = ResourceTemplate { uri_template, name: name.into(), description, mime_type, ..ResourceTemplate::default() };
    let reader = Function::new(function, H::Output::reading);
    TemplateFn { spec, template, schema, gate: Gate::default(), completions: Completions::default(), reader }
}

/// A family of resources made by [`resource_template`].
pub struct TemplateFn {
    spec: ResourceTemplate,
    template: Option<Template>,
    schema: Value,
    gate: Gate,
    completions: Completions,
    reader: Reader,
}

impl TemplateFn {
    described!("Tells the model what it is.");
    of_content!();
    gated!("family");

    /// Offers values for a variable. The function is given what was typed and may give more than fits: what does not begin with it
    /// is left out. A variable whose type is an enum offers its variants without this.
    #[must_use]
    pub fn complete<I, S>(mut self, variable: impl Into<String>, candidates: impl Fn(&str) -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.completions.add(variable.into(), candidates);
        self
    }

    /// How it is listed.
    pub const fn spec(&self) -> &ResourceTemplate {
        &self.spec
    }

    fn is_there(&self, identity: &Identity) -> bool {
        self.template.is_some() && self.gate.access(identity) != Access::Hidden
    }
}

impl Resources for TemplateFn {
    fn list(&self, _: &Identity) -> Vec<ResourceSpec> {
        Vec::new()
    }

    fn templates(&self, identity: &Identity) -> Vec<ResourceTemplate> {
        self.is_there(identity).then(|| self.spec.clone()).into_iter().collect()
    }

    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            let variables = self.template.as_ref().and_then(|template| template.matches(uri)).ok_or(ReadError::NotFound)?;
            self.gate.admit(context.identity)?;
            let variables = Value::Object(schema::exact(&self.schema, variables).ok_or(ReadError::NotFound)?);
            let mime_type = self.spec.mime_type.clone();
            match self.reader.checked(&self.schema, context, &variables, mime_type).await {
                Ok(reading) => reading.ok_or(ReadError::NotFound),
                Err(Failure::Unfit(_)) => Err(ReadError::NotFound),
                Err(Failure::Failed(error)) => Err(error.of_read(&context, &self.spec.name)),
            }
        })
    }

    fn template_access(&self, identity: &Identity, template: &str, _: &Map<String, Value>) -> Access {
        if template == self.spec.uri_template && self.is_there(identity) { self.gate.access(identity) } else { Access::Granted }
    }

    fn complete(
        &self,
        identity: &Identity,
        template: &str,
        variable: &str,
        typed: &str,
        _: &Map<String, Value>,
    ) -> Option<Vec<String>> {
        let known = template == self.spec.uri_template && self.template.as_ref().is_some_and(|template| template.has(variable));
        let asked = known && self.is_there(identity);
        asked.then(|| self.completions.of(variable, typed, || schema::choices(&self.schema, variable)))
    }
}
