//! One instance of the component, and one request through it.

use http::{Request, Response};
use http_body::Body;
use tokio::sync::oneshot;
use wasmtime::component::Resource;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView as _};

use super::state::{Shared, State};

/// The component's answer: a response whose body is still being written, or the error it reported instead.
pub(super) type Answer = Result<Response<WasiBody>, ErrorCode>;

/// A component at work or waiting for some.
pub(super) struct Instance {
    store: Store<State>,
    proxy: Proxy,
    /// Requests it was given.
    pub(super) served: u32,
}

/// A request that lies in the instance's table, ready to be handled.
pub(super) struct Call {
    request: Resource<HostIncomingRequest>,
    out: Resource<HostResponseOutparam>,
}

impl Instance {
    pub(super) async fn new(pre: &ProxyPre<State>, shared: &Shared) -> wasmtime::Result<Self> {
        let mut store = Store::new(pre.engine(), State::new(shared));
        store.limiter(|state| &mut state.memory);
        // Hand the thread back at every tick: deadlines and other requests get their turn even while this one computes. Tokio's
        // own yield lets the runtime look at sockets and timers first; wasmtime's would only go to the end of the run queue.
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))));
        store.set_epoch_deadline(1);
        let proxy = pre.instantiate_async(&mut store).await?;
        shared.stats.instance();
        Ok(Self { store, proxy, served: 0 })
    }

    /// Puts the request into the instance. The answer arrives on the receiver, usually before [`Instance::run`] ends.
    ///
    /// # Errors
    /// The table is full: the component kept all it was ever given. The instance must not be used again.
    pub(super) fn prepare<B>(&mut self, request: Request<B>) -> wasmtime::Result<(Call, oneshot::Receiver<Answer>)>
    where
        B: Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Error>,
    {
        let (sender, receiver) = oneshot::channel();
        let mut http = self.store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let out = http.new_response_outparam(sender)?;
        Ok((Call { request, out }, receiver))
    }

    /// Runs the handler to its end, which may be after the answer was given and its body streamed.
    ///
    /// # Errors
    /// The component trapped. The instance must not be used again.
    pub(super) async fn run(&mut self, call: Call) -> wasmtime::Result<()> {
        self.served = self.served.saturating_add(1);
        self.store.set_epoch_deadline(1);
        self.proxy.wasi_http_incoming_handler().call_handle(&mut self.store, call.request, call.out).await
    }
}
