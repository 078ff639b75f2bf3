//! Any OpenID Connect provider, by its discovery document.

use super::{Upstream, endpoints::Endpoints, flow::Proof, id_token::IdTokens};
use crate::{
    config,
    outbound::{Style, host_of},
};

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let issuer = settings.issuer.clone().unwrap_or_default();
    let proof = Proof::IdToken(IdTokens::new(vec![issuer.clone()], &[]));
    let endpoints = Endpoints::discovered(&issuer, &settings.urls);
    let client = Upstream::client(settings, Style::Advertised);
    let upstream =
        Upstream::of(settings, &host_of(&issuer), client, endpoints, proof).with_scopes(&["openid", "email", "profile"]);
    Upstream { issuer: Some(issuer), ..upstream }
}
