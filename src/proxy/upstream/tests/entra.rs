//! Microsoft Entra ID.

use super::*;

const TID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const OID: &str = "690222be-ff1a-4d56-abd1-7e4f7d38e474";

fn at(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}")
}

fn entra(tenant: &str, tenants: &str) -> Upstream {
    let issuer = format!("{}/v2.0", at(tenant));
    let mut vars = vec![("LATCH_PROXY_ISSUER", issuer.as_str()), ("LATCH_PROXY_RESOURCE", "forward")];
    if !tenants.is_empty() {
        vars.push(("LATCH_PROXY_TENANTS", tenants));
    }
    upstream("entra", &vars)
}

fn world(tenant: &str, changes: Value) -> World {
    let base = json!({
        "iss": format!("{}/v2.0", at(TID)), "aud": CLIENT, "sub": "pairwise", "oid": OID, "tid": TID, "nonce": NONCE,
        "iat": NOW, "nbf": NOW, "exp": NOW + 4500, "ver": "2.0", "preferred_username": "ab@contoso.com",
    });
    let answer = tokens(json!({ "id_token": signed(with(base, changes)) }));
    let keys = format!("GET {}/discovery/v2.0/keys", at(tenant));
    World::new().on(&format!("POST {}/oauth2/v2.0/token", at(tenant)), 200, answer).on(&keys, 200, jwks())
}

#[test]
fn signs_in() {
    let (entra, world) = (entra(TID, ""), world(TID, json!({})));
    let grant = world.redeem(&entra).unwrap();
    assert_eq!(grant.subject, format!("entra|{TID}.{OID}"));
    assert_eq!(Value::Object(grant.claims), json!({ "oid": OID, "tid": TID, "preferred_username": "ab@contoso.com" }));
    assert_eq!((entra.label().as_str(), entra.issuer()), ("Microsoft", Some(format!("{}/v2.0", at(TID)).as_str())));
    assert_eq!(world.one("POST").field("client_secret").as_deref(), Some(SECRET));
}

#[test]
fn r11_resource_is_never_sent_and_the_scopes_always_are() {
    let (entra, world) = (entra(TID, ""), world(TID, json!({ "nonce": NONCE })));
    let url = world.authorize(&entra).unwrap();
    assert!(url.as_str().starts_with(&format!("{}/oauth2/v2.0/authorize?", at(TID))), "{url}");
    assert!(!url.as_str().contains("resource"), "AADSTS9010010: {url}");
    assert!(url.as_str().contains("&scope=openid+profile+email+offline_access&"), "{url}");
    assert!(url.as_str().ends_with("&prompt=select_account"), "{url}");
    world.redeem(&entra).unwrap();
    world.renew(&entra, "rt-1", &format!("entra|{TID}.{OID}")).unwrap();
    for asked in world.asked("POST") {
        assert_eq!(asked.field("scope").as_deref(), Some("openid profile email offline_access"), "AADSTS28003");
        assert_eq!(asked.field("resource"), None);
    }
    assert_eq!(world.asked("POST").len(), 2);
}

#[test]
fn common_is_only_for_listed_tenants() {
    let entra = entra("organizations", TID);
    assert_eq!(world("organizations", json!({})).redeem(&entra).unwrap().subject, format!("entra|{TID}.{OID}"));
    let foreign = json!({ "tid": OTHER, "iss": format!("{}/v2.0", at(OTHER)) });
    not_allowed(world("organizations", foreign).redeem(&entra));
    // A tenant that speaks for another.
    refused(world("organizations", json!({ "iss": format!("{}/v2.0", at(OTHER)) })).redeem(&entra), "issuer");
    refused(world("organizations", json!({ "tid": null })).redeem(&entra), "issuer");
    for template in ["{tenantid}", "organizations"] {
        refused(
            world("organizations", json!({ "iss": format!("{}/v2.0", at(template)), "tid": template })).redeem(&entra),
            "issuer",
        );
    }
    assert_eq!(entra.issuer(), None);
}

#[test]
fn a_foreign_tenant_is_refused_by_one() {
    let foreign = json!({ "tid": OTHER, "iss": format!("{}/v2.0", at(OTHER)) });
    refused(world(TID, foreign).redeem(&entra(TID, "")), "issuer");
    not_allowed(world(TID, json!({})).redeem(&entra(TID, OTHER)));
}

#[test]
fn an_app_is_not_a_user() {
    refused(world(TID, json!({ "idtyp": "app" })).redeem(&entra(TID, "")), "of an app");
    refused(world(TID, json!({ "oid": null })).redeem(&entra(TID, "")), "who signed in");
    refused(world(TID, json!({ "oid": "admin" })).redeem(&entra(TID, "")), "who signed in");
}

#[test]
fn an_issuer_that_cannot_work_is_said() {
    for issuer in ["https://sts.windows.net/x/", "https://login.microsoftonline.com/contoso.com/v2.0"] {
        let text = mistake("entra", &[("LATCH_PROXY_ISSUER", issuer), ("LATCH_PROXY_CLIENT_SECRET", SECRET)]);
        assert!(text.contains("LATCH_PROXY_ISSUER"), "{text}");
    }
}
