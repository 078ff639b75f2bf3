//! Which functions can be handed over.
//!
//! The doc-tests of kind `compile_fail` pass for any error on a stable compiler; `tests/messages.rs` looks at what it says.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

use crate::mcp::Context;

/// An async function of a [`Context`] and arguments, either of which may be left out:
///
/// ```
/// use mcp_latch::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Name { name: String }
///
/// async fn ping() -> &'static str { "pong" }
/// async fn me(cx: &Context<'_>) -> String { cx.identity.user().id.clone() }
/// async fn hello(Name { name }: Name) -> String { format!("Hello, {name}!") }
/// async fn greet(cx: &Context<'_>, Name { name }: Name) -> String { format!("{}: hello, {name}!", cx.identity.user().id) }
///
/// let registry = Registry::new()
///     .with_tool(tool("ping", ping))
///     .with_tool(tool("me", me))
///     .with_tool(tool("hello", hello))
///     .with_tool(tool("greet", greet))
///     .with_tool(tool("shout", async |Name { name }: Name| name.to_uppercase()));
/// ```
///
/// Anything else does not compile. A function that is not async:
///
/// ```compile_fail,E0277
/// use mcp_latch::prelude::*;
///
/// fn ping() -> &'static str { "pong" }
/// tool("ping", ping);
/// ```
///
/// Arguments without a schema:
///
/// ```compile_fail,E0277
/// use mcp_latch::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Name { name: String }
/// async fn hello(_: &Context<'_>, Name { name }: Name) -> String { name }
/// tool("hello", hello);
/// ```
///
/// The arguments before the context:
///
/// ```compile_fail,E0277
/// use mcp_latch::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Name { name: String }
/// async fn hello(Name { name }: Name, _: &Context<'_>) -> String { name }
/// tool("hello", hello);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool, a prompt or a resource",
    label = "is not `async fn(&Context<'_>, A) -> R`, with arguments `A: Deserialize + JsonSchema`",
    note = "write `async fn name(cx: &Context<'_>, arguments: A) -> R`; either of the two parameters may be left out",
    note = "the arguments are one struct with `#[derive(Deserialize, JsonSchema)]`, or `serde_json::Value`",
    note = "the function must be `async`, and take the context by reference and before the arguments"
)]
pub trait Handler<Marker>: Send + Sync + 'static {
    /// What it takes.
    type Input: DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output;

    /// Runs it.
    fn call<'a>(&'a self, context: &'a Context<'_>, input: Self::Input) -> impl Future<Output = Self::Output> + 'a;
}

/// Arguments of a function without any.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "schemars")]
pub struct NoArguments {}

/// What tells the shapes of functions apart.
#[allow(missing_docs)]
pub mod marker {
    use std::marker::PhantomData;

    #[derive(Debug)]
    pub struct Nothing<R>(PhantomData<fn() -> R>);
    #[derive(Debug)]
    pub struct OfContext<R>(PhantomData<fn() -> R>);
    #[derive(Debug)]
    pub struct OfInput<A, R>(PhantomData<fn(A) -> R>);
    #[derive(Debug)]
    pub struct OfBoth<A, R>(PhantomData<fn(A) -> R>);
}

impl<F, R> Handler<marker::Nothing<R>> for F
where
    F: AsyncFn() -> R + Send + Sync + 'static,
    R: 'static,
{
    type Input = NoArguments;
    type Output = R;

    async fn call<'a>(&'a self, _: &'a Context<'_>, _: NoArguments) -> R {
        self().await
    }
}

impl<F, R> Handler<marker::OfContext<R>> for F
where
    F: AsyncFn(&Context<'_>) -> R + Send + Sync + 'static,
    R: 'static,
{
    type Input = NoArguments;
    type Output = R;

    async fn call<'a>(&'a self, context: &'a Context<'_>, _: NoArguments) -> R {
        self(context).await
    }
}

impl<F, A, R> Handler<marker::OfInput<A, R>> for F
where
    F: AsyncFn(A) -> R + Send + Sync + 'static,
    A: DeserializeOwned + JsonSchema + 'static,
    R: 'static,
{
    type Input = A;
    type Output = R;

    async fn call<'a>(&'a self, _: &'a Context<'_>, input: A) -> R {
        self(input).await
    }
}

impl<F, A, R> Handler<marker::OfBoth<A, R>> for F
where
    F: AsyncFn(&Context<'_>, A) -> R + Send + Sync + 'static,
    A: DeserializeOwned + JsonSchema + 'static,
    R: 'static,
{
    type Input = A;
    type Output = R;

    async fn call<'a>(&'a self, context: &'a Context<'_>, input: A) -> R {
        self(context, input).await
    }
}
