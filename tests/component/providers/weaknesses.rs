//! What the verifiers of others let in, or cannot let in: one test for each, named after it. `v2` are mcp-use 2.5's, `fastmcp`
//! FastMCP 4.1's; what concerns its proxy is tested with ours. docs/threats.md has the table.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::{
    bench::{Setup, change, sign_as},
    client::{call, get, post},
    issuer::{Answer, JWKS},
    keys::{EC, ED25519, P521, RSA, TestKey, members},
    mint::{self, Signer},
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters";

/// An issuer of RFC 9068 tokens with these variables beside the needed ones.
async fn issuer(more: &[(&'static str, &str)]) -> Provider {
    let sample = Sample { key: &EC, jwks: "/keys", header: json!({ "alg": "ES256", "typ": "at+jwt" }) };
    Provider::start(
        sample,
        |origin| {
            let mut env = vec![
                ("LATCH_ISSUER", origin.to_owned()),
                ("LATCH_JWKS_URI", format!("{origin}/keys")),
                ("LATCH_ALGORITHMS", "ES256 RS256 EdDSA ES512".to_owned()),
            ];
            env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            env
        },
        |origin, endpoint| json!({ "iss": origin, "sub": "u", "aud": endpoint, "client_id": "c", "scope": "read write" }),
    )
    .await
}

/// The same token with another key.
fn signed_by(provider: &Provider, key: &'static TestKey) -> String {
    let header = change(members(key.header()), json!({ "typ": "at+jwt" }));
    sign_as(key, Value::Object(header), &provider.claims)
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_1_a_provider_without_registration_has_a_proxy() {
    let bench = Setup::proxy().await.start().await;
    let document: Value = get(bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap().json().unwrap();
    assert_eq!((&document["issuer"], &document["registration_endpoint"]), (&json!(bench.origin()), &json!(bench.url("/register"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_2_metadata_is_the_issuers_own_and_never_written_by_hand() {
    let places = [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
    ];
    // We are no authorization server, and do not say we were one: clients go to the issuer itself.
    let bench = Setup::supabase().await.start().await;
    for place in places {
        assert_eq!(get(bench.url(place)).send().await.unwrap().status, StatusCode::NOT_FOUND, "{place}");
    }
    let prm: Value = get(bench.url("/.well-known/oauth-protected-resource/mcp")).send().await.unwrap().json().unwrap();
    assert_eq!(prm["authorization_servers"], json!([bench.issuer.url()]));
    // Where the operator wants it repeated, it is what the issuer serves, to the byte; a change there is a change here.
    let setup = Setup::supabase().await.env("LATCH_MIRROR_METADATA", "on");
    let source = "/.well-known/oauth-authorization-server/auth/v1";
    for more in ["\"revocation_endpoint\":\"https://a.example/r\"", "\"client_id_metadata_document_supported\":true"] {
        setup.issuer().answer_next(source, Answer::json(format!("{{\"issuer\":\"{}\",{more}}}", setup.issuer().url())));
    }
    let bench = setup.start().await;
    assert!(get(bench.url(places[0])).send().await.unwrap().text().contains("revocation_endpoint"));
    bench.advance(24 * 60 * 60);
    if bench.ours().is_some() {
        let later = get(bench.url(places[0])).send().await.unwrap().text();
        assert!(later.contains("client_id_metadata_document_supported") && !later.contains("revocation_endpoint"), "{later}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_3_scopes_are_read_from_both_claims_in_both_forms() {
    let provider = issuer(&[("LATCH_REQUIRED_SCOPES", "read write")]).await;
    for claims in [
        json!({ "scope": "read write" }),
        json!({ "scope": ["read", "write"] }),
        json!({ "scope": null, "scp": "write read" }),
        json!({ "scope": null, "scp": ["write", "read"] }),
    ] {
        let scopes = provider.accepts(claims.clone()).await["scopes"].take();
        assert_eq!(scopes.as_array().unwrap().len(), 2, "{claims}");
    }
    // The first one that is there decides: the two are never added up.
    for claims in [json!({ "scope": "read", "scp": "write" }), json!({ "scope": "", "scp": "read write" })] {
        provider.refuses("half of them", claims, "insufficient_scope").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_4_supabase_takes_every_algorithm_beside_the_secret_and_no_session_token() {
    let bench = Setup::supabase().await.env("SUPABASE_JWT_SECRET", SECRET).start().await;
    for key in [&EC, &RSA, &P521, &ED25519] {
        assert_eq!(bench.enter(&bench.token(key)).await.status, StatusCode::OK, "{}", key.alg);
    }
    let legacy = |claims| mint::token(&json!({ "alg": "HS256" }), &Value::Object(claims), &Signer::Hmac(SECRET.into()), "HS256");
    assert_eq!(bench.enter(&legacy(bench.claims())).await.status, StatusCode::OK);
    let session = bench.with(json!({ "client_id": null, "scope": null }));
    for token in [legacy(session.clone()), sign_as(&EC, EC.header(), &session)] {
        assert_eq!(bench.enter(&token).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(bench.reason().await, "session_token");
    }
    assert_eq!(bench.issuer.hits(JWKS), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_5_a_clerk_session_token_opens_nothing() {
    let sample = Sample { key: &RSA, jwks: "/.well-known/jwks.json", header: json!({ "alg": "RS256", "typ": "JWT" }) };
    let provider = Provider::start(
        sample,
        |origin| vec![("CLERK_FRONTEND_API_URL", origin.to_owned())],
        |origin, _| json!({ "iss": origin, "sub": "user_2x", "sid": "sess_1", "azp": "https://app.example.com", "v": 2 }),
    )
    .await;
    provider.refuses("a session token", json!({}), "typ_mismatch").await;
    let token = provider.token_as(json!({ "cat": "cl_B7d4PD111AAA" }), json!({}));
    provider.refuses_token("a session token that says so", &token, "not_an_access_token").await;
    // Its type is all that is wrong with it.
    provider.accepts_token(&provider.token_as(json!({ "typ": "at+jwt" }), json!({}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_6_a_root_url_is_one_with_and_without_its_slash() {
    for configured in ["https://mcp.example.com", "https://mcp.example.com/"] {
        let provider = issuer(&[("LATCH_AUDIENCE", configured)]).await;
        for aud in [json!("https://mcp.example.com"), json!(["https://mcp.example.com/"])] {
            provider.accepts(json!({ "aud": aud })).await;
        }
        for aud in ["https://mcp.example.com//", "https://mcp.example.com/x", "http://mcp.example.com/"] {
            provider.refuses("another URL", json!({ "aud": aud }), "aud_mismatch").await;
        }
    }
    // With a path, a slash makes another URL.
    let provider = issuer(&[]).await;
    provider.refuses("a slash", json!({ "aud": format!("{}/", provider.bench.endpoint()) }), "aud_mismatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_7_opaque_and_bound_tokens_are_named_clocks_may_differ_and_algorithms_are_listed() {
    let provider = issuer(&[("LATCH_JWKS", "")]).await;
    provider.publish(&[&EC, &RSA]);
    provider.refuses("bound to a key", json!({ "cnf": { "jkt": "x" } }), "sender_constrained").await;
    provider.refuses("bound to a certificate", json!({ "cnf": { "x5t#S256": "x" } }), "sender_constrained").await;
    provider.refuses_token("an opaque token", "3q2-7wSDFsdf", "opaque_token").await;
    // A minute is forgiven, and no more.
    let now = provider.bench.now();
    provider.accepts(json!({ "exp": now - 30 })).await;
    provider.accepts(json!({ "nbf": now + 30, "iat": now + 30 })).await;
    provider.refuses("two minutes", json!({ "exp": now - 120 }), "expired").await;
    // A key of the set with an algorithm that is not listed.
    let narrow = issuer(&[]).await;
    narrow.publish(&[&EC, &RSA]);
    let token = sign_as(&RSA, json!({ "alg": "RS384", "kid": RSA.kid, "typ": "at+jwt" }), &narrow.claims);
    narrow.refuses_token("RS384", &token, "alg_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_8_mcp_url_may_have_a_path() {
    for (given, path) in [("https://mcp.example.com", "/mcp"), ("https://mcp.example.com/team/mcp", "/team/mcp")] {
        let bench = Setup::supabase().await.env("MCP_URL", given).start().await;
        assert_eq!(post(bench.url(path)).send().await.unwrap().status, StatusCode::UNAUTHORIZED, "{given}");
        let place = format!("/.well-known/oauth-protected-resource{path}");
        let document: Value = get(bench.url(&place)).send().await.unwrap().json().unwrap();
        assert_eq!(document["resource"], json!(format!("https://mcp.example.com{path}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_9_nothing_is_public_unless_the_operator_says_so() {
    let bench = Setup::supabase().await.start().await;
    for method in ["initialize", "server/discover", "tools/list", "tools/call", "ping", "resources/list", "prompts/list"] {
        for call in [bench.modern(method, json!({})), bench.legacy(method, json!({}))] {
            let reply = call.send().await.unwrap();
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method}");
            assert!(reply.header("www-authenticate").unwrap().contains("resource_metadata="), "{method}");
        }
    }
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::PUT] {
        assert_eq!(call(method.clone(), bench.endpoint()).send().await.unwrap().status, StatusCode::UNAUTHORIZED, "{method}");
    }
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
        for typ in ["logout+jwt", "application/logout+jwt", "secevent+jwt", "dpop+jwt", "oauth-id-jag+jwt", "entity-statement+jwt"] {
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
        |_| {
            vec![("ENTRA_TENANTS", TENANT.to_owned()), ("ENTRA_CLIENT_ID", APP.to_owned()), ("LATCH_JWKS", keys)]
        },
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
    for public in [crate::keys::RSA_SPKI_PEM.to_owned(), crate::keys::EC_SPKI_PEM.to_owned(), RSA.jwk().to_string(), String::new()] {
        for kid in [RSA.kid, EC.kid] {
            let header = json!({ "alg": "HS256", "kid": kid, "typ": "at+jwt" });
            let token = mint::token(&header, &claims, &Signer::Hmac(public.clone().into_bytes()), "HS256");
            provider.refuses_token("HS256", &token, "alg_not_allowed").await;
        }
    }
}
