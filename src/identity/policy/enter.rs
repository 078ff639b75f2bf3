//! The section `enter`: who may come in. All members of a rule must hold, and of several rules one.

use std::fmt;

use super::{
    compare::{Compare, sides},
    places::What,
};
use crate::identity::{Aal, Claim, Identity, refusal::quoted_within};

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

/// Which rule a caller fails. Text is what the rule wants and what the caller has, but for what tells who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barred {
    /// Signed in anonymously.
    Anonymous,
    /// Of another provider.
    Provider(String),
    /// Of another issuer.
    Issuer(String),
    /// With another OAuth client.
    Client(String),
    /// Somebody else.
    Subject,
    /// Of another tenant, or of none.
    Tenant(String),
    /// In another organisation, or in none.
    Organization(String),
    /// No address that the issuer says it verified.
    EmailNotVerified,
    /// Another address.
    Email,
    /// An address of another domain.
    Domain,
    /// The token does not say all groups, and none of those it says is listed.
    GroupsUnknown(String),
    /// In none of the groups.
    Group(String),
    /// In none of the roles.
    Role(String),
    /// With none of the scopes.
    Scope(String),
    /// Signed in with too little.
    Aal(String),
    /// A claim has another value, or is not there. Its path comes first.
    Claim(String, String),
    /// Each of several rules, by its name.
    Every(Vec<(String, Barred)>),
}

impl Enter {
    pub(super) fn admits_anonymous_users(&self) -> bool {
        self.0.iter().any(|rule| rule.anonymous)
    }

    pub(super) fn check(&self, caller: Compare<'_>) -> Result<(), Barred> {
        let mut barred = Vec::new();
        for rule in &self.0 {
            match rule.check(caller) {
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
    pub(super) fn check(&self, caller: Compare<'_>) -> Result<(), Barred> {
        let identity = caller.identity;
        let user = identity.user();
        let listed = |list: &[String], found: Option<&str>| {
            list.is_empty() || found.is_some_and(|found| list.iter().any(|item| item == found))
        };
        let some = |list: &[String], found: &[String]| list.is_empty() || found.iter().any(|found| list.contains(found));
        if identity.is_anonymous() && !self.anonymous {
            return Err(Barred::Anonymous);
        }
        if !listed(&self.providers, Some(identity.provider())) {
            return Err(Barred::Provider(sides(&self.providers, &[identity.provider().to_owned()])));
        }
        if !listed(&self.issuers, Some(identity.issuer())) {
            return Err(Barred::Issuer(sides(&self.issuers, &[identity.issuer().to_owned()])));
        }
        if !listed(&self.clients, identity.client_id()) {
            return Err(Barred::Client(sides(&self.clients, identity.client_id.as_slice())));
        }
        if !listed(&self.subjects, Some(&user.id)) {
            return Err(Barred::Subject);
        }
        if !listed(&self.tenants, identity.tenant()) {
            return Err(Barred::Tenant(caller.one(What::Tenant, &self.tenants, identity.tenant())));
        }
        if !listed(&self.organizations, identity.organization()) {
            let found = identity.organization();
            return Err(Barred::Organization(caller.one(What::Organization, &self.organizations, found)));
        }
        self.check_email(identity)?;
        if !some(&self.groups, identity.groups()) {
            let compared = caller.lists(What::Groups, &self.groups, identity.groups());
            return Err(if identity.has_unknown_groups() { Barred::GroupsUnknown(compared) } else { Barred::Group(compared) });
        }
        if !some(&self.roles, identity.roles()) {
            return Err(Barred::Role(caller.lists(What::Roles, &self.roles, identity.roles())));
        }
        if !some(&self.scopes, identity.scopes()) {
            return Err(Barred::Scope(caller.lists(What::Scopes, &self.scopes, identity.scopes())));
        }
        if self.min_aal.is_some() && identity.aal() < self.min_aal {
            let name = |aal: Option<Aal>| aal.map(Aal::name);
            let wanted: Vec<String> = name(self.min_aal).map(str::to_owned).into_iter().collect();
            return Err(Barred::Aal(caller.one(What::Aal, &wanted, name(identity.aal()))));
        }
        match self.claims.iter().find(|claim| !claim.holds(identity)) {
            Some(claim) => Err(Barred::Claim(claim.path.join("."), caller.claim(claim))),
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
            Self::Provider(_) => "provider_not_allowed",
            Self::Issuer(_) => "issuer_not_allowed",
            Self::Client(_) => "client_not_allowed",
            Self::Subject => "subject_not_allowed",
            Self::Tenant(_) => "tenant_not_allowed",
            Self::Organization(_) => "organization_not_allowed",
            Self::EmailNotVerified => "email_not_verified",
            Self::Email => "email_not_allowed",
            Self::Domain => "domain_not_allowed",
            Self::GroupsUnknown(_) => "groups_unknown",
            Self::Group(_) => "group_not_allowed",
            Self::Role(_) => "role_not_allowed",
            Self::Scope(_) => "scope_not_allowed",
            Self::Aal(_) => "aal_too_low",
            Self::Claim(..) => "claim_not_allowed",
            Self::Every(_) => "not_allowed",
        }
    }
}

impl Barred {
    /// What the rule wants and what the caller has.
    const fn compared(&self) -> Option<&String> {
        match self {
            Self::Provider(text)
            | Self::Issuer(text)
            | Self::Client(text)
            | Self::Tenant(text)
            | Self::Organization(text)
            | Self::GroupsUnknown(text)
            | Self::Group(text)
            | Self::Role(text)
            | Self::Scope(text)
            | Self::Aal(text)
            | Self::Claim(_, text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Barred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Anonymous => "the user signed in anonymously; `anonymous = true` in [enter] lets them in",
            Self::Provider(_) => "the token's provider is not in `providers` of [enter]",
            Self::Issuer(_) => "the token's issuer is not in `issuers` of [enter]",
            Self::Client(_) => "the token's client is not in `clients` of [enter]",
            Self::Subject => "the user's id is not in `subjects` of [enter]",
            Self::Tenant(_) => "the user's tenant is not in `tenants` of [enter]",
            Self::Organization(_) => "the user's organisation is not in `organizations` of [enter]",
            Self::EmailNotVerified => {
                "[enter] asks for an e-mail address, and the token has none of which the provider says that it is verified"
            }
            Self::Email => "the user's e-mail address is not in `emails` of [enter]",
            Self::Domain => "the domain of the user's e-mail address is not in `email_domains` of [enter]",
            Self::GroupsUnknown(_) => {
                "the user is in more groups than the token lists (overage), so whether in one of [enter] is not known; let Entra \
                 emit only the groups assigned to the application, or use app roles"
            }
            Self::Group(_) => "the user is in none of the `groups` of [enter]",
            Self::Role(_) => "the user has none of the `roles` of [enter]",
            Self::Scope(_) => "the token has none of the `scopes` of [enter]",
            Self::Aal(_) => "the user signed in with too few factors for `min_aal` of [enter]",
            Self::Claim(path, _) => {
                write!(f, "the token's claim {} has no value that `claims` of [enter] lists", quoted_within(80, [path]))?;
                ""
            }
            Self::Every(reasons) => {
                f.write_str("no rule of [enter] holds")?;
                for (index, (name, reason)) in reasons.iter().enumerate() {
                    write!(f, "{} {name}: {}", if index == 0 { ":" } else { ";" }, reason.code())?;
                }
                ""
            }
        };
        f.write_str(text)?;
        self.compared().map_or(Ok(()), |compared| write!(f, ": {compared}"))
    }
}
