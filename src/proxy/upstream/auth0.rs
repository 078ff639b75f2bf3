//! Auth0: `https://tenant.us.auth0.com/`, or a domain of the operator's. An API's `audience` is needed for no sign-in; if it is
//! wanted, it is among the extras.

use super::{
    Upstream,
    endpoints::{Endpoints, Found},
    flow::Proof,
    id_token::IdTokens,
};
use crate::{config, outbound::Style};

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    // Auth0's issuers end with a slash, which is easily forgotten.
    let issuer = format!("{}/", settings.issuer.as_deref().unwrap_or_default().trim_end_matches('/'));
    let usual = Found {
        authorize: format!("{issuer}authorize"),
        token: format!("{issuer}oauth/token"),
        jwks: format!("{issuer}.well-known/jwks.json"),
        revoke: Some(format!("{issuer}oauth/revoke")),
        post: true,
    };
    let proof = Proof::IdToken(IdTokens::new(vec![issuer.clone()], &[]));
    // Its assertions are for the tenant, not for the token endpoint.
    let client = Upstream::client(settings, Style::Post).with_audience(issuer.clone());
    let upstream = Upstream::of(settings, "Auth0", client, Endpoints::fixed(usual, &settings.urls), proof);
    let upstream = upstream.with_scopes(&["openid", "profile", "email", "offline_access"]);
    let renews = upstream.asks_for("offline_access");
    Upstream { issuer: Some(issuer), renews, ..upstream }
}
