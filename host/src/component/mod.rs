//! The component: where it is built, and what it is.

mod build;
mod inspect;
mod progress;
mod toolchain;

pub use build::{cache_dir, ensure_built, ensure_keyvalue_built};
pub use inspect::{Inspection, exports, imports, inspect};
