//! Where an upstream's endpoints are: fixed, or found by discovery. What the operator says wins.

use std::sync::Arc;

use super::Trouble;
use crate::{
    config::Urls,
    host::Host,
    outbound::{Discovery, Document},
};

pub(super) use crate::outbound::Found;

/// The endpoints of one upstream.
#[derive(Debug)]
pub(super) enum Endpoints {
    Fixed(Arc<Found>),
    /// Those that the operator does not name are in the issuer's document.
    Discovered(Box<(Discovery, Urls)>),
}

impl Endpoints {
    /// Known ones, unless the operator says otherwise.
    pub(super) fn fixed(usual: Found, urls: &Urls) -> Self {
        let or = |given: &Option<String>, usual: String| given.clone().unwrap_or(usual);
        Self::Fixed(Arc::new(Found {
            authorize: or(&urls.authorize, usual.authorize),
            token: or(&urls.token, usual.token),
            jwks: or(&urls.jwks, usual.jwks),
            revoke: urls.revoke.clone().or(usual.revoke),
            post: usual.post,
        }))
    }

    /// Those the operator names, and the issuer's document for the rest.
    pub(super) fn discovered(issuer: &str, urls: &Urls) -> Self {
        if urls.authorize.is_some() && urls.token.is_some() && urls.jwks.is_some() {
            return Self::fixed(Found::default(), urls);
        }
        Self::Discovered(Box::new((Discovery::new(issuer, "LATCH_PROXY_ISSUER"), urls.clone())))
    }

    pub(super) async fn find(&self, host: &dyn Host) -> Result<Arc<Found>, Trouble> {
        match self {
            Self::Fixed(found) => Ok(Arc::clone(found)),
            Self::Discovered(both) => both.0.find(host, &|document| read(document, &both.1)).await,
        }
    }

    /// What we may call; the authorization endpoint is the browser's.
    pub(super) fn called(&self) -> Vec<String> {
        match self {
            Self::Fixed(found) => {
                [Some(found.token.clone()), Some(found.jwks.clone()), found.revoke.clone()].into_iter().flatten().collect()
            }
            Self::Discovered(both) => {
                let (discovery, Urls { token, jwks, revoke, .. }) = &**both;
                [Some(discovery.issuer.clone()), token.clone(), jwks.clone(), revoke.clone()].into_iter().flatten().collect()
            }
        }
    }
}

fn read(document: &Document<'_>, urls: &Urls) -> Result<Found, Trouble> {
    Ok(Found {
        authorize: document.endpoint(urls.authorize.as_ref(), "authorization_endpoint", "LATCH_PROXY_AUTHORIZE_URL")?,
        token: document.endpoint(urls.token.as_ref(), "token_endpoint", "LATCH_PROXY_TOKEN_URL")?,
        jwks: document.endpoint(urls.jwks.as_ref(), "jwks_uri", "LATCH_PROXY_JWKS_URL")?,
        // Signing out is possible without.
        revoke: urls.revoke.clone().or_else(|| document.optional("revocation_endpoint")),
        post: document.wants_post(),
    })
}
