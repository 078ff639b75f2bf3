//! Providers as data: a constructor that fills a [`Verifier`]. A new provider is one file here.

mod custom;
mod issued;
mod supabase;

use super::{Policy, Verifier};
use crate::config::{Config, Provider};

/// The verifier of a Supabase project's own tokens for one of its OAuth clients, or without one for those of its legacy
/// sign-in: what the upstream of `LATCH_PROXY` must answer.
pub(crate) fn supabase_upstream(config: &Config, client_id: Option<&str>) -> Option<Verifier> {
    let Provider::Supabase(settings) = config.settings() else { return None };
    let policy = Policy { client_ids: client_id.map(str::to_owned).into_iter().collect(), required_scopes: Vec::new() };
    let settings = crate::config::Supabase { session_tokens: client_id.is_none(), ..settings.clone() };
    Some(supabase::verifier(config, &settings, policy))
}

/// The verifier a configuration asks for.
pub fn verifier(config: &Config) -> Verifier {
    let policy = Policy { client_ids: config.client_ids().to_vec(), required_scopes: config.required_scopes().to_vec() };
    match config.settings() {
        _ if config.proxy().is_some() => issued::verifier(config, policy),
        Provider::Ourselves => issued::verifier(config, policy),
        Provider::Supabase(settings) => supabase::verifier(config, settings, policy),
        Provider::Custom(settings) => custom::verifier(config, settings, policy),
    }
}
