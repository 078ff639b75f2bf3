//! Any OAuth 2.0 server, by its endpoints. It must be able to say which client a token is of: by introspection. A userinfo
//! endpoint cannot, and is used only if the operator says so.

use super::{
    Upstream,
    endpoints::{Endpoints, Found},
    flow::Proof,
};
use crate::{
    config,
    outbound::{Style, host_of},
};

pub(super) fn upstream(settings: &config::Upstream) -> Upstream {
    let urls = &settings.urls;
    let label = host_of(settings.issuer.as_ref().or(urls.authorize.as_ref()).map_or("", String::as_str));
    let proof = match (&urls.introspect, &urls.userinfo) {
        (None, Some(url)) if settings.unbound_identity => Proof::Userinfo(url.clone()),
        // The configuration has one, or was refused.
        (url, _) => Proof::Introspection(url.clone().unwrap_or_default()),
    };
    let client = Upstream::client(settings, Style::Basic);
    let upstream = Upstream::of(settings, &label, client, Endpoints::fixed(Found::default(), urls), proof);
    Upstream { issuer: settings.issuer.clone(), ..upstream }
}
