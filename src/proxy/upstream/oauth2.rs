//! Any OAuth 2.0 server, by its endpoints. It must be able to say which client a token is of: by introspection. A userinfo
//! endpoint cannot, and is used only if the operator says so.

use super::{
    Upstream,
    client_auth::{Client, Style},
    endpoints::{Endpoints, Found},
    flow::Proof,
    outgoing::host_of,
};
use crate::config;

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let urls = &settings.urls;
    let label = host_of(settings.issuer.as_ref().or(urls.authorize.as_ref()).map_or("", String::as_str));
    let proof = match (&urls.introspect, &urls.userinfo) {
        (None, Some(url)) if settings.unbound_identity => Proof::Userinfo(url.clone()),
        // The configuration has one, or was refused.
        (url, _) => Proof::Introspection(url.clone().unwrap_or_default()),
    };
    let client = Client::new(settings, Style::Basic);
    let upstream = Upstream::of(settings, &label, client, Endpoints::fixed(Found::default(), urls), proof);
    Upstream { issuer: settings.issuer.clone(), ..upstream }
}
