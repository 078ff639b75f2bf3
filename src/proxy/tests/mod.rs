//! The values that travel, and their sizes.
#![allow(clippy::unwrap_used)]

mod values;
