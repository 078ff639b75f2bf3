//! Microsoft Entra.
//!
//! The issuer names the tenant, so that the tenants that may enter are the issuers that are known. Users are told apart by `oid` and
//! `tid`: `sub` is another one for every application.

use super::{Allow, Claims, Expected, Given, Provider, access_token};
use crate::{
    config::{Reader, variables as var},
    identity::{Refusal, TypeRule, User, claims, user::strings},
    jose::Alg,
    uuid::is_uuid,
};

pub(super) static ENTRA: Provider = Provider {
    name: "entra",
    variables: &[&var::ENTRA_TENANTS, &var::ENTRA_CLIENT_ID],
    read: |reader| read(reader),
    algorithms: &[Alg::Rs256],
    typ: TypeRule::AccessTokenOrJwt,
    scopes: &[],
    admit,
    user,
    audience_hint: "in Entra, the token must be for our own app registration: see ENTRA_CLIENT_ID and ENTRA_APP_ID_URI",
    opaque_hint: "tokens for Microsoft's own APIs are not for others to read: the client must ask for a scope of our app registration",
};

const LOGIN: &str = "https://login.microsoftonline.com";

fn read(reader: &mut Reader<'_>) -> Option<Given> {
    // Entra writes ids in lower case, and they are compared byte for byte.
    let tenants: Vec<String> = reader.list(&var::ENTRA_TENANTS).iter().map(|tenant| tenant.to_ascii_lowercase()).collect();
    let fix = "list the ids of the tenants whose users may enter; they are UUIDs";
    if !reader.has(&var::ENTRA_TENANTS) {
        reader.mistake_in(&var::ENTRA_TENANTS, None, "is missing: anybody with a Microsoft account could enter", fix);
    }
    for tenant in tenants.iter().filter(|tenant| !is_uuid(tenant)) {
        reader.mistake_in(&var::ENTRA_TENANTS, Some(tenant), "is not a tenant's id", fix);
    }
    let what = "the application (client) id of our app registration, a UUID";
    let client = reader.needed(&var::ENTRA_CLIENT_ID, what).map(|client| client.to_ascii_lowercase());
    if let Some(wrong) = client.as_deref().filter(|client| !is_uuid(client)) {
        reader.mistake_in(&var::ENTRA_CLIENT_ID, Some(wrong), "is not an application's id", &format!("set it to {what}"));
    }
    let v1 = reader.switch(&var::ENTRA_V1_TOKENS, "allow", "refuse");
    let app_tokens = reader.switch(&var::ENTRA_APP_TOKENS, "allow", "refuse");
    let uri = reader.text(&var::ENTRA_APP_ID_URI);
    let keys = if let [tenant] = tenants.as_slice() { tenant.as_str() } else { "common" };
    let mut issuers: Vec<String> = tenants.iter().map(|tenant| v2_issuer(tenant)).collect();
    issuers.extend(tenants.iter().filter(|_| v1).map(|tenant| v1_issuer(tenant)));
    Some(Given {
        jwks_uri: Some(format!("{LOGIN}/{keys}/discovery/v2.0/keys")),
        audience: Expected::OneOf([client?].into_iter().chain(uri).collect()),
        allow: Allow { app_tokens, ..Allow::default() },
        issuers,
        ..Given::default()
    })
}

fn v2_issuer(tenant: &str) -> String {
    format!("{LOGIN}/{tenant}/v2.0")
}

fn v1_issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

fn admit(members: &Claims, allow: Allow) -> Result<(), Refusal> {
    access_token(members, allow)?;
    let issuer = claims::text(members, "iss")?.unwrap_or_default();
    let tenant = claims::text(members, "tid")?.ok_or(Refusal::Claim("tid"))?;
    let version = claims::text(members, "ver")?;
    // The keys are the same for all tenants and both versions; only this ties a token to its issuer.
    let fits = (version == Some("2.0") && issuer == v2_issuer(tenant)) || (version == Some("1.0") && issuer == v1_issuer(tenant));
    if !fits {
        return Err(Refusal::Claim(if version.is_some() { "tid" } else { "ver" }));
    }
    if claims::text(members, "oid")?.is_none_or(str::is_empty) {
        return Err(Refusal::Claim("oid"));
    }
    let says_app = claims::text(members, "idtyp")? == Some("app");
    if claims::text(members, "scp")?.is_some_and(|scopes| !scopes.is_empty()) && !says_app {
        return Ok(());
    }
    // An ID token for our own registration has the same issuer, audience and key, and no scopes either.
    if !says_app && !is_of_an_app(members)? {
        return Err(Refusal::IdToken);
    }
    if allow.app_tokens { Ok(()) } else { Err(Refusal::AppToken) }
}

/// Whether a client acts for itself: it is named, and it is the subject.
fn is_of_an_app(members: &Claims) -> Result<bool, Refusal> {
    let client = claims::text(members, "azp")?.or(claims::text(members, "appid")?);
    Ok(client.is_some() && claims::text(members, "oid")? == claims::text(members, "sub")?)
}

fn user(subject: &str, members: &Claims) -> User {
    let text = |name: &str| members.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let user = User::standard(subject, members);
    let id = format!("{}.{}", text("oid"), text("tid"));
    User {
        user_id: id.clone(),
        id,
        // Anybody can set these; the tenant's administrators, not Microsoft, say whether they are true.
        email_verified: None,
        permissions: strings(members, "roles"),
        tenant_id: Some(text("tid").to_owned()),
        ..user
    }
}
