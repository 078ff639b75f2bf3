//! Who is let in, and what `whoami` says of them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{ADA, Bench, Setup, sign, sign_as},
    keys::{EC, ED25519, P521, RSA, TestKey},
};

async fn identity(bench: &Bench, token: &str) -> Value {
    let reply = bench.enter(token).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json::<Value>().unwrap()["result"]["structuredContent"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supabase_user_with_every_algorithm() {
    let bench = Setup::supabase().await.start().await;
    let keys: [&TestKey; 4] = [&EC, &RSA, &P521, &ED25519];
    for key in keys {
        let identity = identity(&bench, &bench.token(key)).await;
        assert_eq!(identity["user"]["email"], "ada@example.com", "{}", key.alg);
    }
    assert_eq!(bench.issuer.all_hits(), 1, "one fetch for all");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_has_the_shape_people_know() {
    let bench = Setup::supabase().await.start().await;
    let claims = bench.claims();
    let identity = identity(&bench, &bench.good()).await;
    let expected = json!({
        "user": {
            "id": ADA, "userId": ADA, "email": "ada@example.com", "name": "Ada Lovelace", "picture": "https://example.com/ada.png",
            "fullName": "Ada Lovelace", "avatarUrl": "https://example.com/ada.png",
            "roles": ["authenticated"], "permissions": ["aal:aal1"], "role": "authenticated", "aal": "aal1", "amr": claims["amr"],
            "sessionId": claims["session_id"], "session_id": claims["session_id"]
        },
        "clientId": claims["client_id"], "scopes": ["email"], "permissions": ["aal:aal1"], "issuer": claims["iss"],
        "provider": "supabase", "audience": ["authenticated"], "resource": bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    assert!(identity["expiresAt"].is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_is_case_insensitive() {
    let bench = Setup::supabase().await.start().await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let reply = bench.whoami().header("authorization", format!("{scheme} {}", bench.good())).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{scheme}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hook_adds_may_only_name_us() {
    let bench = Setup::supabase().await.start().await;
    for changes in [
        json!({ "aud": ["authenticated", bench.endpoint()] }),
        json!({ "aud": ["authenticated", bench.endpoint()], "resource": bench.endpoint() }),
        json!({ "aud": ["authenticated"] }),
    ] {
        let audience = changes["aud"].clone();
        assert_eq!(identity(&bench, &sign(&EC, &bench.with(changes))).await["audience"], audience);
    }
    let bound = Setup::supabase().await;
    let endpoint_only = bound.env("LATCH_AUDIENCE_ALSO", "authenticated").env("LATCH_AUDIENCE", "urn:this").start().await;
    let both = endpoint_only.with(json!({ "aud": ["authenticated", "urn:this"] }));
    assert_eq!(identity(&endpoint_only, &sign(&EC, &both)).await["audience"], json!(["authenticated", "urn:this"]));
    assert_eq!(endpoint_only.enter(&endpoint_only.good()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(endpoint_only.reason().await, "aud_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_tokens_when_allowed() {
    let bench = Setup::supabase().await.env("SUPABASE_SESSION_TOKENS", "allow").start().await;
    let identity = identity(&bench, &sign(&EC, &bench.with(json!({ "client_id": null, "scope": null })))).await;
    assert_eq!(identity["user"]["id"], ADA);
    assert!(identity.get("clientId").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_of_a_session_token_names_the_switch() {
    let bench = Setup::supabase().await.start().await;
    bench.enter(&sign(&EC, &bench.with(json!({ "client_id": null })))).await;
    let line = bench.logged("refused").await;
    assert!(line["detail"].as_str().unwrap().contains("SUPABASE_SESSION_TOKENS=allow"), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rfc_9068_user() {
    let bench = Setup::custom().await.start().await;
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        let header = json!({ "alg": "ES256", "kid": EC.kid, "typ": typ });
        let identity = identity(&bench, &sign_as(&EC, header, &bench.rfc9068_claims())).await;
        assert_eq!(identity["clientId"], "client-1");
        assert_eq!(identity["scopes"], json!(["read", "write"]));
        assert_eq!(identity["provider"], "custom");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_predates_rfc_9068() {
    let bench = Setup::custom().await.env("LATCH_TOKEN_TYPE", "any").env("LATCH_AUDIENCE", "https://api.example").start().await;
    let mut claims = bench.rfc9068_claims();
    claims.insert("aud".into(), json!(["https://api.example"]));
    claims.insert("scp".into(), json!(["a", "b"]));
    claims.remove("scope");
    assert_eq!(identity(&bench, &sign(&EC, &claims)).await["scopes"], json!(["a", "b"]));
}

/// The leeway of 60 s, to the second. The clock is the component's, so this needs our host.
#[tokio::test(flavor = "multi_thread")]
async fn the_leeway_is_one_minute() {
    let bench = Setup::supabase().await.start().await;
    if bench.ours().is_none() {
        return println!("not run here: needs a clock that can be set");
    }
    let start = bench.now() + 10_000;
    let at = |seconds: u64| bench.clock.set(std::time::Duration::from_millis(seconds * 1000 + 100));
    let token = sign(&EC, &bench.with(json!({ "exp": start, "iat": start - 100, "nbf": start - 100 })));
    for (moment, reason) in
        [(start + 59, None), (start + 60, Some("expired")), (start - 160, None), (start - 161, Some("not_yet_valid"))]
    {
        at(moment);
        let reply = bench.enter(&token).await;
        match reason {
            None => assert_eq!(reply.status, StatusCode::OK, "{}", moment - start),
            Some(reason) => assert_eq!(bench.reason().await, reason),
        }
    }
}
