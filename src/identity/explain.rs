//! A dry run: every check of a token, and every rule of the policy, for an operator to read. Nobody gets in by it.

use serde_json::{Map, Value};

use super::{Line, Refusal, Step, Verifier, Verifiers};
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
        let token = match Compact::parse(token) {
            Ok(token) => token,
            Err(error) => return Explanation::of("token", self.unreadable(error)),
        };
        let verifier = match self.of(&token.claims) {
            Ok(verifier) => verifier,
            Err(refusal) => return Explanation::of("issuer", refusal),
        };
        let typ = verifier.typ.check(&token.header);
        let signature = verifier.keys.verify(host, &token, &verifier.algorithms).await;
        let mut explanation = verifier.explanation(verifier.provider.name, token.claims, host.now());
        let first = [("issuer", Ok(())), ("signature", signature.map(drop).map_err(Refusal::from)), ("typ", typ)];
        explanation.steps.splice(..0, first.map(|(rule, verdict)| Step { rule, verdict }));
        explanation
    }
}

impl Verifier {
    /// Every check of claims, were they authentic.
    pub(crate) fn explanation(&self, provider: &'static str, claims: Map<String, Value>, now: UnixTime) -> Explanation {
        let (steps, own, identity) = self.dry_run(provider, claims, now);
        let policy = &self.entrance.policy;
        let mut lines: Vec<Line> = policy.explain_enter(&own);
        lines.extend(policy.explain_needs(&identity));
        let identity = serde_json::to_value(&identity).ok();
        Explanation { provider: Some(provider), steps, identity, lines }
    }
}
