//! A function whose types are forgotten, and the check before it runs.

use std::marker::PhantomData;

use serde::Deserialize as _;
use serde_json::Value;

use super::{Handler, ToolError, validate::Validator};
use crate::{host::LocalFuture, mcp::Context};

/// Takes arguments and `X`, which is known only when the call comes; gives `T`.
pub(super) struct Function<X, T> {
    validator: Validator,
    run: Box<dyn Run<X, T>>,
}

/// Why there is no result.
pub(super) enum Failure {
    /// The function did not run: which argument is wrong, and how.
    Unfit(String),
    /// It ran, or could not for a reason of its author's.
    Failed(ToolError),
}

impl From<Failure> for ToolError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unfit(sentences) => Self::new(sentences),
            Failure::Failed(error) => error,
        }
    }
}

impl<X: 'static, T: 'static> Function<X, T> {
    /// `finish` makes a result of what the function returns.
    pub(super) fn new<M: 'static, H: Handler<M>>(handler: H, finish: fn(H::Output, X) -> Result<T, ToolError>) -> Self {
        Self { validator: Validator::default(), run: Box::new(Typed { handler, finish, marker: PhantomData }) }
    }

    /// Runs it if the arguments fit the schema.
    pub(super) async fn checked(&self, schema: &Value, context: Context<'_>, arguments: &Value, extra: X) -> Result<T, Failure> {
        self.validator.check_arguments(schema, arguments)?;
        self.run(context, arguments, extra).await
    }

    /// Runs it if the arguments fit its types.
    pub(super) async fn run(&self, context: Context<'_>, arguments: &Value, extra: X) -> Result<T, Failure> {
        self.run.run(context, arguments, extra).await
    }
}

trait Run<X, T>: Send + Sync {
    fn run<'a>(&'a self, context: Context<'a>, arguments: &'a Value, extra: X) -> LocalFuture<'a, Result<T, Failure>>;
}

struct Typed<M, H: Handler<M>, X, T> {
    handler: H,
    finish: fn(H::Output, X) -> Result<T, ToolError>,
    marker: PhantomData<fn() -> M>,
}

impl<M, H: Handler<M>, X: 'static, T> Run<X, T> for Typed<M, H, X, T> {
    fn run<'a>(&'a self, context: Context<'a>, arguments: &'a Value, extra: X) -> LocalFuture<'a, Result<T, Failure>> {
        Box::pin(async move {
            // A type may want more than its schema says.
            let unfit = |error| Failure::Unfit(format!("The arguments do not fit: {error}."));
            let input = H::Input::deserialize(arguments).map_err(unfit)?;
            (self.finish)(self.handler.call(&context, input).await, extra).map_err(Failure::Failed)
        })
    }
}
