//! Google accounts. An ID token proves who signed in; the access token is opaque, and nobody needs it.

use super::{
    Upstream,
    endpoints::{Endpoints, Found},
    flow::Proof,
    id_token::IdTokens,
};
use crate::{config, outbound::Style};

const ISSUER: &str = "https://accounts.google.com";
/// As it was written long ago, and still may be.
const OLD_ISSUER: &str = "accounts.google.com";

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let usual = Found {
        authorize: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
        token: "https://oauth2.googleapis.com/token".to_owned(),
        jwks: "https://www.googleapis.com/oauth2/v3/certs".to_owned(),
        revoke: Some("https://oauth2.googleapis.com/revoke".to_owned()),
        post: true,
    };
    let issuer = settings.issuer.clone().unwrap_or_else(|| ISSUER.to_owned());
    let issuers = if issuer == ISSUER { vec![issuer.clone(), OLD_ISSUER.to_owned()] } else { vec![issuer.clone()] };
    let proof = Proof::IdToken(IdTokens::new(issuers, &settings.tenants));
    let upstream =
        Upstream::of(settings, "Google", Upstream::client(settings, Style::Post), Endpoints::fixed(usual, &settings.urls), proof);
    // Only so there is a refresh token, and for a user who was here before only with consent.
    let upstream = upstream.with_scopes(&["openid", "email", "profile"]).with_extra("access_type", "offline");
    let mut upstream = upstream.with_extra("prompt", "consent");
    // Google takes one domain here; it only helps the user to choose. What decides is the claim.
    if let [domain] = &settings.tenants[..] {
        upstream = upstream.with_extra("hd", domain);
    }
    let renews = upstream.extras.iter().any(|(name, value)| name == "access_type" && value == "offline");
    // Asked for `email`, it grants `https://www.googleapis.com/auth/userinfo.email`.
    Upstream { issuer: Some(issuer), renews, scope_prefix: "https://www.googleapis.com/auth/userinfo.", ..upstream }
}
