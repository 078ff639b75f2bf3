//! What the verifiers of others let in, or cannot let in: one test for each, named after it. `v2` are mcp-use 2.5's, `fastmcp`
//! FastMCP 4.1's; what concerns its proxy is tested with ours. docs/threats.md has the table.

mod fastmcp;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::{
    bench::{Setup, sign_as},
    client::{call, get, post},
    issuer::{Answer, JWKS},
    keys::{EC, ED25519, P521, RSA},
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

#[tokio::test(flavor = "multi_thread")]
async fn v2_1_a_provider_without_registration_has_a_proxy() {
    let bench = Setup::proxy().await.start().await;
    let document: Value = get(bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap().json().unwrap();
    assert_eq!(
        (&document["issuer"], &document["registration_endpoint"]),
        (&json!(bench.origin()), &json!(bench.url("/register")))
    );
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
