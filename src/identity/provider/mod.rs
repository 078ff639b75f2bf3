//! Providers as data: a constructor that fills a [`Verifier`]. A new provider is one file here.

mod custom;
mod supabase;

use super::{Policy, Verifier};
use crate::config::{Config, Provider};

/// The verifier a configuration asks for.
pub fn verifier(config: &Config) -> Verifier {
    let policy = Policy { client_ids: config.client_ids().to_vec(), required_scopes: config.required_scopes().to_vec() };
    match config.settings() {
        Provider::Supabase(settings) => supabase::verifier(config, settings, policy),
        Provider::Custom(settings) => custom::verifier(config, settings, policy),
    }
}
