//! Supabase: an audience that says nothing, and five kinds of tokens with one key. More of them is in `refusals.rs`.

use serde_json::{Value, json};

use super::{Provider, Sample};
use crate::{
    bench::{ADA, sign_as},
    issuer::{Answer, JWKS},
    keys::{EC, EC_OTHER, ED25519, P521, RSA, RSA_PKCS1_PEM, RSA_SPKI_PEM},
    mint::{self, Signer},
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters";

async fn supabase(more: &[(&'static str, &str)]) -> Provider {
    let header = json!({ "alg": "ES256", "typ": "JWT" });
    let provider = Provider::start(
        Sample { key: &EC, jwks: JWKS, header },
        |origin| {
            let mut env = vec![("SUPABASE_URL", origin.to_owned())];
            env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            env
        },
        |origin, _| {
            json!({
                "iss": format!("{origin}/auth/v1"), "sub": ADA, "aud": "authenticated", "email": "a@example.com", "phone": "",
                "app_metadata": { "provider": "email", "providers": ["email"] },
                "user_metadata": { "name": "A", "avatar_url": "https://example.com/a.png" }, "role": "authenticated",
                "aal": "aal1", "amr": [{ "method": "password", "timestamp": 1_794_996_400 }],
                "session_id": "0c0c6c1e-0000-4000-8000-000000000001", "is_anonymous": false,
                "client_id": "9a8b7c6d-0000-4000-8000-000000000002", "scope": "email"
            })
        },
    )
    .await;
    provider.publish(&[&EC]);
    provider
}

#[tokio::test(flavor = "multi_thread")]
async fn its_token_is_let_in() {
    let provider = supabase(&[]).await;
    let identity = provider.accepts(json!({})).await;
    let session = "0c0c6c1e-0000-4000-8000-000000000001";
    let expected = json!({
        "user": {
            "id": ADA, "userId": ADA, "email": "a@example.com", "name": "A", "picture": "https://example.com/a.png",
            "avatarUrl": "https://example.com/a.png", "roles": ["authenticated"], "permissions": ["aal:aal1"],
            "role": "authenticated", "aal": "aal1", "amr": [{ "method": "password", "timestamp": 1_794_996_400 }],
            "sessionId": session, "session_id": session
        },
        "clientId": "9a8b7c6d-0000-4000-8000-000000000002", "scopes": ["email"], "permissions": ["aal:aal1"],
        "issuer": provider.bench.issuer.url(), "provider": "supabase", "audience": ["authenticated"],
        "resource": provider.bench.endpoint(), "expiresAt": identity["expiresAt"]
    });
    assert_eq!(identity, expected);
    let named = json!({ "user_metadata": { "full_name": "A B", "name": "A", "username": "ab" } });
    let user = provider.accepts(named).await["user"].take();
    assert_eq!((&user["name"], &user["fullName"], &user["username"]), (&json!("A B"), &json!("A B"), &json!("ab")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_access_token_for_us_is_refused() {
    let provider = supabase(&[]).await;
    provider.refuses_what_all_refuse().await;
    let (ours, project) = (provider.bench.endpoint(), provider.bench.issuer.origin().to_owned());
    for (what, claims, reason) in [
        ("a session token of the project's own app", json!({ "client_id": null, "scope": null }), "session_token"),
        ("the service_role key", json!({ "role": "service_role", "sub": ADA }), "service_role"),
        ("the service_role with a session", json!({ "role": "service_role", "session_id": null }), "service_role"),
        ("the anon key", json!({ "role": "anon", "client_id": null, "session_id": null }), "role_mismatch"),
        ("the role of the database's owner", json!({ "role": "postgres" }), "role_mismatch"),
        ("an anonymous user", json!({ "is_anonymous": true }), "anonymous_user"),
        ("an ID token", json!({ "role": null, "session_id": null, "aud": "9a8b7c6d-0000-4000-8000-000000000002" }), "id_token"),
        ("no session", json!({ "session_id": null }), "session_missing"),
        ("a subject that auth.uid() cannot be", json!({ "sub": "ada" }), "malformed_claim"),
        (
            "another server of the project beside us",
            json!({ "aud": ["authenticated", "https://other.example/mcp"] }),
            "aud_mismatch",
        ),
        ("our name alone", json!({ "aud": ours }), "aud_mismatch"),
        ("the anon audience", json!({ "aud": "anon" }), "aud_mismatch"),
        ("the admin audience", json!({ "aud": "supabase_admin" }), "aud_mismatch"),
        ("a legacy key's issuer", json!({ "iss": "supabase" }), "iss_mismatch"),
        ("the project instead of its Auth", json!({ "iss": project }), "iss_mismatch"),
        ("another project", json!({ "iss": "https://other.supabase.co/auth/v1" }), "iss_mismatch"),
    ] {
        provider.refuses(what, claims, reason).await;
    }
    // Its refresh tokens are short words; keys of the API are no tokens either.
    for opaque in ["v3b6kq2tq7ty", "sb_publishable_abcdefghijklmnop", "sb_secret_abcdefghijklmnop"] {
        let line = provider.refuses_token("no JWT", opaque, "opaque_token").await;
        assert!(!format!("{line:?}").contains(opaque), "{line:?}");
    }
}

/// A project in the middle of a migration signs with a new key while tokens of the old secret are still about.
#[tokio::test(flavor = "multi_thread")]
async fn all_its_algorithms_are_accepted_side_by_side() {
    let provider = supabase(&[("SUPABASE_JWT_SECRET", SECRET)]).await;
    provider.publish(&[&EC, &RSA, &P521, &ED25519]);
    let claims = Value::Object(provider.claims.clone());
    for key in [&EC, &RSA, &P521, &ED25519] {
        let token = sign_as(key, key.header(), &provider.claims);
        assert_eq!(provider.accepts_token(&token).await["user"]["id"], ADA, "{}", key.alg);
    }
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let legacy = mint::token(&hs256, &claims, &Signer::Hmac(SECRET.into()), "HS256");
    provider.accepts_token(&legacy).await;
    // Public keys are no secrets, however they are written.
    let published = [RSA_SPKI_PEM.to_owned(), RSA_PKCS1_PEM.to_owned(), RSA.jwk().to_string(), EC.jwk().to_string()];
    for public in published {
        for header in [hs256.clone(), json!({ "alg": "HS256", "kid": "rsa-a" }), json!({ "alg": "HS256", "kid": "ec-a" })] {
            let token = mint::token(&header, &claims, &Signer::Hmac(public.clone().into_bytes()), "HS256");
            provider.refuses_token("HS256 with a public key", &token, "bad_signature").await;
        }
    }
    assert_eq!(provider.bench.issuer.hits(JWKS), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_on_the_legacy_secret_publishes_no_keys() {
    let provider = supabase(&[]).await;
    provider.bench.issuer.answer(JWKS, Answer::json(r#"{"keys":[]}"#));
    let line = provider.refuses_token("a new key's token", &provider.token(json!({})), "key_set_empty").await;
    assert!(line["detail"].as_str().unwrap().contains("legacy HS256 secret"), "{line:?}");
    let claims = Value::Object(provider.claims.clone());
    let legacy = mint::token(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, &Signer::Hmac(SECRET.into()), "HS256");
    provider.refuses_token("a legacy token without the secret", &legacy, "alg_not_allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_warned_once_that_tokens_are_bound_to_nothing() {
    let warnings = |lines: Vec<String>| lines.iter().filter(|line| line.contains("audience_unbound")).count();
    let hook = ("LATCH_AUDIENCE_ALSO", "authenticated");
    for (more, expected) in [
        (&[][..], 1),
        (&[("LATCH_CLIENT_IDS", "9a8b7c6d-0000-4000-8000-000000000002")], 0),
        (&[("LATCH_AUDIENCE", "urn:this"), hook], 0),
    ] {
        let provider = supabase(more).await;
        let bound = more.iter().any(|(name, _)| *name == "LATCH_AUDIENCE");
        for _ in 0..2 {
            provider.accepts(if bound { json!({ "aud": ["authenticated", "urn:this"] }) } else { json!({}) }).await;
        }
        provider.bench.enter("opaque").await;
        assert_eq!(warnings(provider.bench.log_until("refused").await), expected, "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    supabase(&[]).await.follows_a_rotation(&EC_OTHER).await;
}
