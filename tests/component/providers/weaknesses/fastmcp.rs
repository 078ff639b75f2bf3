//! FastMCP's.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Provider, Sample, issuer};
use crate::{
    bench::{Setup, change, sign_as},
    client::get,
    keys::{EC, EC_SPKI_PEM, ED25519, P521, RSA, RSA_SPKI_PEM, TestKey, members},
    mint::{self, Signer},
};

/// The same token with another key.
fn signed_by(provider: &Provider, key: &'static TestKey) -> String {
    let header = change(members(key.header()), json!({ "typ": "at+jwt" }));
    sign_as(key, Value::Object(header), &provider.claims)
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_r12_a_token_without_an_end_is_refused() {
    let provider = issuer(&[]).await;
    for exp in [json!(null), json!("4000000000"), json!(1e300), json!(true)] {
        let reason = if exp.is_null() { "exp_missing" } else { "malformed_claim" };
        provider.refuses("no end", json!({ "exp": exp }), reason).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_a_token_for_later_is_refused() {
    let provider = issuer(&[]).await;
    let now = provider.bench.now();
    provider.refuses("nbf", json!({ "nbf": now + 3000 }), "not_yet_valid").await;
    provider.refuses("iat", json!({ "iat": now + 3000 }), "issued_in_future").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_other_kinds_of_signed_objects_are_refused() {
    // Even by an endpoint that is told to take tokens of any type.
    for more in [&[][..], &[("LATCH_TOKEN_TYPE", "any")]] {
        let provider = issuer(more).await;
        for typ in
            ["logout+jwt", "application/logout+jwt", "secevent+jwt", "dpop+jwt", "oauth-id-jag+jwt", "entity-statement+jwt"]
        {
            let token = provider.token_as(json!({ "typ": typ }), json!({}));
            provider.refuses_token(typ, &token, "typ_mismatch").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_a_dpop_token_is_no_bearer_token() {
    let provider = issuer(&[]).await;
    for cnf in [json!({ "jkt": "x" }), json!({}), json!("x"), json!(null)] {
        // `null` is put into the payload as such: the claim is there.
        let claims = change(provider.claims.clone(), json!({ "cnf": false }));
        let claims = Value::Object(claims).to_string().replace("\"cnf\":false", &format!("\"cnf\":{cnf}"));
        let header = change(members(provider.header.clone()), json!({}));
        let token = mint::raw(Value::Object(header).to_string(), claims, |input| EC.sign(input));
        provider.refuses_token("cnf", &token, "sender_constrained").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_a_missing_scope_is_403_and_not_401() {
    let provider = issuer(&[("LATCH_REQUIRED_SCOPES", "read admin")]).await;
    let reply = provider.bench.enter(&provider.token(json!({}))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.contains("insufficient_scope") && challenge.contains("scope=\"read admin\""), "{challenge}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_1_a_subject_is_never_taken_for_a_client() {
    let provider = issuer(&[]).await;
    assert!(provider.accepts(json!({ "client_id": null })).await.get("clientId").is_none());
    let listed = issuer(&[("LATCH_CLIENT_IDS", "u")]).await;
    listed.refuses("the subject has a client's name", json!({ "client_id": null }), "client_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_3_a_foreign_resource_is_refused_on_every_row() {
    let provider = issuer(&[("LATCH_AUDIENCE", "urn:wide")]).await;
    for resource in ["https://other.example/mcp", ""] {
        provider.refuses("another resource", json!({ "aud": "urn:wide", "resource": resource }), "resource_mismatch").await;
    }
    // A `resource` that is ours does not stand in for an audience that is not (mcp-use's verifier, §7.2).
    let ours = provider.bench.endpoint();
    provider.refuses("our resource, a foreign audience", json!({ "aud": "urn:x", "resource": ours }), "aud_mismatch").await;
    let list = json!({ "aud": "urn:wide", "resource": [ours] });
    provider.refuses("resources in a list", list, "malformed_claim").await;
}

/// The issuer names the tenant; a template with a hole in it is no issuer.
#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_3_entra_takes_listed_tenants_alone() {
    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const STRANGER: &str = "11111111-86f1-41af-91ab-2d7cd011db47";
    const APP: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    let keys = json!({ "keys": [RSA.jwk()] }).to_string();
    let sample = Sample { key: &RSA, jwks: "/none", header: json!({ "alg": "RS256", "typ": "JWT" }) };
    let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let provider = Provider::start(
        sample,
        |_| vec![("ENTRA_TENANTS", TENANT.to_owned()), ("ENTRA_CLIENT_ID", APP.to_owned()), ("LATCH_JWKS", keys)],
        |_, _| {
            json!({
                "iss": of(TENANT), "aud": APP, "azp": APP, "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "sub": "HKZpfaHy",
                "tid": TENANT, "scp": "access_as_user", "ver": "2.0"
            })
        },
    )
    .await;
    provider.accepts(json!({})).await;
    for (what, claims, reason) in [
        ("a foreign tenant", json!({ "iss": of(STRANGER), "tid": STRANGER }), "iss_mismatch"),
        ("a foreign tenant behind a listed issuer", json!({ "tid": STRANGER }), "malformed_claim"),
        ("a listed tenant behind a foreign issuer", json!({ "iss": of(STRANGER) }), "iss_mismatch"),
        ("the template", json!({ "iss": of("{tenantid}") }), "iss_mismatch"),
        ("common", json!({ "iss": of("common") }), "iss_mismatch"),
        ("personal accounts", json!({ "iss": of("9188040d-6c67-4c5b-b112-36a304b66dad") }), "iss_mismatch"),
        ("no tenant", json!({ "tid": null }), "malformed_claim"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_3_one_verifier_takes_several_algorithms() {
    let provider = issuer(&[]).await;
    provider.publish(&[&EC, &RSA, &ED25519, &P521]);
    for key in [&EC, &RSA, &ED25519, &P521] {
        provider.accepts_token(&signed_by(&provider, key)).await;
    }
    // Which one it is never depends on the token alone: each key has one.
    let crossed = sign_as(&RSA, json!({ "alg": "RS256", "kid": EC.kid, "typ": "at+jwt" }), &provider.claims);
    provider.refuses_token("another key's kid", &crossed, "key_mismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_3_a_token_has_no_scopes_that_it_does_not_name() {
    let provider = issuer(&[("LATCH_SCOPES", "read write")]).await;
    assert_eq!(provider.accepts(json!({ "scope": null })).await["scopes"], json!([]));
    let strict = issuer(&[("LATCH_REQUIRED_SCOPES", "user")]).await;
    strict.refuses("no scopes", json!({ "scope": null }), "insufficient_scope").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_3_an_issuer_is_told_as_it_was_written() {
    for issuer in ["https://id.example.com", "https://id.example.com/", "https://ID.example.com/a/"] {
        let setup = Setup::bare().await.env("LATCH_ISSUER", issuer).env("LATCH_ALGORITHMS", "ES256");
        let bench = setup.env("LATCH_JWKS", json!({ "keys": [EC.jwk()] }).to_string()).start().await;
        let prm: Value = get(bench.url("/.well-known/oauth-protected-resource/mcp")).send().await.unwrap().json().unwrap();
        assert_eq!(prm["authorization_servers"], json!([issuer]));
        let claims = change(bench.rfc9068_claims(), json!({ "iss": issuer }));
        let header = json!({ "alg": "ES256", "kid": EC.kid, "typ": "at+jwt" });
        assert_eq!(bench.enter(&sign_as(&EC, header.clone(), &claims)).await.status, StatusCode::OK, "{issuer}");
        let other = issuer.strip_suffix('/').map_or_else(|| format!("{issuer}/"), str::to_owned);
        let claims = change(claims, json!({ "iss": other }));
        assert_eq!(bench.enter(&sign_as(&EC, header, &claims)).await.status, StatusCode::UNAUTHORIZED, "{issuer}");
        assert_eq!(bench.reason().await, "iss_mismatch");
    }
}

/// #3419, #3430: no published key is ever a secret, in whatever form an attacker writes it.
#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_8_9_a_published_key_is_no_secret() {
    let provider = issuer(&[]).await;
    provider.publish(&[&RSA, &EC]);
    let claims = Value::Object(provider.claims.clone());
    for public in [RSA_SPKI_PEM.to_owned(), EC_SPKI_PEM.to_owned(), RSA.jwk().to_string(), String::new()] {
        for kid in [RSA.kid, EC.kid] {
            let header = json!({ "alg": "HS256", "kid": kid, "typ": "at+jwt" });
            let token = mint::token(&header, &claims, &Signer::Hmac(public.clone().into_bytes()), "HS256");
            provider.refuses_token("HS256", &token, "alg_not_allowed").await;
        }
    }
}
