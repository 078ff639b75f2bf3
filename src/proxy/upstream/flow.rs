//! What all upstreams have in common: sending the browser there, spending its code, asking again, giving back.

use serde_json::Map;
use url::Url;

use super::{
    Grant, Redeem, Request, Trouble, Upstream,
    endpoints::Found,
    exchange::{self, Tokens},
    github::{self, Github},
    id_token::IdTokens,
    introspect,
    profile::Who,
    supabase::Supabase,
    supabase_legacy, userinfo,
};
use crate::{
    outbound::Headers,
    {host::Host, secret::Secret},
};

/// How it is known who signed in.
#[derive(Debug)]
pub(super) enum Proof {
    /// By an ID token for our client.
    IdToken(IdTokens),
    /// By GitHub's check of a token of our app.
    Github(Github),
    /// By the project's access token for our client, or for none.
    Supabase(Box<Supabase>),
    /// By an introspection endpoint that names our client.
    Introspection(String),
    /// By a userinfo endpoint, which the operator says is enough.
    Userinfo(String),
}

/// What has to come out.
#[derive(Debug, Clone, Copy)]
enum Expected<'a> {
    /// An answer to our request with this nonce.
    Nonce(&'a str),
    /// This user again.
    Subject(&'a str),
}

impl Proof {
    /// What the upstream's gateway asks for.
    pub(super) fn gateway(&self) -> &Headers {
        const NONE: &Headers = &Vec::new();
        match self {
            Self::Supabase(supabase) => &supabase.headers,
            _ => NONE,
        }
    }

    /// What we call for it, beside the endpoints.
    pub(super) fn called(&self) -> Option<String> {
        match self {
            Self::Github(github) => Some(github.api.clone()),
            Self::Introspection(url) | Self::Userinfo(url) => Some(url.clone()),
            Self::IdToken(_) | Self::Supabase(_) => None,
        }
    }
}

pub(super) async fn authorize_url(upstream: &Upstream, host: &dyn Host, request: Request<'_>) -> Result<String, Trouble> {
    let found = upstream.endpoints.find(host).await?;
    let url = Url::parse(&found.authorize);
    let mut url = url.map_err(|_| Trouble::Misconfigured("the authorization endpoint is not a URL".to_owned()))?;
    if let Proof::Supabase(supabase) = &upstream.proof
        && let Some(provider) = &supabase.provider
    {
        supabase_legacy::authorize(upstream, &mut url, provider, request);
        return Ok(url.into());
    }
    let mut query = url.query_pairs_mut();
    query.append_pair("response_type", "code");
    query.append_pair("client_id", &upstream.client.id);
    query.append_pair("redirect_uri", request.callback);
    if !upstream.scopes.is_empty() {
        query.append_pair("scope", &upstream.scopes.join(" "));
    }
    query.append_pair("state", request.state);
    query.append_pair("code_challenge", request.code_challenge);
    query.append_pair("code_challenge_method", "S256");
    if matches!(upstream.proof, Proof::IdToken(_)) {
        query.append_pair("nonce", request.nonce);
    }
    if upstream.forward_resource {
        query.append_pair("resource", request.resource);
    }
    for (name, value) in &upstream.extras {
        query.append_pair(name, value);
    }
    drop(query);
    Ok(url.into())
}

pub(super) async fn redeem(upstream: &Upstream, host: &dyn Host, redeem: Redeem<'_>) -> Result<Grant, Trouble> {
    let found = upstream.endpoints.find(host).await?;
    let tokens = match &upstream.proof {
        Proof::Supabase(supabase) if supabase.provider.is_some() => {
            supabase_legacy::redeem(supabase, host, &found.token, redeem).await?
        }
        _ => exchange::code(upstream, host, &found, redeem).await?,
    };
    prove(upstream, host, &found, tokens, Expected::Nonce(redeem.nonce), None).await
}

pub(super) async fn renew(upstream: &Upstream, host: &dyn Host, keep: &str, subject: &str) -> Result<Grant, Trouble> {
    let found = upstream.endpoints.find(host).await?;
    let tokens = again(upstream, host, &found, keep).await?;
    prove(upstream, host, &found, tokens, Expected::Subject(subject), Some(keep)).await
}

/// New tokens for what was kept.
async fn again(upstream: &Upstream, host: &dyn Host, found: &Found, keep: &str) -> Result<Tokens, Trouble> {
    match &upstream.proof {
        Proof::Github(_) => match github::kept(keep)? {
            github::Kept::AccessToken(token) => Ok(Tokens::bare(token)),
            github::Kept::RefreshToken(token) => exchange::refresh(upstream, host, found, token).await,
        },
        Proof::Supabase(supabase) if supabase.provider.is_some() => {
            supabase_legacy::refresh(supabase, host, &found.token, keep).await
        }
        _ => exchange::refresh(upstream, host, found, keep).await,
    }
}

/// Who the tokens are of.
async fn prove(
    upstream: &Upstream,
    host: &dyn Host,
    found: &Found,
    tokens: Tokens,
    expected: Expected<'_>,
    kept: Option<&str>,
) -> Result<Grant, Trouble> {
    let token = tokens.access_token.expose();
    let mut who = match &upstream.proof {
        Proof::IdToken(rules) => match (&tokens.id_token, expected) {
            (Some(id_token), Expected::Nonce(nonce)) => {
                rules.verify(upstream, host, found, id_token.expose(), Some(nonce)).await?
            }
            (Some(id_token), Expected::Subject(_)) => rules.verify(upstream, host, found, id_token.expose(), None).await?,
            (None, Expected::Nonce(_)) => return Err(Trouble::Refused("the token endpoint gave no ID token".to_owned())),
            // It honoured a refresh token of its own; nothing says more than that.
            (None, Expected::Subject(subject)) => Who::new(subject.to_owned(), Map::new()),
        },
        Proof::Github(github) => github.check(upstream, host, &tokens).await?,
        Proof::Supabase(supabase) => supabase.check(host, token).await?,
        Proof::Introspection(url) => introspect::ask(upstream, host, found, url, token).await?,
        Proof::Userinfo(url) => userinfo::ask(upstream, host, url, token).await?,
    };
    if let Expected::Subject(subject) = expected
        && subject != who.subject
    {
        return Err(Trouble::Refused("what was refreshed is of another user".to_owned()));
    }
    if let (Expected::Nonce(_), Some(url)) = (expected, &upstream.details)
        && !who.claims.contains_key("email")
        && let Ok(more) = userinfo::ask(upstream, host, url, token).await
        // OpenID Connect Core §5.3.2: what it says of another user is not to be used.
        && more.subject == who.subject
    {
        for (name, value) in more.claims {
            who.claims.entry(name).or_insert(value);
        }
    }
    let keep = match &upstream.proof {
        Proof::Github(_) => Some(github::keep(&tokens)),
        // Google and others give a refresh token once, and keep it.
        _ => tokens.refresh_token.or_else(|| kept.map(Secret::new)),
    };
    Ok(Grant {
        subject: who.subject,
        claims: who.claims,
        access_token: tokens.access_token,
        expires_at: who.expires_at.or(tokens.expires_at),
        scopes: who.scopes.or(tokens.scopes).map(|scopes| rename(upstream, scopes)),
        keep,
    })
}

/// Scopes by the names they were asked for by.
fn rename(upstream: &Upstream, mut scopes: Vec<String>) -> Vec<String> {
    for scope in &mut scopes {
        if let Some(short) = scope.strip_prefix(upstream.scope_prefix)
            && upstream.asks_for(short)
        {
            *scope = short.to_owned();
        }
    }
    scopes
}

pub(super) async fn revoke(upstream: &Upstream, host: &dyn Host, keep: &str) -> Result<(), Trouble> {
    let found = upstream.endpoints.find(host).await?;
    let gone = match &upstream.proof {
        // Both forget by access token alone.
        Proof::Github(_) | Proof::Supabase(_) => match again(upstream, host, &found, keep).await {
            Ok(tokens) => match &upstream.proof {
                Proof::Github(github) => github.forget(upstream, host, &tokens).await,
                Proof::Supabase(supabase) => supabase.sign_out(host, &tokens).await,
                _ => Ok(()),
            },
            Err(trouble) => Err(trouble),
        },
        _ => match &found.revoke {
            // RFC 7009 §2.1.
            Some(url) => {
                let form = vec![("token", keep.to_owned()), ("token_type_hint", "refresh_token".to_owned())];
                exchange::post(upstream, host, &found, "the revocation endpoint", url, form).await.map(|_| ())
            }
            None => Ok(()),
        },
    };
    // What it does not know any more is forgotten already.
    match gone {
        Err(Trouble::Refused(_)) => Ok(()),
        outcome => outcome,
    }
}
