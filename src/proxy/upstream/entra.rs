//! Microsoft Entra ID: one tenant, `https://login.microsoftonline.com/<tenant id>/v2.0`, or several by `common` or `organizations`.
//!
//! `resource` is never sent: it does not fit the scopes (AADSTS9010010). The scopes are sent with the code as well (AADSTS28003).
//! Its discovery does not say that it does PKCE; it does, and these addresses need no discovery.

use super::{
    Upstream,
    endpoints::{Endpoints, Found},
    flow::Proof,
    id_token::{IdTokens, TENANT},
};
use crate::{config, outbound::Style};

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let issuer = settings.issuer.clone().unwrap_or_default();
    let at = issuer.strip_suffix("/v2.0").unwrap_or_default();
    let usual = Found {
        authorize: format!("{at}/oauth2/v2.0/authorize"),
        token: format!("{at}/oauth2/v2.0/token"),
        jwks: format!("{at}/discovery/v2.0/keys"),
        revoke: None,
        post: true,
    };
    // A token names the tenant of its user, never `common`.
    let (authority, tenant) = at.rsplit_once('/').unwrap_or_default();
    let many = config::SHARED_TENANTS.contains(&tenant);
    let expected = if many { format!("{authority}/{TENANT}/v2.0") } else { issuer.clone() };
    let proof = Proof::IdToken(IdTokens::new(vec![expected], &settings.tenants));
    let endpoints = Endpoints::fixed(usual, &settings.urls);
    let upstream = Upstream::of(settings, "Microsoft", Upstream::client(settings, Style::Post), endpoints, proof);
    let upstream = upstream.with_scopes(&["openid", "profile", "email", "offline_access"]).with_extra("prompt", "select_account");
    let renews = upstream.asks_for("offline_access");
    let issuer = (!many).then_some(issuer);
    Upstream { issuer, renews, forward_resource: false, scope_at_token: true, ..upstream }
}
