//! Rules every token must pass, as data. Each has to be chosen; none has a permissive default.

use serde_json::{Map, Value};

use super::{
    Refusal, claims,
    refusal::{quoted, shorten},
};
use crate::{host::UnixTime, jose::Header};

/// Clock differences forgiven, in seconds.
pub(super) const LEEWAY: u64 = 60;

/// Whom a token must be for (RFC 9068 §4, RFC 8707 §2). At least one value of `aud` is in `accept`, and every value is in
/// `accept` or `also`: a token that names a second service could be replayed by that service.
#[derive(Debug, Clone)]
pub struct Audience {
    accept: Vec<String>,
    also: Vec<String>,
    /// A token that names nobody is accepted.
    unbound: bool,
    /// Every token of the issuer names what is in `accept`.
    shared: bool,
}

impl Audience {
    /// Accepts `first` and `rest`; tolerates `also` beside them.
    pub fn new(first: impl Into<String>, rest: impl IntoIterator<Item = String>, also: impl IntoIterator<Item = String>) -> Self {
        let mut accept = vec![first.into()];
        accept.extend(rest);
        let mut others = Vec::new();
        others.extend(also);
        Self { accept: both_spellings(accept), also: both_spellings(others), unbound: false, shared: false }
    }

    /// Accepts tokens without an audience, and therefore those of every client of the issuer; one that has an audience must name
    /// `resource`.
    pub fn unbound(resource: &str, also: impl IntoIterator<Item = String>) -> Self {
        Self { unbound: true, ..Self::new(resource, [], also) }
    }

    /// The same for names that the issuer puts into every token.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { shared: true, ..self }
    }

    /// The accepted values.
    pub fn accepted(&self) -> &[String] {
        &self.accept
    }

    /// Whether a token without an audience is accepted.
    pub const fn is_unbound(&self) -> bool {
        self.unbound
    }

    /// Whether a token says nothing of the endpoint it is for.
    pub const fn is_shared(&self) -> bool {
        self.unbound || self.shared
    }

    pub(super) fn check(&self, members: &Map<String, Value>, hint: &'static str) -> Result<Vec<String>, Refusal> {
        let found = claims::texts(members, "aud")?;
        if found.is_none() && self.unbound {
            return Ok(Vec::new());
        }
        let found = found.filter(|found| !found.is_empty()).ok_or_else(|| missing(hint))?;
        if !found.iter().any(|value| self.accept.contains(value)) {
            return Err(Refusal::Audience { got: quoted(&found), expected: quoted(&self.accept), hint });
        }
        let others = || found.iter().filter(|value| !self.accept.contains(value) && !self.also.contains(value));
        if others().next().is_some() {
            return Err(Refusal::AudienceBeside { others: quoted(others()) });
        }
        Ok(found)
    }
}

/// A hint that only names the variable is none here: no value of it accepts a token for nobody.
fn missing(hint: &'static str) -> Refusal {
    let is_about_us = hint.starts_with("see ");
    Refusal::AudienceMissing {
        hint: if is_about_us { "let clients send `resource`, and the issuer put it into `aud`" } else { hint },
    }
}

/// `https://host` and `https://host/` are one URL (RFC 3986 §6.2.3). That is all that is forgiven.
fn both_spellings(names: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        let after_scheme = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"));
        let other = match after_scheme {
            Some(host) if !host.contains('/') => Some(format!("{name}/")),
            Some(host) if host.find('/') == Some(host.len() - 1) => Some(name.trim_end_matches('/').to_owned()),
            _ => None,
        };
        all.push(name);
        all.extend(other);
    }
    all
}

/// Which header `typ` is acceptable. What is not listed is refused, and with it every other kind of signed object an issuer
/// makes: `logout+jwt`, `dpop+jwt`, `secevent+jwt`, `oauth-id-jag+jwt` (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeRule {
    /// `at+jwt` (RFC 9068 §4).
    AccessToken,
    /// `at+jwt`, `JWT` or none.
    AccessTokenOrJwt,
    /// `at+jwt`, and the header's `cat` is none of these, each of which stands with what it means. Clerk marks its tokens so.
    AccessTokenBut(&'static [(&'static str, &'static str)]),
}

impl TypeRule {
    pub(super) fn check(self, header: &Header) -> Result<(), Refusal> {
        if let (Self::AccessTokenBut(others), Some(cat)) = (self, &header.cat)
            && let Some((_, what)) = others.iter().find(|(other, _)| other == cat)
        {
            return Err(Refusal::Category(what));
        }
        // RFC 7515 §4.1.9: a media type, compared without case, whose "application/" may be left out.
        let short = header.typ.as_deref().map(|typ| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map_or_else(|| typ.clone(), str::to_owned)
        });
        match (self, short.as_deref()) {
            (_, Some("at+jwt")) | (Self::AccessTokenOrJwt, None | Some("jwt")) => Ok(()),
            (_, other) => Err(Refusal::Type { got: shorten(other.unwrap_or("none")) }),
        }
    }
}

/// Checks `exp`, `nbf` and `iat`; the expiry comes back.
pub(super) fn lifetime(members: &Map<String, Value>, now: UnixTime) -> Result<UnixTime, Refusal> {
    let expiry = claims::date(members, "exp")?.ok_or(Refusal::ExpiryMissing)?;
    let not_before = claims::date(members, "nbf")?;
    let issued = claims::date(members, "iat")?;
    if now >= expiry.saturating_add(LEEWAY) {
        return Err(Refusal::Expired { since: Some(now - expiry) });
    }
    if not_before.is_some_and(|not_before| not_before > now.saturating_add(LEEWAY)) {
        return Err(Refusal::NotYetValid);
    }
    if issued.is_some_and(|issued| issued > now.saturating_add(LEEWAY)) {
        return Err(Refusal::IssuedInTheFuture);
    }
    Ok(expiry)
}
