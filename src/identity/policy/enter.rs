//! The section `enter`: who may come in. All members of a rule must hold, and of several rules one.

use std::fmt;

use crate::identity::{Aal, Claim, Identity};

/// The rules; none lets everybody in.
#[derive(Debug, Clone, Default)]
pub(super) struct Enter(pub(super) Vec<Rule>);

/// One rule. A list that is empty was not given; of one that was, one item must match.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    /// Its name, where there are several.
    pub(super) name: String,
    /// Users who signed in anonymously too.
    pub(super) anonymous: bool,
    pub(super) providers: Vec<String>,
    /// Byte for byte.
    pub(super) issuers: Vec<String>,
    pub(super) clients: Vec<String>,
    /// `User::id`
    pub(super) subjects: Vec<String>,
    pub(super) tenants: Vec<String>,
    pub(super) organizations: Vec<String>,
    /// Addresses, their domains in lower case.
    pub(super) emails: Vec<String>,
    /// In lower case.
    pub(super) email_domains: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) roles: Vec<String>,
    /// Of the token itself.
    pub(super) scopes: Vec<String>,
    pub(super) min_aal: Option<Aal>,
    /// Each must hold.
    pub(super) claims: Vec<Claim>,
}

/// Which rule a caller fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barred {
    /// Signed in anonymously.
    Anonymous,
    /// Of another provider.
    Provider,
    /// Of another issuer.
    Issuer,
    /// With another OAuth client.
    Client,
    /// Somebody else.
    Subject,
    /// Of another tenant, or of none.
    Tenant,
    /// In another organisation, or in none.
    Organization,
    /// No address that the issuer says it verified.
    EmailNotVerified,
    /// Another address.
    Email,
    /// An address of another domain.
    Domain,
    /// The token does not say all groups, and none of those it says is listed.
    GroupsUnknown,
    /// In none of the groups.
    Group,
    /// In none of the roles.
    Role,
    /// With none of the scopes.
    Scope,
    /// Signed in with too little.
    Aal,
    /// A claim has another value, or is not there. Its path.
    Claim(String),
    /// Each of several rules, by its name.
    Every(Vec<(String, Barred)>),
}

impl Enter {
    pub(super) fn admits_anonymous_users(&self) -> bool {
        self.0.iter().any(|rule| rule.anonymous)
    }

    pub(super) fn check(&self, identity: &Identity) -> Result<(), Barred> {
        let mut barred = Vec::new();
        for rule in &self.0 {
            match rule.check(identity) {
                Ok(()) => return Ok(()),
                Err(reason) => barred.push((rule.name.clone(), reason)),
            }
        }
        match barred.len() {
            0 | 1 => barred.pop().map_or(Ok(()), |(_, reason)| Err(reason)),
            _ => Err(Barred::Every(barred)),
        }
    }
}

impl Rule {
    /// The first member that does not hold.
    pub(super) fn check(&self, identity: &Identity) -> Result<(), Barred> {
        let user = identity.user();
        let one_of = |list: &[String], found: Option<&str>, otherwise: Barred| {
            let fits = list.is_empty() || found.is_some_and(|found| list.iter().any(|item| item == found));
            if fits { Ok(()) } else { Err(otherwise) }
        };
        let some_of = |list: &[String], found: &[String], otherwise: Barred| {
            if list.is_empty() || found.iter().any(|found| list.contains(found)) { Ok(()) } else { Err(otherwise) }
        };
        if identity.is_anonymous() && !self.anonymous {
            return Err(Barred::Anonymous);
        }
        one_of(&self.providers, Some(identity.provider()), Barred::Provider)?;
        one_of(&self.issuers, Some(identity.issuer()), Barred::Issuer)?;
        one_of(&self.clients, identity.client_id(), Barred::Client)?;
        one_of(&self.subjects, Some(&user.id), Barred::Subject)?;
        one_of(&self.tenants, identity.tenant(), Barred::Tenant)?;
        one_of(&self.organizations, identity.organization(), Barred::Organization)?;
        self.check_email(identity)?;
        let no_group = if identity.has_unknown_groups() { Barred::GroupsUnknown } else { Barred::Group };
        some_of(&self.groups, identity.groups(), no_group)?;
        some_of(&self.roles, identity.roles(), Barred::Role)?;
        some_of(&self.scopes, identity.scopes(), Barred::Scope)?;
        if self.min_aal.is_some() && identity.aal() < self.min_aal {
            return Err(Barred::Aal);
        }
        match self.claims.iter().find(|claim| !claim.holds(identity)) {
            Some(claim) => Err(Barred::Claim(claim.path.join("."))),
            None => Ok(()),
        }
    }

    fn check_email(&self, identity: &Identity) -> Result<(), Barred> {
        if self.emails.is_empty() && self.email_domains.is_empty() {
            return Ok(());
        }
        let address = identity.verified_email().and_then(address).ok_or(Barred::EmailNotVerified)?;
        if !self.emails.is_empty() && !self.emails.contains(&address) {
            return Err(Barred::Email);
        }
        let domain = address.split_once('@').map_or("", |(_, domain)| domain);
        if !self.email_domains.is_empty() && !self.email_domains.iter().any(|listed| listed == domain) {
            return Err(Barred::Domain);
        }
        Ok(())
    }
}

/// An address with its domain in lower case, if it is one of the plain kind: `local@domain`, one `@`, no white space.
pub(super) fn address(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let plain =
        |part: &str| !part.is_empty() && !part.chars().any(|char| char.is_whitespace() || char.is_control() || char == '@');
    (plain(local) && plain(domain)).then(|| format!("{local}@{}", domain.to_ascii_lowercase()))
}

impl Barred {
    /// The stable reason code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous_not_allowed",
            Self::Provider => "provider_not_allowed",
            Self::Issuer => "issuer_not_allowed",
            Self::Client => "client_not_allowed",
            Self::Subject => "subject_not_allowed",
            Self::Tenant => "tenant_not_allowed",
            Self::Organization => "organization_not_allowed",
            Self::EmailNotVerified => "email_not_verified",
            Self::Email => "email_not_allowed",
            Self::Domain => "domain_not_allowed",
            Self::GroupsUnknown => "groups_unknown",
            Self::Group => "group_not_allowed",
            Self::Role => "role_not_allowed",
            Self::Scope => "scope_not_allowed",
            Self::Aal => "aal_too_low",
            Self::Claim(_) => "claim_not_allowed",
            Self::Every(_) => "not_allowed",
        }
    }
}

impl fmt::Display for Barred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "the user signed in anonymously; `anonymous = true` in [enter] lets them in",
            Self::Provider => "the token's provider is not in `providers` of [enter]",
            Self::Issuer => "the token's issuer is not in `issuers` of [enter]",
            Self::Client => "the token's client is not in `clients` of [enter]",
            Self::Subject => "the user's id is not in `subjects` of [enter]",
            Self::Tenant => "the user's tenant is not in `tenants` of [enter]",
            Self::Organization => "the user's organisation is not in `organizations` of [enter]",
            Self::EmailNotVerified => {
                "[enter] asks for an e-mail address, and the token has none of which the provider says that it is verified"
            }
            Self::Email => "the user's e-mail address is not in `emails` of [enter]",
            Self::Domain => "the domain of the user's e-mail address is not in `email_domains` of [enter]",
            Self::GroupsUnknown => {
                "the user is in more groups than the token lists (overage), so whether in one of [enter] is not known; let Entra \
                 emit only the groups assigned to the application, or use app roles"
            }
            Self::Group => "the user is in none of the `groups` of [enter]",
            Self::Role => "the user has none of the `roles` of [enter]",
            Self::Scope => "the token has none of the `scopes` of [enter]",
            Self::Aal => "the user signed in with too few factors for `min_aal` of [enter]",
            Self::Claim(path) => return write!(f, "the token's claim {path} has no value that `claims` of [enter] lists"),
            Self::Every(reasons) => {
                f.write_str("no rule of [enter] holds")?;
                for (index, (name, reason)) in reasons.iter().enumerate() {
                    write!(f, "{} {name}: {}", if index == 0 { ":" } else { ";" }, reason.code())?;
                }
                return Ok(());
            }
        })
    }
}
