//! Resources with a URI of their own: fixed content, or what a function gives.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Handler, Json, ToolError,
    described::described,
    function::Function,
    gate::{Gate, gated},
    handler::NoArguments,
};
use crate::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Access, Context, Payload, ReadError, Reading, Registry, ResourceSpec, ResourceTemplate, Resources},
};

/// How long a client may use fixed content again, in milliseconds: it changes with the build.
const FIXED_TTL_MS: u64 = 60_000;
pub(super) const TEXT_TYPE: &str = "text/plain";
const BYTES_TYPE: &str = "application/octet-stream";
const JSON_TYPE: &str = "application/json";

/// Makes a resource of fixed content or of an async function; see [`Source`].
///
/// ```
/// use mcp_latch::prelude::*;
///
/// async fn clock(cx: &Context<'_>) -> String { format!("{} s since 1970", cx.host.now()) }
///
/// Registry::new()
///     .with_resource(resource("doc://manual", "manual", "# Manual\n…").mime_type("text/markdown"))
///     .with_resource(resource("doc://logo", "logo", b"\x89PNG").mime_type("image/png"))
///     .with_resource(resource("clock://now", "clock", clock).description("The server's clock."));
/// ```
pub fn resource<M>(uri: impl Into<String>, name: impl Into<String>, source: impl Source<M>) -> ResourceFn {
    let source = source.into_body();
    let (mime_type, size) = match &source.0 {
        Body::Fixed(Payload::Text(text)) => (TEXT_TYPE, Some(text.len() as u64)),
        Body::Fixed(Payload::Bytes(bytes)) => (BYTES_TYPE, Some(bytes.len() as u64)),
        Body::Made(_, mime_type) => (*mime_type, None),
    };
    let spec = ResourceSpec { uri: uri.into(), name: name.into(), mime_type: mime_type.into(), size, ..ResourceSpec::default() };
    ResourceFn { spec, gate: Gate::default(), body: source.0 }
}

/// A resource made by [`resource`].
pub struct ResourceFn {
    spec: ResourceSpec,
    gate: Gate,
    body: Body,
}

/// Where a resource's content comes from: text or bytes that never change, which clients may subscribe to and whose size is listed;
/// or an async function, with or without a [`Context`], that returns a [`ReadReply`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the content of a resource",
    label = "is neither text or bytes, nor `async fn(&Context<'_>) -> R`",
    note = "give `&str`, `String`, `&[u8]`, `Vec<u8>` or `Payload` for content that never changes",
    note = "or an async function that returns such a value, `Json(value)`, `Reading`, an `Option` or a `Result` of these"
)]
pub trait Source<Marker> {
    #[doc(hidden)]
    fn into_body(self) -> Opaque;
}

#[doc(hidden)]
pub struct Opaque(Body);

/// Marks content that never changes.
#[derive(Debug)]
pub struct Fixed;

enum Body {
    Fixed(Payload),
    /// The function, and the type of what it gives.
    Made(Reader, &'static str),
}

/// A function that reads, given the content's type; `None` if there is no such resource.
pub(super) type Reader = Function<Cow<'static, str>, Option<Reading>>;

impl<T: Into<Payload>> Source<Fixed> for T {
    fn into_body(self) -> Opaque {
        Opaque(Body::Fixed(self.into()))
    }
}

impl<M: 'static, H> Source<(M,)> for H
where
    H: Handler<M, Input = NoArguments>,
    H::Output: ReadReply,
{
    fn into_body(self) -> Opaque {
        Opaque(Body::Made(Function::new(self, H::Output::reading), H::Output::MIME_TYPE))
    }
}

/// Something that reading a resource can give: text, bytes, [`Payload`], [`Json`], a whole [`Reading`], `None` if there is no such
/// resource, or a `Result` of one of these with an error that a [`ToolError`] can be made of.
#[diagnostic::on_unimplemented(
    message = "a resource cannot be read as `{Self}`",
    label = "is not the content of a resource",
    note = "return `String`, `Vec<u8>`, `Payload`, `Json(value)` or `Reading`; or an `Option` or a `Result<_, ToolError>` of one of these"
)]
pub trait ReadReply {
    /// The type of the content, unless the resource says another.
    const MIME_TYPE: &'static str = TEXT_TYPE;

    /// The content, or `None` if there is no such resource.
    ///
    /// # Errors
    /// It cannot be read.
    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError>;
}

/// Computed content may be another one at the next moment.
fn once(mime_type: Cow<'static, str>, body: Payload) -> Result<Option<Reading>, ToolError> {
    Ok(Some(Reading { mime_type, body, ttl_ms: 0 }))
}

impl ReadReply for String {
    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        once(mime_type, self.into())
    }
}

impl ReadReply for &'static str {
    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        once(mime_type, self.into())
    }
}

impl ReadReply for Vec<u8> {
    const MIME_TYPE: &'static str = BYTES_TYPE;

    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        once(mime_type, self.into())
    }
}

impl ReadReply for Payload {
    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        once(mime_type, self)
    }
}

impl<T: Serialize + JsonSchema> ReadReply for Json<T> {
    const MIME_TYPE: &'static str = JSON_TYPE;

    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        once(mime_type, serde_json::to_string(&self.0)?.into())
    }
}

impl ReadReply for Reading {
    fn reading(self, _: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        Ok(Some(self))
    }
}

impl<R: ReadReply> ReadReply for Option<R> {
    const MIME_TYPE: &'static str = R::MIME_TYPE;

    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        self.map_or(Ok(None), |content| content.reading(mime_type))
    }
}

impl<R: ReadReply, E: Into<ToolError>> ReadReply for Result<R, E> {
    const MIME_TYPE: &'static str = R::MIME_TYPE;

    fn reading(self, mime_type: Cow<'static, str>) -> Result<Option<Reading>, ToolError> {
        self.map_err(Into::into)?.reading(mime_type)
    }
}

/// The method that says what the content of a resource or a family of them is.
macro_rules! of_content {
    () => {
        /// Says what the content is, such as `text/markdown`. Without it, it is plain text, JSON or bytes, as the type says.
        #[must_use]
        pub fn mime_type(mut self, mime_type: impl Into<std::borrow::Cow<'static, str>>) -> Self {
            self.spec.mime_type = mime_type.into();
            self
        }
    };
}
pub(super) use of_content;

impl ResourceFn {
    described!("Tells the model what it is.");
    of_content!();
    gated!("resource");

    /// How it is listed.
    pub const fn spec(&self) -> &ResourceSpec {
        &self.spec
    }
}

impl Registry {
    /// Adds a resource.
    #[must_use]
    pub fn with_resource(self, resource: ResourceFn) -> Self {
        self.with_resources(resource)
    }
}

impl Resources for ResourceFn {
    fn list(&self, identity: &Identity) -> Vec<ResourceSpec> {
        let there = self.gate.access(identity) != Access::Hidden;
        there.then(|| self.spec.clone()).into_iter().collect()
    }

    fn templates(&self, _: &Identity) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    fn read<'a>(&'a self, context: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            if uri != self.spec.uri {
                return Err(ReadError::NotFound);
            }
            self.gate.admit(context.identity)?;
            match &self.body {
                Body::Fixed(body) => {
                    Ok(Reading { mime_type: self.spec.mime_type.clone(), body: body.clone(), ttl_ms: FIXED_TTL_MS })
                }
                Body::Made(reader, _) => {
                    let read = reader.run(context, &json!({}), self.spec.mime_type.clone()).await;
                    let failed = |failure| ToolError::from(failure).of_read(&context, &self.spec.name);
                    read.map_err(failed)?.ok_or(ReadError::NotFound)
                }
            }
        })
    }

    fn complete(&self, _: &Identity, _: &str, _: &str, _: &str, _: &Map<String, Value>) -> Option<Vec<String>> {
        None
    }

    fn access(&self, identity: &Identity, uri: &str) -> Access {
        if uri == self.spec.uri { self.gate.access(identity) } else { Access::Granted }
    }

    fn is_fixed(&self, identity: &Identity, uri: &str) -> bool {
        self.has_fixed() && uri == self.spec.uri && self.gate.access(identity) == Access::Granted
    }

    fn has_fixed(&self) -> bool {
        matches!(self.body, Body::Fixed(_))
    }
}
