//! What must hold of authentic claims, in order. The first step that fails refuses; a dry run takes them all.

use serde_json::{Map, Value};

use super::{Bearer, Identity, Refusal, User, Verifier, claims, refusal::shorten, rule};
use crate::host::UnixTime;

/// One check. It sees what the claims say, and writes down what they have shown.
type Check = fn(&Verifier, &mut Identity, UnixTime) -> Result<(), Refusal>;

/// Every check, each with the name that a dry run gives it. Cheap ones come first, and what is wrong with the token comes before what
/// its user may do.
static STEPS: [(&str, Check); 11] = [
    ("lifetime", |_, identity, now| {
        identity.expires_at = rule::lifetime(&identity.claims, now)?;
        Ok(())
    }),
    ("subject", |_, identity, _| {
        let subject = claims::text(&identity.claims, "sub")?;
        subject.filter(|subject| !subject.is_empty()).map(|_| ()).ok_or(Refusal::SubjectMissing)
    }),
    ("bearer", |_, identity, _| if identity.claims.contains_key("cnf") { Err(Refusal::SenderConstrained) } else { Ok(()) }),
    ("provider", |verifier, identity, _| (verifier.provider.admit)(&identity.claims, verifier.allow)),
    ("resource", |verifier, identity, _| {
        let other = claims::text(&identity.claims, "resource")?.filter(|got| *got != verifier.resource);
        other.map_or(Ok(()), |got| Err(Refusal::Resource { got: shorten(got) }))
    }),
    ("audience", |verifier, identity, _| {
        identity.audience = verifier.audience.check(&identity.claims, verifier.provider.audience_hint)?;
        Ok(())
    }),
    ("claims", |verifier, identity, _| describe(verifier, identity)),
    ("client", |verifier, identity, _| verifier.entrance.check_client(identity)),
    ("enter", |verifier, identity, _| verifier.entrance.policy.enter(identity)),
    ("scopes", |verifier, identity, _| {
        identity.scopes = verifier.entrance.policy.widen(identity);
        Ok(())
    }),
    ("required scopes", |verifier, identity, _| verifier.entrance.policy.check_required(identity)),
];

/// What one step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, such as `audience`.
    pub rule: &'static str,
    /// Whether it holds, or why not.
    pub verdict: Result<(), Refusal>,
}

impl Verifier {
    /// Authentic claims become an identity, as far as they allow.
    pub(crate) fn admit(&self, provider: &'static str, members: Map<String, Value>, now: UnixTime) -> Result<Identity, Refusal> {
        self.admit_known(provider, members, now).map_err(|(refusal, _)| refusal)
    }

    /// The same; a refusal tells whose token it was.
    pub(super) fn admit_known(
        &self,
        provider: &'static str,
        members: Map<String, Value>,
        now: UnixTime,
    ) -> Result<Identity, (Refusal, Box<Bearer>)> {
        let mut identity = self.draft(provider, members);
        for (_, check) in &STEPS {
            if let Err(refusal) = check(self, &mut identity, now) {
                return Err((refusal, Box::new(Bearer::of(&identity))));
            }
        }
        Ok(identity)
    }

    /// What every check says of claims, were they authentic.
    pub fn explain(&self, members: Map<String, Value>, now: UnixTime) -> Vec<Step> {
        self.dry_run(self.provider.name, members, now).0
    }

    /// The same, and who it would be, before and after the scopes are widened. It never gets past a door.
    pub(super) fn dry_run(
        &self,
        provider: &'static str,
        members: Map<String, Value>,
        now: UnixTime,
    ) -> (Vec<Step>, Identity, Identity) {
        let mut identity = self.draft(provider, members);
        let mut own = identity.clone();
        let mut steps = Vec::with_capacity(STEPS.len());
        for (rule, check) in &STEPS {
            if *rule == "scopes" {
                own = identity.clone();
            }
            steps.push(Step { rule, verdict: check(self, &mut identity, now) });
        }
        (steps, own, identity)
    }

    /// Nobody yet: what the claims say is filled in as it is checked.
    fn draft(&self, provider: &'static str, claims: Map<String, Value>) -> Identity {
        Identity {
            user: User::default(),
            client_id: None,
            scopes: Vec::new(),
            permissions: Vec::new(),
            issuer: self.named(&claims),
            provider,
            audience: Vec::new(),
            resource: self.resource.clone(),
            expires_at: 0,
            aal: None,
            groups_elsewhere: false,
            claims,
        }
    }
}

/// Who it is, by the provider's reading of the claims and the operator's.
fn describe(verifier: &Verifier, identity: &mut Identity) -> Result<(), Refusal> {
    let claims = &identity.claims;
    let subject = claims::text(claims, "sub")?.unwrap_or_default();
    let mut user = (verifier.provider.user)(subject, claims);
    let found = verifier.entrance.policy.place(identity.provider, claims, &mut user);
    identity.client_id = claims::client_id(claims)?;
    identity.scopes = match found.scopes {
        Some(scopes) => scopes,
        None => claims::scopes(claims)?,
    };
    identity.aal = found.aal.unwrap_or_else(|| user.aal());
    identity.groups_elsewhere = found.groups;
    identity.permissions.clone_from(&user.permissions);
    identity.user = user;
    Ok(())
}
