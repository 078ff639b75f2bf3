//! Okta's custom authorization servers: `https://example.okta.com/oauth2/default`.

use super::{
    Upstream,
    endpoints::{Endpoints, Found},
    flow::Proof,
    id_token::IdTokens,
};
use crate::{config, outbound::Style};

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let issuer = settings.issuer.clone().unwrap_or_default();
    let base = issuer.trim_end_matches('/');
    let usual = Found {
        authorize: format!("{base}/v1/authorize"),
        token: format!("{base}/v1/token"),
        jwks: format!("{base}/v1/keys"),
        revoke: Some(format!("{base}/v1/revoke")),
        post: false,
    };
    let proof = Proof::IdToken(IdTokens::new(vec![issuer.clone()], &[]));
    let endpoints = Endpoints::fixed(usual, &settings.urls);
    let upstream = Upstream::of(settings, "Okta", Upstream::client(settings, Style::Basic), endpoints, proof);
    let upstream = upstream.with_scopes(&["openid", "profile", "email", "offline_access"]);
    let renews = upstream.asks_for("offline_access");
    Upstream { issuer: Some(issuer), renews, ..upstream }
}
