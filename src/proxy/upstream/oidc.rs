//! Any OpenID Connect provider, by its discovery document.

use super::{
    Upstream,
    client_auth::{Client, Style},
    endpoints::Endpoints,
    flow::Proof,
    id_token::IdTokens,
    outgoing::host_of,
};
use crate::config;

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let issuer = settings.issuer.clone().unwrap_or_default();
    let proof = Proof::IdToken(IdTokens::new(vec![issuer.clone()], &[]));
    let endpoints = Endpoints::discovered(&issuer, &settings.urls);
    let client = Client::new(settings, Style::Advertised);
    let upstream =
        Upstream::of(settings, &host_of(&issuer), client, endpoints, proof).with_scopes(&["openid", "email", "profile"]);
    Upstream { issuer: Some(issuer), ..upstream }
}
