//! A dry run: every check of a token, and every rule of the policy, for an operator to read. Nobody gets in by it.

use serde_json::{Map, Value};

use super::{Line, Refusal, Step, Verifier, Verifiers, claims, verifier::is_opaque};
use crate::{
    host::{Host, UnixTime},
    jose::Compact,
};

/// What every rule says of a token.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Explanation {
    /// The provider whose token it says it is.
    pub provider: Option<&'static str>,
    /// The checks in their order. Beyond the first that fails they say what would be.
    pub steps: Vec<Step>,
    /// Who it would be: an identity as JSON, which opens nothing.
    pub identity: Option<Value>,
    /// Who would be asked about the token, because only its issuer can read it. Nothing is known beyond the steps.
    pub asks: Option<String>,
    /// The rules of `LATCH_POLICY`.
    pub lines: Vec<Line>,
}

impl Explanation {
    /// One step, which failed, and nothing is known beyond it.
    pub(crate) fn of(rule: &'static str, refusal: Refusal) -> Self {
        Self { steps: vec![Step { rule, verdict: Err(refusal) }], ..Self::default() }
    }
}

impl Verifiers {
    /// Every check of a token.
    pub(crate) async fn explain(&self, host: &dyn Host, token: &str) -> Explanation {
        let jwt = match Compact::parse(token) {
            Ok(jwt) => jwt,
            Err(error) => return self.asked(token).unwrap_or_else(|| Explanation::of("token", self.unreadable(error))),
        };
        let verifier = match self.of(&jwt.claims) {
            Ok(verifier) => verifier,
            Err(refusal) => return Explanation::of("issuer", refusal),
        };
        let provider = verifier.provider;
        if let Some(introspection) = verifier.introspection.as_ref().filter(|_| verifier.keys.is_none()) {
            // What the token says of itself counts for nothing beyond this.
            let first = [("issuer", Ok(())), ("provider", (provider.admit)(&jwt.claims, verifier.allow))];
            let asks = Some(introspection.name().to_owned());
            return Explanation { provider: Some(provider.name), steps: steps(first).collect(), asks, ..Explanation::default() };
        }
        let typ = verifier.typ.check(&jwt.header);
        let signature = verifier.keys.verify(host, &jwt, &verifier.algorithms).await.map(drop);
        let signature =
            signature.map_err(|error| Refusal::of_signature(error, &jwt.header, &verifier.algorithms, verifier.issuer()));
        let mut explanation = verifier.explanation(provider.name, jwt.claims, host.now());
        explanation.steps.splice(..0, steps([("issuer", Ok(())), ("signature", signature), ("typ", typ)]));
        explanation
    }

    /// A token that only its issuer can read.
    fn asked(&self, token: &str) -> Option<Explanation> {
        let (verifier, introspection) = self.asks().filter(|_| is_opaque(token))?;
        let asks = Some(introspection.name().to_owned());
        Some(Explanation { provider: Some(verifier.provider.name), asks, ..Explanation::default() })
    }
}

fn steps<const N: usize>(verdicts: [(&'static str, Result<(), Refusal>); N]) -> impl Iterator<Item = Step> {
    verdicts.into_iter().map(|(rule, verdict)| Step { rule, verdict })
}

impl Verifier {
    /// Every check of claims, were they authentic.
    pub(crate) fn explanation(&self, provider: &'static str, claims: Map<String, Value>, now: UnixTime) -> Explanation {
        let (steps, own, mut identity) = self.dry_run(provider, claims, now);
        let policy = &self.entrance.policy;
        let mut lines: Vec<Line> = policy.explain_enter(&own);
        lines.extend(policy.explain_needs(&identity));
        // Where a check failed, what it failed for.
        if identity.audience.is_empty() {
            identity.audience = claims::texts(&identity.claims, "aud").ok().flatten().unwrap_or_default();
        }
        if identity.expires_at == 0 {
            identity.expires_at = claims::date(&identity.claims, "exp").ok().flatten().unwrap_or_default();
        }
        let identity = serde_json::to_value(&identity).ok();
        Explanation { provider: Some(provider), steps, asks: None, identity, lines }
    }
}
