//! `POST /revoke` (RFC 7009), where there is a store: without one a token cannot be called back, and nothing pretends it can.

use http::{StatusCode, request::Parts};
use serde_json::json;

use super::{
    Proxy,
    answer::{Answer, Refused, json, refuse},
    artefact::{Digest, Name, Refresh, Renewal},
    issue::last_refresh,
    ledger::Ledger,
};
use crate::{
    host::Host,
    log::{self, Level},
};

impl Proxy {
    pub(super) async fn revoke(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Answer {
        match self.take_back(host, parts, body).await {
            Ok(()) => json(StatusCode::OK, &json!({})),
            Err(refused) => refuse(host, "revocation_refused", &refused),
        }
    }

    /// A token that is not the client's, or none at all, is no error (§2.2): after the call it is of no use either way.
    async fn take_back(&self, host: &dyn Host, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
        let store = host.store().ok_or_else(|| Refused::new("unsupported_token_type", "nothing can be revoked here"))?;
        let form = super::form::of_body(&parts.headers, body)?;
        let client = self.client_of(host, parts, &form)?;
        let token = form.get("token").ok_or_else(|| Refused::new("invalid_request", "token is missing"))?;
        let refresh = self.keys.seal().open::<Refresh>(token, host.now(), &self.bound(&[]));
        let refresh = refresh.ok().filter(|renewal| renewal.client == Digest::of(&client));
        let grant = match &refresh {
            Some(renewal) => renewal.grant.clone(),
            None => match self.admission(host, token).await {
                Ok(admission) if admission.client == client => admission.grant,
                _ => return Ok(()),
            },
        };
        let (ledger, now) = (Ledger::new(store), host.now());
        if ledger.is_revoked(&grant).await? {
            return Ok(());
        }
        ledger.revoke(&grant, last_refresh(now), now).await?;
        if let Some(Renewal { upstream: Name(kind), keep, .. }) = refresh
            && let Some(upstream) = self.upstreams.iter().find(|upstream| upstream.kind() == kind)
            && let Err(trouble) = upstream.revoke(host, &keep).await
        {
            // Ours is revoked; the upstream's expires by itself.
            log::event(host, Level::Warn, "upstream_not_revoked", &[("reason", json!(trouble.to_string()))]);
        }
        Ok(())
    }
}
