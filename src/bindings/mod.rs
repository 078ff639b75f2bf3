//! From a host's types to ours and back. No decisions here.

#[cfg(all(target_family = "wasm", feature = "component"))]
mod component;
#[cfg(all(target_family = "wasm", feature = "wasi-p2"))]
mod libc;
#[cfg(all(target_family = "wasm", feature = "wasi-p2"))]
pub mod wasi_p2;

/// Makes the crate a component: `wasi:http/incoming-handler@0.2` answered by the endpoint that a function makes of the
/// configuration.
///
/// ```
/// use mcp_latch::{Latch, config::Config, mcp::Registry};
///
/// fn server(config: Config) -> Latch {
///     Latch::with_registry(config, Registry::new())
/// }
///
/// mcp_latch::component!(server);
/// ```
///
/// The function runs once per instance, before the instance's first request. Natively the macro only checks its type.
#[macro_export]
macro_rules! component {
    ($server:expr) => {
        const _: fn($crate::config::Config) -> $crate::Latch = $server;

        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::wasi_p2::{Cell, generated as bindings, serve};

            struct Component;

            impl bindings::exports::wasi::http::incoming_handler::Guest for Component {
                fn handle(
                    request: bindings::wasi::http::types::IncomingRequest,
                    out: bindings::wasi::http::types::ResponseOutparam,
                ) {
                    static LATCH: Cell = Cell::new();
                    serve(&LATCH, $server, request, out);
                }
            }

    bindings::export!(Component with_types_in bindings);
        };
    };
}
